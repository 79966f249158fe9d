// How the descriptors are shared where there are few.
#include "api/daemon/descriptors.h"

#include <gmock/gmock.h>

namespace etymon::daemon {
namespace {

using ::testing::HasSubstr;

TEST(Descriptors, that_suffice_change_nothing) {
  Config config;
  EXPECT_EQ(fit_descriptors(config, 65'536), std::nullopt);
  EXPECT_EQ(config.listen.tcp_connections, 512U);
  EXPECT_EQ(config.answering.in_flight.questions_max, 4'096U);
  EXPECT_EQ(config.api_connections.all, 1024);
}

TEST(Descriptors, that_are_few_leave_the_store_its_own) {
  Config config;
  config.listen.loops = 2;
  EXPECT_THAT(fit_descriptors(config, 128).value(), HasSubstr("grants 128 descriptors"));
  EXPECT_EQ(config.listen.tcp_connections, 21U);
  EXPECT_EQ(config.listen.tcp_per_client, 21U);
  EXPECT_EQ(config.answering.in_flight.questions_max, 11U) << "of each loop";
  EXPECT_EQ(config.upstream.in_flight_max, 11U);
  EXPECT_EQ(config.api_connections.all, 21);
  EXPECT_EQ(config.api_connections.tcp, 19) << "the unix socket keeps some";
  EXPECT_EQ(config.api_connections.peer, 6) << "no address takes all";
}

TEST(Descriptors, that_one_kind_does_not_want_are_the_others) {
  Config config;
  config.listen.tcp_connections = 4;
  EXPECT_TRUE(fit_descriptors(config, 1024));
  EXPECT_EQ(config.listen.tcp_connections, 4U);
  EXPECT_EQ(config.answering.in_flight.questions_max, 254U);
  EXPECT_EQ(config.api_connections.all, 254);
}

TEST(Descriptors, however_few_leave_something_to_everybody) {
  Config config;
  EXPECT_TRUE(fit_descriptors(config, 0));
  EXPECT_EQ(config.listen.tcp_connections, 1U);
  EXPECT_EQ(config.answering.in_flight.questions_max, 1U);
  EXPECT_EQ(config.api_connections.tcp, 1);
}

}  // namespace
}  // namespace etymon::daemon

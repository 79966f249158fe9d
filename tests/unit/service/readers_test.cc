// Calls that read much: whose turn it is.
#include <future>

#include "tests/support/process.h"
#include "tests/unit/service/access_test.h"
#include "tests/unit/service/gated_clock.h"

namespace etymon::service {
namespace {

using ReadersTest = AccessTest;

TEST_F(ReadersTest, of_one_caller_leave_places_to_the_others) {
  options_.audit_file.clear();  // Whoever writes it asks for the time, too.
  options_.limits.readers = {.caller = 1, .all = 9};
  GatedClock gate(clock_);
  ApiServer server({*store_, gate, status_, control_, feed_});
  ASSERT_TRUE(server.start(options_).ok());
  const auto stub = v1::ProvenanceService::NewStub(
      grpc::CreateChannel(server.listening().at(0).text(), grpc::InsecureChannelCredentials()));
  const auto list_as = [&stub](const char* token) {
    v1::ListDeliveriesResponse page;
    return stub->ListDeliveries(context_of(token).get(), {}, &page);
  };
  gate.hold_next(1);
  auto held = std::async(std::launch::async, list_as, kAsker);
  EXPECT_TRUE(testing::eventually([&gate] { return gate.asked() == 1; }));
  const grpc::Status refused = list_as(kAsker);
  EXPECT_EQ(error_info(refused).reason(), "TOO_MANY_READERS");
  EXPECT_GT(retry_delay(refused), 0);
  EXPECT_TRUE(list_as(kAdmin).ok());
  gate.let_all_go();
  EXPECT_TRUE(held.get().ok());
}

}  // namespace
}  // namespace etymon::service

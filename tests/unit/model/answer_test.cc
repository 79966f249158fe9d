#include "resolver/model/answer.h"

#include <gtest/gtest.h>

#include "resolver/model/delivery.h"

namespace etymon {
namespace {

const IpAddress kFirst = IpAddress::v4(0xC0000201);
const IpAddress kSecond = IpAddress::v4(0xC0000202);

TEST(Answer, addresses_are_ordered) {
  Answer answer;
  answer.addresses = {{kSecond, Via::kA}, {kFirst, Via::kA}};
  sort_addresses(answer);
  EXPECT_EQ(answer.addresses, (std::vector<AnswerAddress>{{kFirst, Via::kA}, {kSecond, Via::kA}}));
}

TEST(Answer, an_address_is_kept_once_with_the_most_direct_way_it_came) {
  Answer answer;
  answer.addresses = {{kFirst, Via::kSvcbHint},
                      {kSecond, Via::kAdditional},
                      {kFirst, Via::kA},
                      {kSecond, Via::kAdditional}};
  sort_addresses(answer);
  EXPECT_EQ(answer.addresses,
            (std::vector<AnswerAddress>{{kFirst, Via::kA}, {kSecond, Via::kAdditional}}));
}

TEST(Answer, of_three_services_with_three_ports_none_is_told) {
  Answer answer;
  for (const uint16_t port : std::vector<uint16_t>{443, 0, 8443, 9443}) {
    answer.addresses.push_back({IpAddress::v4(1), Via::kAdditional, {.port = port}});
  }
  sort_addresses(answer);
  ASSERT_EQ(answer.addresses.size(), 1U);
  EXPECT_EQ(answer.addresses[0].service.port, 0);
}

TEST(Answer, an_address_keeps_what_all_its_services_name_unless_they_differ) {
  Answer answer;
  answer.addresses = {{kFirst, Via::kAdditional, {.port = 853, .udp = true}},
                      {kFirst, Via::kSvcbHint, {.tcp = true}},
                      {kSecond, Via::kAdditional, {.port = 443}},
                      {kSecond, Via::kAdditional, {.port = 8443}}};
  sort_addresses(answer);
  EXPECT_EQ(answer.addresses, (std::vector<AnswerAddress>{
                                  {kFirst, Via::kSvcbHint, {.port = 853, .tcp = true, .udp = true}},
                                  {kSecond, Via::kAdditional}}));
}

TEST(Answer, without_addresses_stays_without) {
  Answer answer;
  sort_addresses(answer);
  EXPECT_TRUE(answer.addresses.empty());
}

TEST(Delivery, every_origin_and_transport_has_its_word) {
  EXPECT_STREQ(to_text(Origin::kUpstream), "upstream");
  EXPECT_STREQ(to_text(Origin::kCache), "cache");
  EXPECT_STREQ(to_text(Origin::kStale), "stale");
  EXPECT_STREQ(to_text(Origin::kLocal), "local");
  EXPECT_STREQ(to_text(Origin::kRefused), "refused");
  EXPECT_STREQ(to_text(Origin::kImport), "import");
  EXPECT_STREQ(to_text(Transport::kUdp), "udp");
  EXPECT_STREQ(to_text(Transport::kTcp), "tcp");
  EXPECT_STREQ(to_text(Transport::kTls), "tls");
  EXPECT_STREQ(to_text(Transport::kHttps), "https");
}

TEST(Delivery, a_stored_number_from_the_future_still_has_a_word) {
  EXPECT_STREQ(to_text(Origin{200}), "unknown");
  EXPECT_STREQ(to_text(Transport{200}), "unknown");
}

}  // namespace
}  // namespace etymon

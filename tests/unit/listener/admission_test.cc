#include "resolver/listener/admission.h"

#include <gtest/gtest.h>

namespace etymon::listener {
namespace {

constexpr MonotonicTime kNow{Seconds(1000)};

IpAddress address(const char* text) {
  return IpAddress::from_text(text).value();
}

AdmissionOptions everybody(uint32_t rate, uint32_t slip) {
  AdmissionOptions options;
  options.access = AccessList({*IpPrefix::from_text("0.0.0.0/0"), *IpPrefix::from_text("::/0")});
  options.rate = rate;
  options.slip = slip;
  return options;
}

TEST(Admission, drops_strangers_or_refuses_them_as_it_is_told) {
  AdmissionOptions options;
  EXPECT_EQ(Admission(options, 7).judge(address("203.0.113.9"), kNow), Verdict::kDrop);
  EXPECT_EQ(Admission(options, 7).judge(address("192.168.1.7"), kNow), Verdict::kAdmit);
  options.strangers = Strangers::kRefuse;
  EXPECT_EQ(Admission(options, 7).judge(address("203.0.113.9"), kNow), Verdict::kRefuse);
}

TEST(Admission, refuses_no_more_often_than_it_answers) {
  AdmissionOptions options;
  options.strangers = Strangers::kRefuse;
  options.rate = 1;
  Admission admission(options, 7);
  EXPECT_EQ(admission.judge(address("203.0.113.9"), kNow), Verdict::kRefuse);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(admission.judge(address("203.0.113.9"), kNow), Verdict::kDrop);
  }
  EXPECT_EQ(admission.denied(), 11U);
  EXPECT_EQ(admission.limited(), 10U);
}

TEST(Admission, counts_a_block_elsewhere_as_one_client) {
  Admission admission(everybody(1, 0), 7);
  EXPECT_EQ(admission.judge(address("203.0.113.1"), kNow), Verdict::kAdmit);
  EXPECT_EQ(admission.judge(address("203.0.113.255"), kNow), Verdict::kDrop);
  EXPECT_EQ(admission.judge(address("203.0.114.1"), kNow), Verdict::kAdmit);
  EXPECT_EQ(admission.judge(address("2001:db8:0:100::1"), kNow), Verdict::kAdmit);
  EXPECT_EQ(admission.judge(address("2001:db8:0:1ff::1"), kNow), Verdict::kDrop);
  EXPECT_EQ(admission.judge(address("2001:db8:0:200::1"), kNow), Verdict::kAdmit);
}

TEST(Admission, counts_each_neighbour_for_itself_and_by_default_not_at_all) {
  AdmissionOptions options = everybody(1, 0);
  Admission unlimited(options, 7);
  EXPECT_EQ(unlimited.judge(address("192.168.1.7"), kNow), Verdict::kAdmit);
  EXPECT_EQ(unlimited.judge(address("192.168.1.7"), kNow), Verdict::kAdmit);
  options.neighbour_rate = 1;
  Admission limited(options, 7);
  EXPECT_EQ(limited.judge(address("192.168.1.7"), kNow), Verdict::kAdmit);
  EXPECT_EQ(limited.judge(address("192.168.1.7"), kNow), Verdict::kDrop);
  EXPECT_EQ(limited.judge(address("192.168.1.8"), kNow), Verdict::kAdmit);
}

TEST(Admission, lets_every_nth_over_the_limit_come_back_over_tcp) {
  Admission admission(everybody(1, 3), 7);
  admission.judge(address("203.0.113.1"), kNow);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(admission.judge(address("203.0.113.1"), kNow), Verdict::kDrop);
    EXPECT_EQ(admission.judge(address("203.0.113.1"), kNow), Verdict::kDrop);
    EXPECT_EQ(admission.judge(address("203.0.113.1"), kNow), Verdict::kTruncate);
  }
}

}  // namespace
}  // namespace etymon::listener

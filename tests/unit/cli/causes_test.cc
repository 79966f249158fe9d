// Common causes and bypasses: what counts, and how it looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/cli/bypass.h"
#include "api/cli/common_causes.h"
#include "api/cli/moments.h"
#include "api/cli/summaries_text.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Style kPlain;
constexpr Microseconds kHour = std::chrono::hours(1);

WallTime at(const char* text) {
  return parse_time(text, WallTime())->start;
}

v1::ObservedDelivery delivery(const std::string& name, const char* time) {
  v1::ObservedDelivery out;
  out.set_name(name);
  *out.mutable_at() = to_proto(at(time));
  return out;
}

TEST(CommonCauses, are_names_that_more_than_one_host_asked_for) {
  CommonCauses causes({"10.0.0.1", "10.0.0.2", "10.0.0.3"});
  causes.add("10.0.0.1", delivery("update.example", "2026-11-23T08:00:00Z"));
  causes.add("10.0.0.2", delivery("update.example", "2026-11-23T09:00:00Z"));
  causes.add("10.0.0.1", delivery("mail.example", "2026-11-23T08:30:00Z"));
  causes.add("10.0.0.1", delivery("mail.example", "2026-11-23T08:40:00Z"));
  EXPECT_EQ(causes.text(10, Print::kText, kPlain),
            "2 of 3  update.example\n"
            "  2026-11-23 08:00:00 UTC to 2026-11-23 09:00:00 UTC: 10.0.0.1, 10.0.0.2\n"
            "Nothing of the kind is on record for: 10.0.0.3\n");
  EXPECT_EQ(causes.text(10, Print::kMinimal, kPlain), "update.example\n");
  EXPECT_EQ(causes.text(10, Print::kCsv, kPlain),
            "name,hosts,first,last\n"
            "update.example,10.0.0.1 10.0.0.2,2026-11-23T08:00:00.000000Z,"
            "2026-11-23T09:00:00.000000Z\n");
  EXPECT_EQ(
      causes.text(10, Print::kJson, kPlain),
      "{\"name\":\"update.example\",\"hosts\":[\"10.0.0.1\",\"10.0.0.2\"],"
      "\"first\":\"2026-11-23T08:00:00.000000Z\",\"last\":\"2026-11-23T09:00:00.000000Z\"}\n");
}

TEST(CommonCauses, of_most_hosts_come_first) {
  CommonCauses causes({"10.0.0.1", "10.0.0.2", "10.0.0.3"});
  for (const char* host : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
    causes.add(host, delivery("all.example", "2026-11-23T08:00:00Z"));
    if (std::string(host) != "10.0.0.3") {
      causes.add(host, delivery("a-two.example", "2026-11-23T08:00:00Z"));
    }
  }
  EXPECT_EQ(causes.text(1, Print::kMinimal, kPlain), "all.example\n");
}

TEST(CommonCauses, that_none_was_told_is_only_said_of_what_is_on_record) {
  const CommonCauses causes({"10.0.0.1", "10.0.0.2"});
  EXPECT_EQ(causes.text(10, Print::kText, kPlain),
            "No name on record is common to two of these 2 hosts in that time.\n"
            "Nothing of the kind is on record for: 10.0.0.1, 10.0.0.2\n");
}

TEST(CommonCauses, are_counted_beyond_those_that_are_told) {
  CommonCauses causes({"10.0.0.1", "10.0.0.2"});
  for (const char* name : {"a.example", "b.example", "c.example"}) {
    causes.add("10.0.0.1", delivery(name, "2026-11-23T08:00:00Z"));
    causes.add("10.0.0.2", delivery(name, "2026-11-23T08:00:00Z"));
  }
  causes.add("10.0.0.2", delivery("own.example", "2026-11-23T08:00:00Z"));
  EXPECT_EQ(causes.shared_count(), 3U);
}

TEST(RecordedText, tells_each_span_without_a_gap_or_that_there_is_none) {
  google::protobuf::RepeatedPtrField<v1::TimeSpan> covered;
  EXPECT_EQ(recorded_text(covered, kPlain), "Nothing was recorded in that time.\n");
  for (const char* begin : {"2026-11-23T08:00:00Z", "2026-11-23T10:00:00Z"}) {
    v1::TimeSpan& span = *covered.Add();
    *span.mutable_start() = to_proto(at(begin));
    *span.mutable_end() = to_proto(at(begin) + kHour);
  }
  EXPECT_EQ(recorded_text(covered, kPlain),
            "Recorded without a gap from 2026-11-23 08:00:00 UTC to 2026-11-23 09:00:00 UTC.\n"
            "Recorded without a gap from 2026-11-23 10:00:00 UTC to 2026-11-23 11:00:00 UTC.\n");
}

TEST(Contacts, are_read_from_columns_or_json) {
  const WallTime now = at("2026-11-23T12:00:00Z");
  for (const char* line :
       {"10.0.0.7 192.0.2.1 2026-11-23T08:00:00Z", "10.0.0.7,192.0.2.1,2026-11-23 08:00:00\r",
        "10.0.0.7\t192.0.2.1\t1795420800",
        R"({"client":"10.0.0.7","address":"192.0.2.1","at":"2026-11-23T08:00:00Z"})"}) {
    const auto contact = contact_from_line(line, {now, kHour});
    ASSERT_TRUE(contact.ok()) << line << contact.error().message;
    EXPECT_EQ(contact->client(), "10.0.0.7");
    EXPECT_EQ(contact->address(), "192.0.2.1");
    EXPECT_EQ(from_proto(contact->at()), at("2026-11-23T08:00:00Z")) << line;
    EXPECT_EQ(from_proto(contact->tolerance()), Microseconds(999'999)) << "any moment of " << line;
  }
  for (const char* line :
       {"10.0.0.7 192.0.2.1", R"({"client":"10.0.0.7","address":"192.0.2.1"})"}) {
    EXPECT_EQ(from_proto(contact_from_line(line, {now, kHour})->at()), now) << line;
  }
  for (const char* line :
       {"", "10.0.0.7", "10.0.0.7 www.example", "10.0.0.7 192.0.2.1 noon",
        R"({"address":"192.0.2.1"})", R"({"client":"","address":"192.0.2.1"})"}) {
    EXPECT_FALSE(contact_from_line(line, {now, kHour}).ok()) << line;
  }
}

TEST(Contacts, say_themselves_how_long_recording_must_have_covered_or_leave_it_to_the_command) {
  const auto min_coverage = [](const char* line) {
    const auto contact = contact_from_line(line, {at("2026-11-23T12:00:00Z"), kHour});
    return contact ? from_proto(contact->min_coverage()) : Microseconds(-1);
  };
  EXPECT_EQ(min_coverage(R"({"client":"10.0.0.7","address":"192.0.2.1","min_coverage":"5s"})"),
            Seconds(5));
  EXPECT_EQ(min_coverage(R"({"client":"10.0.0.7","address":"192.0.2.1","min_coverage":"0s"})"),
            Seconds(0));
  EXPECT_EQ(min_coverage(R"({"client":"10.0.0.7","address":"192.0.2.1"})"), kHour);
  EXPECT_EQ(min_coverage("10.0.0.7 192.0.2.1"), kHour);
}

TEST(Contacts, may_have_blanks_or_a_byte_order_mark_before_them) {
  for (const char* line : {"  10.0.0.7 192.0.2.1",
                           "\xEF\xBB\xBF"
                           "10.0.0.7 192.0.2.1",
                           "\xEF\xBB\xBF{\"client\":\"10.0.0.7\",\"address\":\"192.0.2.1\"}",
                           " \t{\"client\":\"10.0.0.7\",\"address\":\"192.0.2.1\"}"}) {
    const auto contact = contact_from_line(line, {at("2026-11-23T12:00:00Z"), kHour});
    ASSERT_TRUE(contact.ok()) << line << contact.error().message;
    EXPECT_EQ(contact->client(), "10.0.0.7");
  }
}

class BypassesTest : public ::testing::Test {
 protected:
  void add(const std::string& address, v1::Verdict verdict,
           const std::string& client = "10.0.0.7") {
    v1::LookupRequest contact;
    contact.set_client(client);
    contact.set_address(address);
    *contact.mutable_at() = to_proto(at("2026-11-23T08:00:00Z"));
    v1::LookupResult result;
    result.mutable_answer()->set_verdict(verdict);
    bypasses_.add(contact, result);
  }

  Bypasses bypasses_;
};

TEST_F(BypassesTest, only_what_no_name_ever_led_to_counts) {
  add("192.0.2.1", v1::VERDICT_NEVER);
  add("192.0.2.1", v1::VERDICT_NEVER);
  add("192.0.2.2", v1::VERDICT_UNKNOWN);
  add("192.0.2.3", v1::VERDICT_OTHER_CLIENT);
  add("192.0.2.4", v1::VERDICT_LIVE);
  add("192.0.2.5", v1::VERDICT_EXPIRED);
  const std::string text = bypasses_.text(Print::kText, kPlain);
  EXPECT_EQ(text,
            "192.0.2.1 by 10.0.0.7, 2 contacts, 2026-11-23 08:00:00 UTC to "
            "2026-11-23 08:00:00 UTC\n");
  EXPECT_EQ(bypasses_.text(Print::kMinimal, kPlain), "10.0.0.7 192.0.2.1\n");
  EXPECT_EQ(bypasses_.summary(),
            "6 contacts: 2 bypass, 2 named, 1 told to other hosts only, 1 not recorded well enough "
            "to say");
}

TEST_F(BypassesTest, what_the_server_refuses_is_an_error_and_the_first_is_told) {
  EXPECT_EQ(bypasses_.first_error(), nullptr);
  for (const char* reason : {"CLIENT_OUT_OF_BOUNDS", "LOOKUP_TOO_WIDE"}) {
    v1::LookupResult result;
    result.mutable_error()->set_reason(reason);
    bypasses_.add({}, result);
  }
  ASSERT_NE(bypasses_.first_error(), nullptr);
  EXPECT_EQ(bypasses_.first_error()->reason(), "CLIENT_OUT_OF_BOUNDS");
  EXPECT_THAT(bypasses_.summary(), HasSubstr("2 contacts: 0 bypass,"));
  EXPECT_TRUE(bypasses_.summary().ends_with(" to say, 2 errors")) << bypasses_.summary();
}

TEST_F(BypassesTest, a_pair_is_one_however_its_addresses_are_written) {
  add("2001:db8::1", v1::VERDICT_NEVER);
  add("2001:DB8:0::1", v1::VERDICT_NEVER, "::ffff:10.0.0.7");
  EXPECT_THAT(bypasses_.text(Print::kCsv, kPlain), HasSubstr("\n10.0.0.7,2001:db8::1,2,"));
}

TEST_F(BypassesTest, the_busiest_comes_first) {
  add("192.0.2.1", v1::VERDICT_NEVER);
  add("192.0.2.2", v1::VERDICT_NEVER);
  add("192.0.2.2", v1::VERDICT_NEVER);
  EXPECT_EQ(bypasses_.text(Print::kMinimal, kPlain), "10.0.0.7 192.0.2.2\n10.0.0.7 192.0.2.1\n");
}

}  // namespace
}  // namespace etymon::cli

// How names, timelines, recurrences and rankings look.
#include <gtest/gtest.h>

#include <algorithm>

#include "api/cli/delivery_text.h"
#include "api/cli/moments.h"
#include "api/cli/names_table.h"
#include "api/cli/summaries_text.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {
namespace {

constexpr Style kPlain;

v1::ObservedDelivery delivery(const char* at, const std::string& name,
                              const std::vector<std::string>& chain,
                              const std::vector<std::string>& addresses) {
  v1::ObservedDelivery out;
  *out.mutable_at() = to_proto(parse_time(at, WallTime())->start);
  out.set_client("10.0.0.7");
  out.set_name(name);
  out.set_type(1);
  out.mutable_chain()->Add(chain.begin(), chain.end());
  for (const std::string& address : addresses) {
    v1::DeliveredAddress& one = *out.add_addresses();
    one.set_address(address);
    one.set_via(v1::VIA_A);
  }
  out.set_origin(v1::ORIGIN_CACHE);
  return out;
}

const v1::ObservedDelivery kFirst =
    delivery("2026-11-23T08:00:00Z", "www.example", {"edge.example"}, {"192.0.2.1"});
const v1::ObservedDelivery kSecond = delivery("2026-11-23T09:30:00.25Z", "www.example",
                                              {"edge.example"}, {"192.0.2.1", "192.0.2.2"});

v1::ObservedDelivery denial() {
  v1::ObservedDelivery out = delivery("2026-11-23T09:00:00Z", "gone.example", {}, {});
  out.set_rcode(3);
  return out;
}

v1::DeliveryFilter about_address(const std::string& address) {
  v1::DeliveryFilter filter;
  filter.set_address(address);
  return filter;
}

v1::DeliveryFilter about_name(const std::string& name, v1::NameMatch match = v1::NAME_MATCH_EXACT) {
  v1::DeliveryFilter filter;
  filter.set_name(name);
  filter.set_match(match);
  return filter;
}

std::string names_of(Print print, const v1::DeliveryFilter& filter = about_name("www.example")) {
  NamesTable table(print, filter);
  for (const v1::ObservedDelivery& one : {kFirst, denial(), kSecond}) {
    table.add(one);
  }
  return table.text(10, kPlain);
}

TEST(NamesTable, tells_first_and_last_and_how_often) {
  EXPECT_EQ(names_of(Print::kText),
            "FIRST                    LAST                     COUNT  HOSTS  NAME\n"
            "2026-11-23 08:00:00 UTC  2026-11-23 09:30:00 UTC      2      1  www.example -> "
            "edge.example -> 192.0.2.1\n"
            "2026-11-23 09:30:00 UTC  2026-11-23 09:30:00 UTC      1      1  www.example -> "
            "edge.example -> 192.0.2.2\n"
            "2026-11-23 09:00:00 UTC  2026-11-23 09:00:00 UTC      1      1  gone.example -> "
            "NXDOMAIN\n");
}

TEST(NamesTable, of_an_address_tells_its_names_only) {
  EXPECT_EQ(names_of(Print::kMinimal, about_address("192.0.2.2")), "www.example\n");
  EXPECT_EQ(names_of(Print::kMinimal, about_address("192.0.2.0/24")), "www.example\n");
}

TEST(NamesTable, of_a_name_tells_its_addresses_and_of_all_below_one_their_names) {
  EXPECT_EQ(names_of(Print::kMinimal), "192.0.2.1\n192.0.2.2\n") << "NXDOMAIN is no address";
  EXPECT_EQ(names_of(Print::kMinimal, about_name("example", v1::NAME_MATCH_SUBTREE)),
            "www.example\n")
      << "gone.example led nowhere";
}

TEST(NamesTable, csv_and_json_have_every_column) {
  EXPECT_EQ(names_of(Print::kCsv, about_address("192.0.2.1")),
            "first,last,count,hosts,name,type,data\n"
            "2026-11-23T08:00:00.000000Z,2026-11-23T09:30:00.250000Z,2,1,www.example,A,"
            "192.0.2.1\n");
  EXPECT_EQ(names_of(Print::kJson, about_address("192.0.2.1")),
            "{\"name\":\"www.example\",\"type\":\"A\",\"data\":\"192.0.2.1\","
            "\"chain\":[\"edge.example\"],\"first\":\"2026-11-23T08:00:00.000000Z\","
            "\"last\":\"2026-11-23T09:30:00.250000Z\",\"count\":2,\"hosts\":1}\n");
}

TEST(NamesTable, the_passive_dns_form_has_record_sets) {
  EXPECT_EQ(names_of(Print::kCof, about_address("192.0.2.1")),
            "{\"rrname\":\"edge.example\",\"rrtype\":\"A\",\"rdata\":\"192.0.2.1\","
            "\"time_first\":1795420800,\"time_last\":1795426200,\"count\":2}\n"
            "{\"rrname\":\"www.example\",\"rrtype\":\"CNAME\",\"rdata\":\"edge.example\","
            "\"time_first\":1795420800,\"time_last\":1795426200,\"count\":2}\n");
}

TEST(DeliveryText, is_one_line_with_the_chain) {
  EXPECT_EQ(delivery_text(kSecond, kPlain),
            "2026-11-23 09:30:00.250 UTC  10.0.0.7         www.example -> edge.example -> "
            "192.0.2.1, 192.0.2.2  cache\n");
  EXPECT_EQ(delivery_text(denial(), kPlain),
            "2026-11-23 09:00:00.000 UTC  10.0.0.7         gone.example NXDOMAIN (A)  cache\n");
}

TEST(DeliveryText, says_what_led_inside_and_what_of_it_was_withheld) {
  v1::ObservedDelivery guarded = kFirst;
  guarded.set_rebinding(true);
  EXPECT_EQ(delivery_text(guarded, kPlain),
            "2026-11-23 08:00:00.000 UTC  10.0.0.7         www.example -> edge.example -> "
            "192.0.2.1  cache  rebinding\n");
  guarded.add_withheld("10.0.0.1");
  guarded.add_withheld("fd00::1");
  EXPECT_EQ(delivery_text(guarded, kPlain),
            "2026-11-23 08:00:00.000 UTC  10.0.0.7         www.example -> edge.example -> "
            "192.0.2.1  cache  rebinding, withheld 10.0.0.1, fd00::1\n");
}

TEST(DeliveryText, tells_the_forwarder_beside_the_client) {
  v1::ObservedDelivery forwarded = denial();
  forwarded.set_forwarder("10.0.0.2");
  EXPECT_EQ(delivery_text(forwarded, kPlain),
            "2026-11-23 09:00:00.000 UTC  10.0.0.7 (via 10.0.0.2)  gone.example NXDOMAIN (A)  "
            "cache\n");
}

TEST(DeliveryText, nothing_from_the_network_is_printed_as_it_is) {
  v1::ObservedDelivery evil = delivery("2026-11-23T09:00:00Z", "a\x1b[31m", {"b\n"}, {"1\r"});
  evil.set_client("c\a");
  evil.set_rebinding(true);
  evil.add_withheld("w\x1b");
  evil.set_forwarder("f\n");
  for (const std::string& line : {delivery_text(evil, kPlain), delivery_csv(evil)}) {
    EXPECT_EQ(line.find_first_of("\x1b\r\a"), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  }
}

TEST(DeliveryText, csv_quotes_what_needs_it) {
  EXPECT_EQ(csv_field("a\"b,c"), "\"a\"\"b,c\"");
  EXPECT_EQ(delivery_csv(kSecond),
            "2026-11-23T09:30:00.250000Z,10.0.0.7,www.example,A,edge.example,"
            "192.0.2.1 192.0.2.2,NOERROR,0,cache,false,,\n");
}

TEST(DeliveryText, csv_says_what_was_withheld_and_who_passed_the_question_on) {
  v1::ObservedDelivery guarded = kFirst;
  guarded.set_rebinding(true);
  guarded.add_withheld("10.0.0.1");
  guarded.add_withheld("fd00::1");
  guarded.set_forwarder("10.0.0.2");
  const std::string row = delivery_csv(guarded);
  EXPECT_TRUE(row.ends_with(",true,10.0.0.1 fd00::1,10.0.0.2\n")) << row;
  EXPECT_EQ(std::ranges::count(row, ','), std::ranges::count(kDeliveryCsvHead, ','));
}

TEST(RecurrenceText, has_a_day_a_line_and_says_what_was_recorded) {
  v1::SummarizeRecurrenceResponse response;
  for (const char* date : {"2026-11-22", "2026-11-23"}) {
    v1::RecurrenceDay& day = *response.add_days();
    day.set_date(date);
    for (int hour = 0; hour < 24; ++hour) {
      day.add_deliveries(hour == 12 ? 3 : 0);
    }
  }
  response.mutable_days(1)->set_deliveries(13, 4200);
  *response.add_covered()->mutable_start() = kFirst.at();
  *response.mutable_covered(0)->mutable_end() = kSecond.at();
  const std::string text = recurrence_text(response, Print::kText, kPlain);
  EXPECT_NE(
      text.find("2026-11-22   .   .   .   .   .   .   .   .   .   .   .   .   3   .   .   .   "
                ".   .   .   .   .   .   .   .  3\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("   3  4k   ."), std::string::npos) << text;
  EXPECT_NE(text.find("  all days   ."), std::string::npos) << text;
  EXPECT_NE(text.find("  4 206\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Recorded without a gap from 2026-11-23 08:00:00 UTC"), std::string::npos);
}

TEST(RecurrenceText, the_days_alone_are_the_minimal_form) {
  v1::SummarizeRecurrenceResponse response;
  EXPECT_EQ(recurrence_text(response, Print::kMinimal, kPlain), "");
  for (const char* date : {"2026-11-22", "2026-11-23"}) {
    response.add_days()->set_date(date);
  }
  EXPECT_EQ(recurrence_text(response, Print::kMinimal, kPlain), "2026-11-22\n2026-11-23\n");
}

TEST(RecurrenceText, nothing_delivered_and_nothing_recorded_differ) {
  v1::SummarizeRecurrenceResponse response;
  EXPECT_EQ(recurrence_text(response, Print::kText, kPlain),
            "Nothing was delivered in that time.\nNothing was recorded in that time.\n");
}

TEST(Top, ranks_by_number_then_by_name) {
  Top names(Ranking::kNames);
  Top addresses(Ranking::kAddresses);
  for (const v1::ObservedDelivery& one : {denial(), kFirst, kSecond}) {
    names.add(one);
    addresses.add(one);
  }
  EXPECT_EQ(names.text(10, Print::kText, kPlain), "2  www.example\n1  gone.example\n");
  EXPECT_EQ(names.text(1, Print::kJson, kPlain), "{\"count\":2,\"value\":\"www.example\"}\n");
  EXPECT_EQ(addresses.text(10, Print::kMinimal, kPlain), "192.0.2.1\n192.0.2.2\n");
}

TEST(Top, rows_of_json_escape_as_the_dns_does_and_leave_markup_as_it_is) {
  Top names(Ranking::kNames);
  names.add(delivery("2026-11-23T08:00:00Z", "a<b>\"\\\x01\xc3.example", {}, {}));
  EXPECT_EQ(names.text(1, Print::kJson, kPlain),
            R"({"count":1,"value":"a<b>\"\\\\001\\195.example"})"
            "\n");
}

}  // namespace
}  // namespace etymon::cli

// What is told to a terminal fits its width, and no name is cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "api/cli/bypass.h"
#include "api/cli/common_causes.h"
#include "api/cli/delivery_text.h"
#include "api/cli/lookup_text.h"
#include "api/cli/moments.h"
#include "api/cli/names_table.h"
#include "api/cli/status_text.h"
#include "api/cli/summaries_text.h"
#include "resolver/base/time_text.h"
#include "tests/unit/cli/told_lookup.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;

constexpr Style kWide;
constexpr Style k80{.colour = false, .unicode = false, .width = 80};
constexpr Style k60{.colour = false, .unicode = false, .width = 60};
constexpr Style k40{.colour = false, .unicode = false, .width = 40};

google::protobuf::Timestamp at(const char* text) {
  return to_proto(parse_time(text, WallTime())->start);
}

size_t widest_line(const std::string& text) {
  std::istringstream in(text);
  size_t widest = 0;
  for (std::string line; std::getline(in, line);) {
    widest = std::max(widest, line.size());
  }
  return widest;
}

v1::ObservedDelivery delivery() {
  v1::ObservedDelivery out;
  *out.mutable_at() = at("2026-11-23T08:00:00Z");
  out.set_client("10.0.0.7");
  out.set_name("download.update.example");
  out.set_type(1);
  for (const char* step : {"update.cdn.example", "a26.d.edge.example"}) {
    out.add_chain(step);
  }
  for (const char* address : {"203.0.113.83", "203.0.113.84"}) {
    out.add_addresses()->set_address(address);
    out.mutable_addresses()->rbegin()->set_via(v1::VIA_A);
  }
  out.set_origin(v1::ORIGIN_UPSTREAM);
  return out;
}

TEST(NarrowText, units_are_never_cut_and_as_many_as_fit_stand_on_a_line) {
  EXPECT_EQ(wrap_words({.width = 12}, 2, "one two three four"), "  one two\n  three four\n");
  EXPECT_EQ(wrap_words({.width = 12}, 2, "a wordthatiswiderthanaline b"),
            "  a\n  wordthatiswiderthanaline\n  b\n");
  EXPECT_EQ(wrap_words({.width = 0}, 2, "one two three four"), "  one two three four\n");
  EXPECT_EQ(wrap_words({.width = 13}, 2, "one two three"), "  one two\n  three\n");
  EXPECT_EQ(wrap_words({.width = 15}, 2, "one two three"), "  one two three\n");
}

TEST(NarrowText, colours_and_box_drawings_take_no_more_columns_than_they_have) {
  FlowingText text({.colour = true, .unicode = true, .width = 10}, 0, 0);
  text.add(0, {{"four", Colour::kBold}});
  text.add(1, {{"→ ", Colour::kDim}, {"six"}});
  EXPECT_EQ(text.text(), "\x1b[1mfour\x1b[0m \x1b[2m→ \x1b[0msix");
}

TEST(NarrowText, a_timeline_goes_on_below) {
  EXPECT_EQ(delivery_text(delivery(), k80),
            "2026-11-23 08:00:00.000 UTC  10.0.0.7         download.update.example\n"
            "    -> update.cdn.example -> a26.d.edge.example -> 203.0.113.83, 203.0.113.84\n"
            "    upstream\n");
}

TEST(NarrowText, a_timeline_has_room_for_ipv6_and_forwarders_once_it_has_seen_one) {
  ClientColumn clients;
  const v1::ObservedDelivery v4 = delivery();
  EXPECT_THAT(delivery_text(v4, kWide, clients), HasSubstr("  10.0.0.7         download"));
  v1::ObservedDelivery v6 = delivery();
  v6.set_client("2001:db8::7");
  v6.set_forwarder("fd00::3");
  clients.make_room_for(v6);
  EXPECT_EQ(clients.width(), 25U);
  EXPECT_THAT(delivery_text(v6, kWide, clients),
              HasSubstr("  2001:db8::7 (via fd00::3)  download"));
  EXPECT_THAT(delivery_text(v4, kWide, clients),
              HasSubstr("  10.0.0.7" + std::string(17, ' ') + "  download"));
  v6.set_client("2001:db8:1111:2222:3333:4444:5555:6666");
  clients.make_room_for(v6);
  EXPECT_EQ(clients.width(), 39U) << "not for two of that length";
  EXPECT_THAT(delivery_text(v6, kWide, clients), HasSubstr(":6666 (via fd00::3)  download"));
}

TEST(NarrowText, names_go_on_below_their_figures) {
  v1::DeliveryFilter filter;
  filter.set_address("203.0.113.83");
  NamesTable table(Print::kText, filter);
  table.add(delivery());
  EXPECT_EQ(table.text(10, k80),
            "FIRST                    LAST                     COUNT  HOSTS  NAME\n"
            "2026-11-23 08:00:00 UTC  2026-11-23 08:00:00 UTC      1      1\n"
            "    download.update.example -> update.cdn.example -> a26.d.edge.example\n"
            "    -> 203.0.113.83\n");
}

TEST(NarrowText, a_bypass_goes_on_below) {
  v1::LookupRequest contact;
  contact.set_client("10.0.0.7");
  contact.set_address("192.0.2.1");
  *contact.mutable_at() = at("2026-11-23T08:00:00Z");
  v1::LookupResult result;
  result.mutable_answer()->set_verdict(v1::VERDICT_NEVER);
  Bypasses bypasses;
  bypasses.add(contact, result);
  EXPECT_EQ(bypasses.text(Print::kText, k60),
            "192.0.2.1 by 10.0.0.7, 1 contact, 2026-11-23 08:00:00 UTC\n"
            "    to 2026-11-23 08:00:00 UTC\n");
  EXPECT_THAT(bypasses.text(Print::kText, kWide), HasSubstr("08:00:00 UTC to 2026-11-23"));
}

TEST(NarrowText, hosts_with_a_common_cause_go_on_below) {
  CommonCauses causes({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"});
  for (const char* host : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
    causes.add(host, delivery());
  }
  EXPECT_EQ(causes.text(10, Print::kText, k60),
            "3 of 6  download.update.example\n"
            "  2026-11-23 08:00:00 UTC to 2026-11-23 08:00:00 UTC:\n"
            "  10.0.0.1, 10.0.0.2, 10.0.0.3\n"
            "Nothing of the kind is on record for: 10.0.0.4, 10.0.0.5,\n"
            "  10.0.0.6\n");
  EXPECT_THAT(causes.text(10, Print::kText, kWide), HasSubstr("UTC: 10.0.0.1, 10.0.0.2, "));
  EXPECT_EQ(causes.text(10, Print::kText, k40),
            "3 of 6  download.update.example\n"
            "  2026-11-23 08:00:00 UTC\n"
            "  to 2026-11-23 08:00:00 UTC: 10.0.0.1,\n"
            "  10.0.0.2, 10.0.0.3\n"
            "Nothing of the kind is on record for:\n"
            "  10.0.0.4, 10.0.0.5, 10.0.0.6\n");
  const CommonCauses none({"10.0.0.1", "10.0.0.2"});
  EXPECT_LE(widest_line(none.text(10, Print::kText, k40)), 40U);
}

TEST(NarrowText, a_lookup_fits) {
  ToldLookup never;
  never.question.set_address("203.0.113.83");
  never.question.set_client("2001:db8:1111:2222:3333:4444:5555:6666");
  *never.question.mutable_at() = at("2026-11-23T08:00:00Z");
  never.answer.set_verdict(v1::VERDICT_NEVER);
  *never.answer.mutable_coverage()->mutable_covered_from() = at("2026-11-20T08:00:00Z");
  v1::Hint& hint = *never.answer.add_hints();
  hint.set_name("download.update.example");
  hint.set_client("10.0.0.8");
  hint.set_address("203.0.113.84");
  hint.set_kind(v1::HINT_KIND_SAME_NETWORK);
  *hint.mutable_at() = at("2026-11-23T07:59:00Z");
  EXPECT_EQ(lookup_text(never, k40),
            "NEVER  203.0.113.83\n"
            "  for 2001:db8:1111:2222:3333:4444:5555:6666\n"
            "  at 2026-11-23 08:00:00 UTC\n"
            "  No name ever led here: every answer is\n"
            "  on record since 2026-11-20 08:00:00\n"
            "  UTC (3 d before).\n"
            "  near miss: download.update.example was\n"
            "  answered to 10.0.0.8 1 min before with\n"
            "  203.0.113.84\n");
  EXPECT_LE(widest_line(lookup_text(never, k80)), 80U);
}

TEST(NarrowText, a_day_of_recurrence_has_two_halves_where_it_must) {
  v1::SummarizeRecurrenceResponse response;
  v1::RecurrenceDay& day = *response.add_days();
  day.set_date("2026-11-23");
  for (int hour = 0; hour < 24; ++hour) {
    day.add_deliveries(hour == 3 || hour == 14 ? 5 : 0);
  }
  const std::string narrow = recurrence_text(response, Print::kText, k80);
  EXPECT_EQ(narrow,
            "            00  01  02  03  04  05  06  07  08  09  10  11\n"
            "2026-11-23   .   .   .   5   .   .   .   .   .   .   .   .\n"
            "  all days   .   .   .   5   .   .   .   .   .   .   .   .\n"
            "\n"
            "            12  13  14  15  16  17  18  19  20  21  22  23  all\n"
            "2026-11-23   .   .   5   .   .   .   .   .   .   .   .   .  10\n"
            "  all days   .   .   5   .   .   .   .   .   .   .   .   .  10\n"
            "Nothing was recorded in that time.\n");
  EXPECT_EQ(recurrence_text(response, Print::kText, {.width = 111}),
            recurrence_text(response, Print::kText, kWide));
  EXPECT_NE(recurrence_text(response, Print::kText, {.width = 110}),
            recurrence_text(response, Print::kText, kWide));
}

TEST(NarrowText, the_status_fits_and_says_all_of_it) {
  v1::GetStatusResponse status;
  status.set_version("0.1.0");
  v1::CoverageInterval& interval = *status.add_coverage();
  *interval.mutable_span()->mutable_start() = at("2026-11-20T08:00:00Z");
  *interval.mutable_span()->mutable_end() = at("2026-11-22T08:00:00Z");
  interval.set_began(v1::COVERAGE_EDGE_RETENTION);
  interval.set_ended(v1::COVERAGE_EDGE_CLOCK_STEP);
  v1::UpstreamStatus& upstream = *status.add_upstreams();
  upstream.set_address("[2001:db8:1111:2222:3333:4444:5555:6666]:53");
  upstream.set_state(v1::UPSTREAM_STATE_UP);
  upstream.set_queries(1'000'000);
  upstream.set_answers(1'000'000);
  const auto words_of = [](const std::string& text) {
    std::istringstream in(text);
    return std::vector<std::string>(std::istream_iterator<std::string>(in), {});
  };
  const std::string wide = status_text(status, WallTime(), kWide);
  const std::string narrow = status_text(status, WallTime(), k80);
  EXPECT_GT(widest_line(wide), 80U) << "else this test shows nothing";
  EXPECT_LE(widest_line(narrow), 80U) << narrow;
  EXPECT_EQ(words_of(narrow), words_of(wide));
}

}  // namespace
}  // namespace etymon::cli

// The verbs beyond one address: what they understand, and what they say to what they do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/cli/arguments.h"
#include "api/cli/moments.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;

WallTime at(const char* text) {
  return parse_time(text, WallTime())->start;
}

Result<Invocation> parse(const std::vector<std::string>& arguments) {
  return parse_arguments(arguments, {{}, std::string(), at("2026-11-23T12:00:00Z")});
}

template <class T>
T command(const std::vector<std::string>& arguments) {
  const Result<Invocation> invocation = parse(arguments);
  EXPECT_TRUE(invocation.ok()) << invocation.error().message;
  return invocation.ok() ? std::get<T>(std::get<PastCommand>(invocation->command).verb) : T();
}

std::string mistake(const std::vector<std::string>& arguments) {
  const Result<Invocation> invocation = parse(arguments);
  return invocation.ok() ? "" : invocation.error().message;
}

TEST(PastVerbs, names_takes_a_name_a_tree_or_an_address) {
  const auto name = command<NamesCommand>({"names", "www.example"});
  EXPECT_EQ(name.filter.name(), "www.example");
  EXPECT_EQ(name.filter.match(), v1::NAME_MATCH_EXACT);
  EXPECT_EQ(name.limit, 1000U);
  const auto tree = command<NamesCommand>({"names", "*.example"});
  EXPECT_EQ(tree.filter.name(), "example");
  EXPECT_EQ(tree.filter.match(), v1::NAME_MATCH_SUBTREE);
  const auto block = command<NamesCommand>({"names", "192.0.2.0/24", "--client", "10.0.0.7"});
  EXPECT_EQ(block.filter.address(), "192.0.2.0/24");
  EXPECT_EQ(block.filter.client(), "10.0.0.7");
  EXPECT_THAT(mistake({"names", "a..b"}), HasSubstr("a..b"));
  EXPECT_THAT(mistake({"names", "www.example", "--client", "me"}), HasSubstr("--client"));
}

TEST(PastVerbs, a_wrong_address_is_no_name) {
  for (const char* text : {"198.51.100.9/24", "198.51.100.1/33", "198.51.100.1/", "/24", "1.2.3",
                           "1.2.3.4.5", "1.2.3.4.", "*.1.2.3", "example/A", "2001:db8::1::2"}) {
    EXPECT_THAT(mistake({"names", text}), HasSubstr("NAME|ADDRESS: ")) << text;
    EXPECT_THAT(mistake({"recurrence", text}), HasSubstr("NAME|ADDRESS: ")) << text;
    EXPECT_THAT(mistake({"watch", "--about", text}), HasSubstr("--about: ")) << text;
  }
  EXPECT_THAT(mistake({"names", "198.51.100.9/24"}), HasSubstr("did you mean 198.51.100.0/24"));
  for (const char* name : {"0\\0470.2.192.in-addr.arpa", "192.0.2.\\049", "4.4.8.8.in-addr.arpa"}) {
    EXPECT_EQ(mistake({"names", name}), "") << name;
  }
}

TEST(PastVerbs, what_is_no_name_says_how_to_write_one) {
  EXPECT_THAT(mistake({"names",
                       "b\xC3\xBC"
                       "cher.example"}),
              HasSubstr("xn--"));
}

TEST(PastVerbs, the_root_is_a_dot_and_all_below_it_has_a_star) {
  const auto root = command<NamesCommand>({"names", "."});
  EXPECT_EQ(root.filter.name(), ".");
  EXPECT_EQ(root.filter.match(), v1::NAME_MATCH_EXACT);
  const auto all = command<NamesCommand>({"names", "*."});
  EXPECT_EQ(all.filter.name(), ".");
  EXPECT_EQ(all.filter.match(), v1::NAME_MATCH_SUBTREE);
  for (const char* text : {"*", "*.."}) {
    EXPECT_THAT(mistake({"names", text}), HasSubstr("are written *.")) << text;
  }
}

TEST(PastVerbs, time_fences_are_those_of_dnsdbq) {
  const auto names = command<NamesCommand>({"names", "x.example", "-A", "-2h", "-B", "2026-11-23"});
  EXPECT_EQ(from_proto(names.filter.start()), at("2026-11-23T10:00:00Z"));
  EXPECT_EQ(from_proto(names.filter.end()), at("2026-11-23T00:00:00Z"));
  const auto day = command<NamesCommand>({"names", "x.example", "--at", "2026-11-22"});
  EXPECT_EQ(from_proto(day.filter.start()), at("2026-11-22T00:00:00Z"));
  EXPECT_EQ(from_proto(day.filter.end()), at("2026-11-22T23:59:59.999999Z"));
  const auto weeks = command<NamesCommand>({"names", "x.example", "-A", "-1w2d", "-B", "-3600"});
  EXPECT_EQ(from_proto(weeks.filter.start()), at("2026-11-14T12:00:00Z"));
  EXPECT_EQ(from_proto(weeks.filter.end()), at("2026-11-23T11:00:00Z"));
  const auto since = command<NamesCommand>({"names", "x.example", "-A", "1w2d", "-B", "today"});
  EXPECT_EQ(from_proto(since.filter.start()), at("2026-11-14T12:00:00Z"));
  EXPECT_EQ(from_proto(since.filter.end()), at("2026-11-23T00:00:00Z"));
  EXPECT_THAT(mistake({"names", "x.example", "--at", "-1h", "-A", "-2h"}), HasSubstr("--at"));
  EXPECT_THAT(mistake({"names", "x.example", "-A", "noon"}), HasSubstr("--after"));
}

TEST(PastVerbs, formats_are_those_of_dnsdbq) {
  EXPECT_EQ(command<NamesCommand>({"names", "x.example"}).print, Print::kText);
  EXPECT_EQ(command<NamesCommand>({"names", "x.example", "-j"}).print, Print::kJson);
  EXPECT_EQ(command<NamesCommand>({"names", "x.example", "-p", "csv"}).print, Print::kCsv);
  EXPECT_EQ(command<NamesCommand>({"names", "x.example", "-p", "minimal"}).print, Print::kMinimal);
  EXPECT_EQ(command<NamesCommand>({"names", "x.example", "--cof"}).print, Print::kCof);
  EXPECT_THAT(mistake({"names", "x.example", "-p", "xml"}), HasSubstr("xml"));
  EXPECT_THAT(mistake({"names", "x.example", "--cof", "-p", "csv"}), HasSubstr("--cof"));
  EXPECT_THAT(mistake({"names", "x.example", "--cof", "-j"}), HasSubstr("--cof"));
  for (const char* verb : {"names", "client", "recurrence", "watch"}) {
    const std::string subject = verb == std::string("watch") ? "--client=10.0.0.7" : "10.0.0.7";
    EXPECT_THAT(mistake({verb, subject, "-j", "-p", "nonsense"}), HasSubstr("--json")) << verb;
  }
  EXPECT_EQ(command<RecurrenceCommand>({"recurrence", "x.example", "-p", "minimal"}).print,
            Print::kMinimal);
  EXPECT_EQ(command<WatchCommand>({"watch", "-p", "minimal"}).print, Print::kMinimal);
  EXPECT_EQ(command<NamesCommand>({"names", "x.example", "-l", "0"}).limit, 1'000'000U);
  EXPECT_EQ(command<TimelineCommand>({"client", "10.0.0.7", "-l", "0"}).limit, 1'000'000U);
  EXPECT_EQ(command<TopCommand>({"top", "-l", "0"}).limit, 1'000'000U);
  EXPECT_EQ(command<ExportCommand>({"export", "-l", "0"}).request.limit(), 0U) << "all";
  for (const char* wrong : {"1000001", "-1", "x"}) {
    EXPECT_THAT(mistake({"names", "x.example", "-l", wrong}), HasSubstr("--limit"));
  }
}

TEST(PastVerbs, client_is_the_timeline_of_a_host) {
  const auto client = command<TimelineCommand>(
      {"client", "10.0.0.7", "--about", "192.0.2.1", "--rcode", "nxdomain", "-l", "5"});
  EXPECT_EQ(client.filter.client(), "10.0.0.7");
  EXPECT_EQ(client.filter.address(), "192.0.2.1");
  EXPECT_EQ(client.filter.rcode(), 3U);
  EXPECT_EQ(client.limit, 5U);
  EXPECT_THAT(mistake({"client", "www.example"}), HasSubstr("www.example"));
  EXPECT_THAT(mistake({"client"}), HasSubstr("IP"));
}

TEST(PastVerbs, recurrence_has_a_clock_on_the_wall) {
  const auto east =
      command<RecurrenceCommand>({"recurrence", "192.0.2.1", "--utc-offset", "+05:30"});
  EXPECT_EQ(east.request.utc_offset_minutes(), 330);
  const auto west =
      command<RecurrenceCommand>({"recurrence", "192.0.2.1", "--utc-offset", "-0800"});
  EXPECT_EQ(west.request.utc_offset_minutes(), -480);
  for (const char* wrong : {"5", "+15:00", "+05:61", "CET"}) {
    EXPECT_THAT(mistake({"recurrence", "192.0.2.1", "--utc-offset", wrong}),
                HasSubstr("--utc-offset"));
  }
}

TEST(PastVerbs, top_ranks_names_clients_or_addresses) {
  EXPECT_EQ(command<TopCommand>({"top"}).ranking, Ranking::kNames);
  EXPECT_EQ(command<TopCommand>({"top", "names"}).ranking, Ranking::kNames) << "a verb, too";
  EXPECT_EQ(command<TopCommand>({"top", "clients"}).ranking, Ranking::kClients);
  EXPECT_EQ(command<TopCommand>({"top", "addresses", "-l", "3"}).limit, 3U);
  EXPECT_EQ(command<TopCommand>({"top"}).limit, 10U);
  EXPECT_THAT(mistake({"top", "ports"}), HasSubstr("ports"));
}

TEST(PastVerbs, common_wants_several_hosts) {
  const auto common =
      command<CommonCommand>({"common", "10.0.0.1", "10.0.0.2", "--about", "192.0.2.0/24"});
  EXPECT_EQ(common.hosts, (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
  EXPECT_EQ(common.filter.address(), "192.0.2.0/24");
  EXPECT_THAT(mistake({"common", "10.0.0.1"}), HasSubstr("two"));
  EXPECT_THAT(mistake({"common", "10.0.0.1", "10.0.0.1"}), HasSubstr("two"));
  EXPECT_THAT(mistake({"common", "10.0.0.1", "me"}), HasSubstr("me"));
}

TEST(PastVerbs, a_host_is_one_however_it_is_written) {
  const auto common = command<CommonCommand>(
      {"common", "10.0.0.2", "::ffff:10.0.0.1", "10.0.0.1", "2001:DB8:0::1", "2001:db8::1"});
  EXPECT_EQ(common.hosts, (std::vector<std::string>{"10.0.0.2", "10.0.0.1", "2001:db8::1"}));
  EXPECT_THAT(mistake({"common", "10.0.0.1", "::ffff:10.0.0.1"}), HasSubstr("two"));
}

TEST(PastVerbs, bypass_wants_a_day_of_recording_before_it_says_never) {
  const auto bypass = command<BypassCommand>({"bypass", "-"});
  EXPECT_EQ(bypass.file, "-");
  EXPECT_EQ(bypass.min_coverage, std::chrono::days(1));
  EXPECT_EQ(command<BypassCommand>({"bypass", "-", "--min-coverage", "0s"}).min_coverage,
            Microseconds(0));
  EXPECT_EQ(command<BypassCommand>({"bypass", "-", "--min-coverage", "3660d"}).min_coverage,
            std::chrono::days(3660));
  for (const char* wrong : {"long", "3661d", "3660d1s", "-1d"}) {
    EXPECT_THAT(mistake({"bypass", "-", "--min-coverage", wrong}), HasSubstr("--min-coverage"));
  }
}

TEST(PastVerbs, export_and_watch_can_be_narrowed) {
  const auto all = command<ExportCommand>({"export"});
  EXPECT_EQ(all.request.limit(), 0U);
  EXPECT_EQ(all.request.order(), v1::LISTING_ORDER_OLDEST_FIRST);
  const auto some = command<ExportCommand>({"export", "-S", "-l", "7", "--client", "10.0.0.7"});
  EXPECT_EQ(some.request.limit(), 7U);
  EXPECT_EQ(some.request.order(), v1::LISTING_ORDER_NEWEST_FIRST);
  EXPECT_EQ(command<ExportCommand>({"export", "-j", "-l", "7"}).request.limit(), 7U)
      << "-j changes nothing: it is JSON anyway";
  EXPECT_EQ(command<WatchCommand>({"watch", "--about", "*.example"}).filter.name(), "example");
}

}  // namespace
}  // namespace etymon::cli

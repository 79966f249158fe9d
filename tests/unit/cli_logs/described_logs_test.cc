// Logs that their user describes: columns and expressions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli_logs/told.h"

namespace etymon::cli::logs {
namespace {

using ::testing::HasSubstr;

std::string mistake(const Settings& settings) {
  testing::ManualClock clock;
  const auto recognizer = Recognizer::create(settings, clock);
  return recognizer ? "" : recognizer.error().message;
}

TEST(Csv, columns_by_number) {
  Logs logs(
      {.columns = "time=1,source=2,destination=4,destination_port=5,proto=6", .timezone = "UTC"});
  EXPECT_EQ(logs.told("2026-11-23 14:21:46,192.168.1.7,51514,203.0.113.83,443,6"),
            "csv: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
  EXPECT_EQ(logs.told("\"2026-11-23 14:21:46\",\"203.0.113.83\",\"a, \"\"b\"\"\",192.168.1.7,1,17"),
            "csv: 192.168.1.7 > 203.0.113.83 udp at 2026-11-23T14:21:46.000000Z for 1 s");
  EXPECT_EQ(logs.told("never,192.168.1.7,51514,203.0.113.83,443,6"), "unknown");
  EXPECT_EQ(logs.told("2026-11-23 14:21:46,192.168.1.7"), "unknown");
}

TEST(Csv, a_time_may_have_no_seconds) {
  Logs logs({.columns = "time=1,source=2,destination=3", .timezone = "UTC"});
  EXPECT_EQ(logs.told("2026-11-23 14:21,192.168.1.7,203.0.113.83"),
            "csv: 192.168.1.7 > 203.0.113.83 at 2026-11-23T14:21:00.000000Z for 1 min");
}

TEST(Csv, columns_by_the_names_in_the_first_line) {
  Logs logs({.columns = "time=Start,client=Host,address=Peer,port=Port",
             .separator = ";",
             .timezone = "UTC"});
  EXPECT_EQ(logs.told("Peer;Port;Host;Start"), "csv: header");
  EXPECT_EQ(logs.told("2001:db8:1::5;443;2001:db8::7;1795443706"),
            "csv: 2001:db8::7 > 2001:db8:1::5:443 at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Csv, a_first_line_without_one_of_the_names_is_a_mistake) {
  Logs logs({.columns = "time=Strat,source=From,destination=3", .timezone = "UTC"});
  for (const char* line : {"Start,From,To", "Start;From;To", "1795443706,10.0.0.7,192.0.2.1", ""}) {
    EXPECT_THAT(logs.told(line), HasSubstr("--columns: the first line has no column \"Strat\""));
  }
  EXPECT_EQ(logs.told("Strat,From,To"), "csv: header");
  EXPECT_EQ(logs.told("1795443706,192.168.1.7,203.0.113.83"),
            "csv: 192.168.1.7 > 203.0.113.83 at 2026-11-23T14:21:46.000000Z for 1 s");
  EXPECT_EQ(logs.told("Start,From,To"), "unknown") << "no header any more";
}

TEST(Csv, a_doubled_quote_does_not_end_its_field) {
  Logs logs({.columns = "time=1,source=3,destination=4", .timezone = "UTC"});
  for (const char* said : {R"("a""b,10.0.0.99,198.51.100.66")", R"(""",10.0.0.99,"" x")",
                           R"(",10.0.0.99,198.51.100.66""")", R"("""")", R"("")"}) {
    EXPECT_EQ(logs.told("1795443706," + std::string(said) + ",192.168.1.7,203.0.113.83"),
              "csv: 192.168.1.7 > 203.0.113.83 at 2026-11-23T14:21:46.000000Z for 1 s")
        << said;
  }
  EXPECT_EQ(logs.told(R"(1795443706,"a"",192.168.1.7,203.0.113.83)"), "unknown")
      << "its end is missing";
}

TEST(Csv, a_record_of_several_lines_passes_by) {
  Logs counted({.columns = "time=1,source=2,destination=3", .timezone = "UTC"});
  Logs named({.columns = "time=Start,source=From,destination=To", .timezone = "UTC"});
  ASSERT_EQ(named.told("Start,From,To,Said,Then"), "csv: header");
  for (Logs* logs : {&counted, &named}) {
    for (const char* line :
         {R"(1795443706,192.168.1.7,203.0.113.83,"first)", "", R"(, ""said"", )",
          "1795443706,192.168.1.66,198.51.100.66,forged,1", R"(""last"",",then)"}) {
      EXPECT_EQ(logs->told(line), "unknown") << line;
    }
    EXPECT_EQ(logs->told(R"(1795443706,192.168.1.7,203.0.113.83,"a)"), "unknown");
    EXPECT_EQ(logs->told(R"(b","c)"), "unknown") << "the next field goes on, too";
    EXPECT_EQ(logs->told(R"(d")"), "unknown");
    EXPECT_EQ(logs->told(R"(1795443706,192.168.1.7,203.0.113.83,"a",b)"),
              "csv: 192.168.1.7 > 203.0.113.83 at 2026-11-23T14:21:46.000000Z for 1 s");
  }
}

TEST(Csv, nothing_is_added_to_a_header_that_goes_on_in_the_next_line) {
  const std::unique_ptr<Recognizer> recognizer = *Recognizer::create(
      {.columns = "source=From,destination=To", .timezone = "UTC"}, testing::ManualClock());
  const auto whole = recognizer->read(R"(From,To,"What)");
  ASSERT_EQ(whole.reading, Reading::kHeader);
  EXPECT_EQ(whole.reader->header_addition(R"(From,To,"What)"), "");
  EXPECT_NE(whole.reader->header_addition(R"(From,To,"What")"), "");
}

TEST(Csv, a_quote_that_is_never_closed_hides_no_more_than_a_field_may_have) {
  const std::string sound = "1795443706,192.168.1.7,203.0.113.83,ok";
  const std::string quoted = R"(1795443706,192.168.1.7,203.0.113.83,"ok")";
  Logs logs({.columns = "time=1,source=2,destination=3", .timezone = "UTC"});
  EXPECT_EQ(logs.told(R"(1795443706,192.168.1.7,203.0.113.83,"cut o)"), "unknown");
  EXPECT_NE(logs.told(quoted), "unknown") << "no field ends like that";
  EXPECT_EQ(logs.told(R"(1795443706,192.168.1.7,203.0.113.83,"cut o)"), "unknown");
  size_t hidden = 0;
  while (logs.told(sound) == "unknown" && hidden <= kFieldMax) {
    hidden += sound.size();
  }
  EXPECT_LE(hidden, kFieldMax);
  EXPECT_NE(logs.told(sound), "unknown");
}

TEST(Csv, a_byte_order_mark_is_not_of_the_first_name) {
  Logs logs({.columns = "source=From,destination=To", .timezone = "UTC"});
  EXPECT_EQ(logs.told("\xEF\xBB\xBF\"From\",To"), "csv: header");
  EXPECT_EQ(logs.told("192.168.1.7,203.0.113.83"), "csv: 192.168.1.7 > 203.0.113.83");
}

TEST(Csv, a_line_without_its_last_columns_may_have_lost_the_end_of_an_address) {
  Logs named({.columns = "source=From,destination=To", .timezone = "UTC"});
  EXPECT_EQ(named.told("From,To,Action"), "csv: header");
  EXPECT_EQ(named.told("192.168.1.7,203.0.113.8"), "unknown");
  EXPECT_EQ(named.told("192.168.1.7,203.0.113.83,"), "csv: 192.168.1.7 > 203.0.113.83");
  Logs counted({.columns = "source=1,destination=2,destination_port=4", .timezone = "UTC"});
  EXPECT_EQ(counted.told("192.168.1.7,203.0.113.8"), "unknown");
  EXPECT_EQ(counted.told("192.168.1.7,203.0.113.83,icmp"), "csv: 192.168.1.7 > 203.0.113.83");
}

TEST(Csv, a_separator_may_be_a_tab) {
  Logs logs({.columns = "source=1,destination=2", .separator = "tab", .timezone = "UTC"});
  EXPECT_EQ(logs.told("192.168.1.7\t203.0.113.83"), "csv: 192.168.1.7 > 203.0.113.83");
}

TEST(Csv, a_quote_goes_on_in_the_next_line_only_where_lines_are_quoted_as_of_csv) {
  const auto behind_open_quote = [](const std::string& separator, const std::string& mark) {
    Logs logs({.columns = "source=1,destination=2", .separator = separator, .timezone = "UTC"});
    const std::string ends = "192.168.1.7" + mark + "203.0.113.83" + mark;
    logs.told(ends + "\"5 inches");
    return logs.told(ends + "sound");
  };
  for (const char* mark : {",", ";"}) {
    EXPECT_EQ(behind_open_quote(mark, mark), "unknown") << mark;
  }
  for (const char* mark : {"|", " ", ":"}) {
    EXPECT_EQ(behind_open_quote(mark, mark), "csv: 192.168.1.7 > 203.0.113.83") << mark;
  }
  EXPECT_EQ(behind_open_quote("tab", "\t"), "csv: 192.168.1.7 > 203.0.113.83");
}

TEST(Csv, mistakes_in_the_columns_are_told) {
  EXPECT_THAT(mistake({.columns = "when=1"}), HasSubstr("--columns: a column is NAME=NUMBER"));
  EXPECT_THAT(mistake({.columns = "source=0,destination=1"}), HasSubstr("counted from 1"));
  EXPECT_THAT(mistake({.columns = "time=1,source=2"}), HasSubstr("source and destination"));
  for (const char* half : {"source=1,destination=2,client=3", "source=1,destination=2,address=3"}) {
    EXPECT_THAT(mistake({.columns = half}), HasSubstr("client and address")) << half;
  }
  EXPECT_THAT(mistake({.columns = "source=1,source=2,destination=3"}), HasSubstr("once"));
  for (const char* both : {"source=1,destination=2,client=3,address=4",
                           "client=1,address=2,destination=3", "source=3,client=1,address=2"}) {
    EXPECT_THAT(mistake({.columns = both}), HasSubstr("either source and destination, or")) << both;
  }
  EXPECT_THAT(mistake({.columns = "source=1,destination=2", .separator = "::"}),
              HasSubstr("--separator"));
}

TEST(Regex, named_groups_are_the_parts) {
  Logs logs(
      {.regex = R"(^(?P<time>\S+) (\w+) (?P<client>\S+) -> (?P<address>\S+?)(:(?P<port>\d+))?$)",
       .timezone = "UTC"});
  EXPECT_EQ(logs.told("2026-11-23T14:21:46Z allow 203.0.113.1 -> 192.168.1.7:443"),
            "regex: 203.0.113.1 > 192.168.1.7:443 at 2026-11-23T14:21:46.000000Z for 1 s");
  EXPECT_EQ(logs.told("2026-11-23T14:21:46Z allow fd00::7 -> 203.0.113.83"),
            "regex: fd00::7 > 203.0.113.83 at 2026-11-23T14:21:46.000000Z for 1 s");
  EXPECT_EQ(logs.told("something else"), "unknown");
}

TEST(Regex, a_time_may_have_no_seconds) {
  Logs logs(
      {.regex = R"(^(?P<time>\S+ \S+) (?P<source>\S+) (?P<destination>\S+)$)", .timezone = "UTC"});
  EXPECT_EQ(logs.told("2026-11-23 14:21 192.168.1.7 203.0.113.83"),
            "regex: 192.168.1.7 > 203.0.113.83 at 2026-11-23T14:21:00.000000Z for 1 min");
}

TEST(Regex, the_networks_decide_which_end_is_the_host) {
  Logs logs({.regex = R"(^(?P<source>\S+) (?P<source_port>\d+) > (?P<destination>\S+) )"
                      R"((?P<destination_port>\d+) (?P<proto>\w+)$)",
             .timezone = "UTC"});
  EXPECT_EQ(logs.told("192.168.1.7 51514 > 203.0.113.83 443 TCP"),
            "regex: 192.168.1.7 > 203.0.113.83:443 tcp");
  EXPECT_EQ(logs.told("203.0.113.83 40000 > 192.168.1.7 22 TCP"),
            "regex: 192.168.1.7 > 203.0.113.83:40000 tcp");
  EXPECT_EQ(logs.told("2001:db8:1::5 40000 > fd00::7 22 UDP"),
            "regex: fd00::7 > 2001:db8:1::5:40000 udp");
}

TEST(Regex, an_expression_may_read_json_and_a_format_of_text_does_not) {
  const std::string line = R"({"m":"IN=eth1 OUT=eth0 SRC=192.168.1.7 DST=203.0.113.83 PROTO=TCP"})";
  Logs logs({.regex = R"(SRC=(?P<source>\S+) DST=(?P<destination>\S+))", .timezone = "UTC"});
  EXPECT_EQ(logs.told(line), "regex: 192.168.1.7 > 203.0.113.83");
  Logs netfilter({.format = "netfilter", .timezone = "UTC"});
  EXPECT_EQ(netfilter.told(line), "unknown");
}

TEST(Regex, a_long_line_takes_no_stack_and_little_time) {
  Logs logs({.regex = R"((?P<source>\S+)(a*)*b (?P<destination>\S+))", .timezone = "UTC"});
  EXPECT_EQ(logs.told(std::string(60'000, 'a')), "unknown");
}

TEST(Regex, mistakes_in_the_expression_are_told) {
  EXPECT_THAT(mistake({.regex = "("}), HasSubstr("--regex: the expression cannot be used"));
  EXPECT_THAT(mistake({.regex = "(?P<source>a)"}), HasSubstr("(?P<destination>...)"));
  EXPECT_THAT(mistake({.regex = "(?P<timestamp>a)(?P<client>b)(?P<address>c)"}),
              HasSubstr("the group timestamp is none of time, source,"));
  EXPECT_THAT(mistake({.regex = "(?P<source>a)(?P<destination>b)(?P<client>c)"}),
              HasSubstr("client and address"));
}

TEST(Settings, mistakes_name_their_option) {
  EXPECT_THAT(mistake({.format = "foo"}), HasSubstr("--format: \"foo\" is no format"));
  for (const char* zone :
       {"Mars/Olympus", "../../etc/passwd", "America/Indiana", "America/", "zone.tab", "."}) {
    EXPECT_THAT(mistake({.timezone = zone}), HasSubstr("--timezone")) << zone;
  }
  EXPECT_EQ(mistake({.timezone = "America/Indiana/Knox"}), "");
  EXPECT_THAT(mistake({.timezone = "UTC", .lan = {"192.0.2.1/33"}}), HasSubstr("--lan"));
}

}  // namespace
}  // namespace etymon::cli::logs

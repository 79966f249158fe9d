// Lines that lost a part of themselves, or had octets changed: a reader gives no flow, or the right
// one. A log of several formats is read line by line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli_logs/samples.h"
#include "tests/unit/cli_logs/told.h"

namespace etymon::cli::logs {
namespace {

// Formats that their user describes, each with a line of its own.
struct Described {
  Settings settings;
  std::string line;
};

std::vector<Described> described() {
  return {
      {{.columns = "time=1,source=2,source_port=3,destination=4,destination_port=5,proto=6",
        .timezone = "UTC"},
       "\"2026-11-23 14:21:46\",192.168.1.7,51514,203.0.113.83,443,tcp,\"allowed, \"\"ok\"\"\""},
      {{.columns = "client=2,address=4,port=5", .separator = "tab", .timezone = "UTC"},
       "1795443706\t192.168.1.7\t51514\t203.0.113.83\t443"},
      {{.regex = R"(^(?P<time>\S+) \w+ (?P<source>\S+):(?P<source_port>\d+) -> )"
                 R"((?P<destination>\S+):(?P<destination_port>\d+) (?P<proto>\w+) end$)",
        .timezone = "UTC"},
       "2026-11-23T14:21:46Z allow 192.168.1.7:51514 -> 203.0.113.83:443 tcp end"}};
}

void expect_ends(Logs& logs, const std::string& cut, std::string_view whole) {
  const std::string ends = logs.ends(cut);
  EXPECT_TRUE(ends == "unknown" || ends == whole) << ends << " from " << cut;
}

// Each cut has its own memory, for ASan.
void expect_ends_without_its_end(Logs& logs, std::string_view line, std::string_view whole) {
  for (size_t length = 0; length < line.size(); ++length) {
    expect_ends(logs, std::string(line.substr(0, length)), whole);
  }
}

void expect_ends_without_its_front(Logs& logs, std::string_view line, std::string_view whole) {
  for (size_t begin = 1; begin < line.size(); ++begin) {
    expect_ends(logs, std::string(line.substr(begin)), whole);
  }
}

TEST(Damage, every_format_is_recognized_by_itself) {
  Logs logs;
  for (const Sample& sample : kSamples) {
    const std::string told = logs.told(sample.line);
    EXPECT_TRUE(told.starts_with(std::string(sample.format) + ": " + std::string(kSampleEnds)))
        << told;
  }
}

TEST(Damage, a_named_format_reads_its_own_lines_only) {
  for (const Sample& named : kSamples) {
    Logs logs({.format = std::string(named.format), .timezone = "UTC"});
    for (const Sample& sample : kSamples) {
      EXPECT_EQ(logs.ends(sample.line),
                sample.format == named.format ? kSampleEnds : std::string_view("unknown"))
          << named.format << " reads " << sample.line;
    }
  }
}

TEST(Damage, a_line_cut_off_at_its_end_never_tells_another_address) {
  for (const Sample& sample : kSamples) {
    Logs logs;
    expect_ends_without_its_end(logs, sample.line, kSampleEnds);
  }
}

// A moment that is not the whole line's is said to be that of a later event.
void expect_moment_without_its_end(std::string_view line) {
  Logs logs;
  const std::string whole = logs.moment(line);
  ASSERT_NE(whole, "") << line;
  for (size_t length = 0; length < line.size(); ++length) {
    const std::string cut(line.substr(0, length));
    const std::string moment = logs.moment(cut);
    EXPECT_TRUE(moment.empty() || moment == whole || moment.ends_with(" or earlier"))
        << moment << " from " << cut;
  }
}

TEST(Damage, a_line_cut_off_at_its_end_tells_no_other_moment_as_if_it_were_sure) {
  for (const Sample& sample : kSamples) {
    expect_moment_without_its_end(sample.line);
  }
  for (const InboundSample& sample : kInboundSamples) {
    expect_moment_without_its_end(sample.line);
  }
  for (const std::string_view line :
       {"date=2026-11-23 time=14:21:46 logid=\"0000000013\" type=\"traffic\" "
        "eventtime=1795443706 srcip=192.168.1.7 dstip=203.0.113.83 proto=6 duration=3600 "
        "sentbyte=1850",
        "Nov 23 2026 14:21:46: %ASA-6-302014: Teardown TCP connection 7 for "
        "outside:203.0.113.83/443 to inside:192.168.1.7/51514 duration 12:00:59 bytes 1850"}) {
    expect_moment_without_its_end(line);
  }
}

TEST(Damage, other_messages_of_an_asa_cut_off_at_their_end_tell_no_other_address) {
  for (const std::string_view line :
       {"Nov 23 2026 14:21:46: %ASA-6-106100: access-list acl_in permitted tcp "
        "inside/192.168.1.7(1256) -> outside/203.0.113.83(80) hit-cnt 1 first hit",
        "Nov 23 2026 14:21:46: %ASA-6-106100: access-list acl_in denied tcp "
        "outside/203.0.113.83(80) -> inside/192.168.1.7(1256) hit-cnt 1 first hit",
        "Nov 23 2026 14:21:46: %ASA-6-302020: Built inbound ICMP connection for faddr "
        "203.0.113.83/0 gaddr 198.51.100.2/1 laddr 192.168.1.73/1",
        "Nov 23 2026 14:21:46: %ASA-6-302020: Built outbound ICMP connection for faddr "
        "203.0.113.83/0 gaddr 198.51.100.2/1 laddr 192.168.1.73/1 type 8 code 0",
        "Nov 23 2026 14:21:46: %ASA-4-106023: Deny udp src outside:203.0.113.83/443 dst "
        "inside:192.168.1.7/51514 by access-group \"out\" [0x0, 0x0]",
        "Nov 23 2026 14:21:46: %ASA-6-106015: Deny TCP (no connection) from 192.168.1.7/51514 to "
        "203.0.113.83/443 flags RST  on interface inside"}) {
    Logs logs;
    const std::string whole = logs.ends(line);
    ASSERT_NE(whole, "unknown") << line;
    expect_ends_without_its_end(logs, line, whole);
  }
}

TEST(Damage, a_forwarded_port_of_a_fortigate_that_was_cut_off_tells_no_other_host) {
  for (const std::string translation : {"dnat", "snat+dnat"}) {
    const std::string line =
        "date=2026-11-23 time=14:21:46 logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" "
        "eventtime=1795443706 srcip=203.0.113.83 srcport=40000 dstip=198.51.100.2 dstport=443 "
        "proto=6 action=\"close\" trandisp=\"" +
        translation + "\"";
    const std::string rest = " tranip=192.168.1.73 tranport=8443 duration=12";
    Logs logs;
    for (size_t length = 0; length <= rest.size(); ++length) {
      const bool is_whole = length > rest.find(" tranport");
      EXPECT_EQ(logs.ends(line + rest.substr(0, length)),
                is_whole ? "192.168.1.73 > 203.0.113.83" : "unknown")
          << length;
    }
  }
}

TEST(Damage, a_line_cut_off_at_its_front_never_tells_another_address) {
  for (const Sample& sample : kSamples) {
    Logs logs;
    expect_ends_without_its_front(logs, sample.line, kSampleEnds);
  }
}

TEST(Damage, a_line_about_what_came_in_that_lost_its_end_never_tells_another_address) {
  for (const InboundSample& sample : kInboundSamples) {
    Logs logs;
    ASSERT_EQ(logs.ends(sample.line), sample.ends) << sample.line;
    expect_ends_without_its_end(logs, sample.line, sample.ends);
  }
}

TEST(Damage, a_line_about_what_came_in_that_lost_its_front_never_tells_another_address) {
  for (const InboundSample& sample : kInboundSamples) {
    Logs logs;
    expect_ends_without_its_front(logs, sample.line, sample.ends);
  }
}

TEST(Damage, no_octet_in_any_place_hurts) {
  for (const Sample& sample : kSamples) {
    Logs logs;
    for (size_t i = 0; i < sample.line.size(); ++i) {
      for (const char octet : {'\0', ' ', ',', '"', '\\', ':', '/', '9', '\xFF'}) {
        std::string changed(sample.line);
        changed[i] = octet;
        logs.ends(changed);
      }
    }
  }
}

TEST(Damage, a_described_line_that_lost_its_front_never_tells_another_address) {
  for (const Described& one : described()) {
    Logs logs(one.settings);
    ASSERT_EQ(logs.ends(one.line), kSampleEnds) << one.line;
    for (size_t begin = 1; begin < one.line.size(); ++begin) {
      const std::string ends = logs.ends(one.line.substr(begin));
      EXPECT_TRUE(ends == "unknown" || ends == kSampleEnds) << ends << " from " << begin;
    }
  }
}

TEST(Damage, a_described_line_that_lost_its_end_never_tells_another_address) {
  for (const Described& one : described()) {
    Logs logs(one.settings);
    for (size_t length = 0; length < one.line.size(); ++length) {
      const std::string cut = one.line.substr(0, length);
      const std::string ends = logs.ends(cut);
      EXPECT_TRUE(ends == "unknown" || ends == kSampleEnds) << ends << " from " << cut;
    }
  }
}

TEST(Damage, no_octet_in_any_place_of_a_described_line_hurts) {
  for (const Described& one : described()) {
    Logs logs(one.settings);
    for (size_t i = 0; i < one.line.size(); ++i) {
      for (const char octet : {'\0', ' ', ',', '"', '\\', ':', '\t', '9', '\xFF'}) {
        std::string changed = one.line;
        changed[i] = octet;
        logs.ends(changed);
      }
    }
    for (size_t octets = 0; octets < kFieldMax; octets += one.line.size()) {
      logs.ends(one.line);  // a lone quote may hide so much
    }
    EXPECT_EQ(logs.ends(one.line), kSampleEnds) << "still reads what is sound";
  }
}

// A packet's record, as a stranger writes it for a name: of the host that is to be asked about.
constexpr const char* kForged =
    "a IN= SRC=192.168.1.7 DST=203.0.113.83 LEN=1 PROTO=TCP SPT=1 DPT=443 ";

// Lines of marked formats and of JSON that are about no contact, with that in their text.
std::vector<std::string> forged_lines() {
  const std::string forged = kForged;
  return {
      "date=2026-11-23 time=14:21:46 devname=\"fw\" logid=\"0100032002\" type=\"event\" "
      "subtype=\"system\" user=\"" +
          forged + "\" ui=\"ssh\" action=\"login\" status=\"failed\"",
      "Nov 23 2026 14:21:46: %ASA-6-113005: AAA user authentication Rejected : reason = Invalid "
      "password : server = 203.0.113.5 : user = " +
          forged + ": user IP = 203.0.113.9",
      "<166>1 2026-11-23T14:21:46Z ftd - - - [meta sequenceId=\"1\"] %FTD-6-430002: User: " +
          forged,
      "Nov 23 14:21:46 pa 1,2026/11/23 14:21:46,011901019052,SYSTEM,auth,0,2026/11/23 14:21:46,,"
      "auth-fail,,0,0,general,medium,\"failed authentication for user '" +
          forged + "'\",1,0x0",
      "Nov 23 14:21:46 fw suricata[1]: "
      "{\"timestamp\":\"2026-11-23T14:21:46.5+0000\",\"event_type\":"
      "\"http\",\"http\":{\"http_user_agent\":\"" +
          forged + "\"}}",
      "<13>1 2026-11-23T14:21:46Z fw app 1 - - @cee: { \"msg\":\"" + forged + "\"}",
      R"(<13>1 2026-11-23T14:21:46Z fw app 1 - [x@1 id="{9}" a="]\" {\\"] {"msg":")" + forged +
          "\"}",
      "2026-11-23T14:21:46,123+00:00 fw app[1]: {\"msg\":\"" + forged + "\"}",
      "[{\"msg\":\"" + forged + "\"}]"};
}

TEST(Damage, a_record_in_the_text_of_another_format_is_no_record) {
  for (const std::string& line : forged_lines()) {
    EXPECT_EQ(Logs().told(line), "unknown") << line;
  }
}

TEST(Damage, nor_is_it_behind_a_line_of_any_format) {
  for (const Sample& sample : kSamples) {
    for (const std::string& line : forged_lines()) {
      Logs logs;
      ASSERT_EQ(logs.ends(sample.line), kSampleEnds);
      EXPECT_EQ(logs.told(line), "unknown") << line << " behind " << sample.format;
    }
  }
}

TEST(Damage, a_mark_in_the_text_of_another_marked_format_is_no_mark) {
  const std::string asa =
      "%ASA-6-302013: Built outbound TCP connection 7 for outside:203.0.113.84/443 "
      "(203.0.113.84/443) to inside:192.168.1.66/1 (192.168.1.66/1)";
  const std::string pairs = "logid=1 type=x srcip=192.168.1.66 dstip=203.0.113.84 z ";
  const std::string columns =
      "1,2026/11/23 14:21:46,1,TRAFFIC,end,1,2026/11/23 14:21:46,192.168.1.66,203.0.113.84,,,,,,,,"
      ",,,,,,,,1,443,,,,tcp,allow";
  const std::string fortigate = "date=2026-11-23 time=14:21:46 logid=\"1\" type=\"event\" user=\"";
  const std::string palo_alto =
      "1,2026/11/23 14:21:46,011901019052,SYSTEM,auth,0,2026/11/23 14:21:46,,,\"";
  const std::string cisco = "Nov 23 2026 14:21:46: %ASA-6-113005: AAA user = ";
  for (const std::string& line :
       {fortigate + asa + "\"", fortigate + columns + "\"", palo_alto + asa + "\"",
        palo_alto + pairs + "\"", cisco + pairs, cisco + columns}) {
    EXPECT_EQ(Logs().told(line), "unknown") << line;
  }
}

TEST(Damage, json_behind_the_header_of_syslog_is_read_as_json) {
  for (const std::string header :
       {"<13>Nov 23 14:21:46 fw suricata[1]: ", "2026-11-23T14:21:46,123+00:00 fw suricata[1]: ",
        "<13>1 2026-11-23T14:21:46Z fw suricata 1 - [x@1 id=\"{9}\" a=\"]\\\" {\\\\\"] "}) {
    for (const Sample& sample : kSamples) {
      const bool is_json = sample.line.starts_with('{');
      if (is_json) {
        EXPECT_EQ(Logs().told(header + std::string(sample.line)), Logs().told(sample.line));
      }
    }
  }
}

TEST(Damage, what_is_no_log_line_is_unknown) {
  Logs logs;
  for (const char* line :
       {"", " ", "{", "{}", "[", "<", "<134>", "SRC= DST=", "IN= SRC=x DST=y PROTO=z", "%ASA-",
        "%ASA-6-302013:", "filterlog", "filterlog: ,,,,", " > ", "a > b: c",
        "{\"src_ip\":1,\"dest_ip\":2,\"event_type\":\"flow\"}", "\t\t\t\t\t\t\t",
        "Nov 23 14:21:46 gw sshd[1]: Accepted publickey for root from 192.168.1.7 port 51514"}) {
    EXPECT_EQ(logs.told(line), "unknown") << line;
  }
}

TEST(Damage, a_byte_order_mark_or_zeros_before_a_line_hide_nothing_of_it) {
  const std::string line =
      "2026-11-23T14:21:46+00:00 gw kernel: IN=br0 OUT=eth0 SRC=192.168.1.7 DST=203.0.113.83 "
      "LEN=60 PROTO=TCP SPT=51514 DPT=443 ";
  const std::string told = Logs().told(line);
  EXPECT_THAT(told, ::testing::HasSubstr("at 2026-11-23T14:21:46"));
  EXPECT_EQ(Logs().told("\xEF\xBB\xBF" + line), told);
  EXPECT_EQ(Logs().told(std::string(4096, '\0') + line), told);
  EXPECT_EQ(Logs().told(std::string(10, '\0')), "unknown");
}

}  // namespace
}  // namespace etymon::cli::logs

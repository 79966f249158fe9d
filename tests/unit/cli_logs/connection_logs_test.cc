// Logs of connections: conntrack, Cisco ASA, FortiGate, Palo Alto, Suricata, Zeek.
#include <gtest/gtest.h>

#include "tests/unit/cli_logs/told.h"

namespace etymon::cli::logs {
namespace {

TEST(Conntrack, the_first_tuple_has_the_host_behind_translation) {
  EXPECT_EQ(
      Logs().told("[1795443706.123456]\t    [NEW] tcp      6 120 SYN_SENT src=192.168.1.7 "
                  "dst=203.0.113.83 sport=51514 dport=443 [UNREPLIED] src=203.0.113.83 "
                  "dst=198.51.100.2 sport=443 dport=51514"),
      "conntrack: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.123456Z for 1 us");
}

TEST(Conntrack, the_reply_has_the_host_behind_a_forwarded_port) {
  EXPECT_EQ(Logs().told("    [NEW] tcp      6 120 SYN_SENT src=203.0.113.83 dst=198.51.100.2 "
                        "sport=40000 dport=8443 [UNREPLIED] src=192.168.1.7 dst=203.0.113.83 "
                        "sport=443 dport=40000"),
            "conntrack: 192.168.1.7 > 203.0.113.83:40000 tcp");
}

TEST(Conntrack, an_end_that_tells_how_long_it_lived_is_about_the_beginning) {
  EXPECT_EQ(Logs().told("[1795443706.500000]\t[DESTROY] tcp      6 src=192.168.1.7 "
                        "dst=203.0.113.83 sport=42348 dport=443 packets=19 bytes=5181 "
                        "src=203.0.113.83 dst=192.168.1.7 sport=443 dport=42348 packets=17 "
                        "bytes=5896 [ASSURED] mark=256 delta-time=60"),
            "conntrack: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:20:45.500000Z for 1 s");
}

TEST(Conntrack, an_end_in_the_system_log_is_about_the_beginning_too) {
  EXPECT_EQ(Logs().told("Nov 23 14:21:46 gw conntrack[7]: [DESTROY] tcp      6 src=192.168.1.7 "
                        "dst=203.0.113.83 sport=42348 dport=443 src=203.0.113.83 dst=192.168.1.7 "
                        "sport=443 dport=42348 [ASSURED] delta-time=60"),
            "conntrack: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:20:45.000000Z for 2 s");
}

TEST(Conntrack, ipv6_with_the_family_before_it) {
  EXPECT_EQ(Logs().told("[1795443706.123456]\t [UPDATE] ipv6     10 udp      17 30 src=fd00::7 "
                        "dst=2001:db8:1::5 sport=51514 dport=443 src=2001:db8:1::5 dst=fd00::7 "
                        "sport=443 dport=51514"),
            "conntrack: fd00::7 > 2001:db8:1::5:443 udp at 2026-11-23T14:21:46.123456Z for 1 us or "
            "earlier");
}

TEST(Asa, a_connection_to_the_outside) {
  EXPECT_EQ(Logs().told("Nov 23 2026 14:21:46: %ASA-6-302013: Built outbound TCP connection 7 for "
                        "outside:203.0.113.83/443 (203.0.113.83/443)(LOCAL\\user) to "
                        "inside:192.168.1.7/51514 (198.51.100.2/12834)"),
            "asa: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Asa, a_connection_from_the_outside_to_the_host_behind_translation) {
  EXPECT_EQ(
      Logs().told("<166>Nov 23 2026 14:21:46 fw : %ASA-6-302015: Built inbound UDP connection "
                  "7 for outside:203.0.113.83/40000 (203.0.113.83/40000) to "
                  "dmz:192.168.1.7/53 (198.51.100.2/53)"),
      "asa: 192.168.1.7 > 203.0.113.83:40000 udp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Asa, an_end_is_about_the_beginning) {
  EXPECT_EQ(Logs().told("Nov 23 14:21:46 fw %ASA-6-302014: Teardown TCP connection 7 for "
                        "outside:203.0.113.83/443 to inside:192.168.1.7/51514 duration 1:00:30 "
                        "bytes 123 TCP FINs"),
            "asa: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T13:21:15.000000Z for 2 s");
}

TEST(Asa, a_zone_behind_the_time_counts) {
  constexpr const char* kBuilt =
      ": %ASA-6-302013: Built outbound TCP connection 7 for outside:203.0.113.83/443 "
      "(203.0.113.83/443) to inside:192.168.1.7/51514 (198.51.100.2/12834)";
  Logs logs({.timezone = "+02:00"});
  const std::string told = "asa: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T";
  for (const char* time : {"Nov 23 14:21:46 UTC", "Nov 23 2026 14:21:46 UTC"}) {
    EXPECT_EQ(logs.told(std::string(time) + kBuilt), told + "14:21:46.000000Z for 1 s") << time;
  }
  for (const char* time :
       {"Nov 23 14:21:46 EET", "Nov 23 14:21:46 UTC-1", "Nov 23 14:21:46 UTC+02:00"}) {
    EXPECT_EQ(logs.told(std::string(time) + kBuilt), told + "12:21:46.000000Z for 1 s") << time;
  }
}

TEST(Asa, a_duration_beyond_all_measure_is_none) {
  const auto told = [](const std::string& duration) {
    return Logs().told(
        "Nov 23 2026 14:21:46: %ASA-6-302014: Teardown TCP connection 7 for "
        "outside:203.0.113.83/443 to inside:192.168.1.7/51514 duration " +
        duration + " bytes 123 TCP FINs");
  };
  const std::string ends = "asa: 192.168.1.7 > 203.0.113.83:443 tcp at ";
  EXPECT_EQ(told("8760:00:00"), ends + "2025-11-23T14:21:45.000000Z for 2 s");
  for (const char* duration : {"100000:00:00", "4294967295:00:00", "99999999999999999999:00:00"}) {
    EXPECT_EQ(told(duration), ends + "2026-11-23T14:21:46.000000Z for 1 s or earlier") << duration;
  }
}

TEST(Asa, denied_packets_and_access_lists) {
  EXPECT_EQ(Logs().told("Nov 23 2026 14:21:46: %ASA-4-106023: Deny udp src "
                        "outside:2001:db8:1::5/443 dst inside:fd00::7/51514 by access-group "
                        "\"out\" [0x0, 0x0]"),
            "asa: fd00::7 > 2001:db8:1::5:443 udp at 2026-11-23T14:21:46.000000Z for 1 s");
  EXPECT_EQ(Logs().told("Nov 23 2026 14:21:46: %ASA-6-106100: access-list acl_in permitted tcp "
                        "inside/192.168.1.7(1256) -> outside/203.0.113.83(80) hit-cnt 1 first hit"),
            "asa: 192.168.1.7 > 203.0.113.83:80 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
  EXPECT_EQ(Logs().told("Nov 23 2026 14:21:46: %ASA-6-106015: Deny TCP (no connection) from "
                        "192.168.1.7/51514 to 203.0.113.83/443 flags RST  on interface inside"),
            "asa: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Asa, a_comma_before_the_fraction_of_the_headers_time_makes_it_no_text) {
  EXPECT_EQ(Logs().told("2026-11-23T14:21:46,123 INFO %ASA-6-302013: Built outbound TCP connection "
                        "7 for outside:203.0.113.83/443 (203.0.113.83/443) to "
                        "inside:192.168.1.7/51514 (198.51.100.2/12834)"),
            "asa: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.123000Z for 1 ms");
}

TEST(Asa, icmp_has_three_addresses) {
  EXPECT_EQ(Logs().told("Nov 23 2026 14:21:46: %ASA-6-302020: Built outbound ICMP connection for "
                        "faddr 203.0.113.83/0 gaddr 198.51.100.2/1 laddr 192.168.1.7/1"),
            "asa: 192.168.1.7 > 203.0.113.83 icmp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Asa, messages_about_other_things_and_names_for_addresses_are_unknown) {
  EXPECT_EQ(Logs().told("Nov 23 2026 14:21:46: %ASA-5-111010: User 'enable_15' executed 'write'"),
            "unknown");
  EXPECT_EQ(Logs().told("Nov 23 2026 14:21:46: %ASA-6-302013: Built outbound TCP connection 7 for "
                        "outside:www/443 (www/443) to inside:192.168.1.7/51514 (192.168.1.7/1)"),
            "unknown");
}

TEST(Fortigate, the_start_is_the_event_less_its_duration) {
  const std::string line = R"(date=2026-11-23 time=15:21:46 logid="0000000013" type="traffic" )"
                           R"(eventtime=1795443706 tz="+0100" srcip=192.168.1.7 srcport=51514 )"
                           R"(dstip=203.0.113.83 dstport=443 proto=6 action="close" duration=10)";
  EXPECT_EQ(Logs().told(line + " sentbyte=1"),
            "fortigate: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:35.000000Z for 2 s");
  EXPECT_EQ(Logs().moment(line), " at 2026-11-23T14:21:46.000000Z for 1 s or earlier")
      << "it may have been cut off, and 10 be the beginning of 1000";
}

TEST(Fortigate, an_event_in_nanoseconds_and_a_forwarded_port) {
  EXPECT_EQ(Logs().told(R"(logid="0000000013" eventtime=1795443706369913239 srcip=203.0.113.83 )"
                        R"(srcport=40000 dstip=198.51.100.2 dstport=8443 trandisp="dnat" )"
                        R"(tranip=192.168.1.7 tranport=443 proto=17 action="deny")"),
            "fortigate: 192.168.1.7 > 203.0.113.83:40000 udp at 2026-11-23T14:21:46.369913Z for "
            "1 us");
}

TEST(Fortigate, without_an_event_time_date_and_time_count_in_their_zone) {
  EXPECT_EQ(Logs().told(R"(<189>date=2026-11-23 time=15:21:46 logid="0000000013" tz="+0100" )"
                        R"(srcip=fd00::7 srcport=1 dstip=2001:db8:1::5 dstport=443 proto=6 x=1)"),
            "fortigate: fd00::7 > 2001:db8:1::5:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Fortigate, what_stands_in_a_quoted_value_is_no_field) {
  const std::string told =
      "fortigate: 192.168.1.7 > 203.0.113.83:40000 tcp at 2026-11-23T14:21:35.000000Z for 2 s";
  // What the far end says of itself, written before the field of that name and behind it.
  for (const char* said :
       {"x tranip=192.168.1.66 srcip=203.0.113.9 dstip=192.168.1.66 duration=86400 y",
        "x\\\" srcport=1 tranip=192.168.1.66 duration=86400 eventtime=1 logid=1 y",
        " tz=+0900 date=2020-01-01 time=00:00:00 proto=17 tranip=192.168.1.66 "}) {
    const std::string agent = "agent=\"" + std::string(said) + "\" ";
    const std::string first =
        R"(<189>date=2026-11-23 time=15:21:46 logid="0000000013" tz="+0100" )";
    const std::string ends = R"(srcip=203.0.113.83 srcport=40000 dstip=198.51.100.2 dstport=8443 )";
    const std::string rest = "tranip=192.168.1.7 tranport=443 proto=6 duration=10 ";
    EXPECT_EQ(Logs().told(first + ends + agent + rest), told) << said;
    EXPECT_EQ(Logs().told(agent + first.substr(5) + ends + rest), told) << said;
    EXPECT_EQ(Logs().told(first + ends + rest + agent), told) << said;
  }
  EXPECT_EQ(Logs().told(R"(date=2026-11-23 time=14:21:46 logid="0000000013" srcip=192.168.1.7 )"
                        R"(dstip=203.0.113.83 proto=6 user="x" srcip=192.168.1.66 )"),
            "fortigate: 192.168.1.7 > 203.0.113.83 tcp at 2026-11-23T14:21:46.000000Z for 1 s")
      << "the first of a name counts";
  EXPECT_EQ(Logs().told(R"(date=2026-11-23 time=14:21:46 logid="0000000013" type="traffic" )"
                        R"(msg="SRC srcip=192.168.1.7 dstip=203.0.113.83 z" x=1)"),
            "unknown");
}

TEST(PaloAlto, a_traffic_log_has_its_start) {
  EXPECT_EQ(
      Logs().told("Nov 23 14:22:00 pa 1,2026/11/23 14:21:58,011901019052,TRAFFIC,end,2049,"
                  "2026/11/23 14:21:58,203.0.113.83,198.51.100.2,203.0.113.83,192.168.1.7,"
                  "\"in, and out\",,,ssl,vsys1,Untrust,Trust,ae2,ae1,default,,33767,1,40000,"
                  "8443,40000,443,0x400053,tcp,allow,1850,800,1050,12,2026/11/23 14:21:46,12"),
      "paloalto: 192.168.1.7 > 203.0.113.83:40000 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(PaloAlto, a_threat_log_has_the_time_it_was_made) {
  EXPECT_EQ(Logs().told("1,2026/11/23 14:21:58,011901019052,THREAT,url,2049,2026/11/23 14:21:46,"
                        "fd00::7,2001:db8:1::5,,,rule,,,ssl,vsys1,Trust,Untrust,ae2,ae1,default,,"
                        "33767,1,51514,443,0,0,0x400053,tcp,alert,\"x\",(9999),any"),
            "paloalto: fd00::7 > 2001:db8:1::5:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s or "
            "earlier");
}

TEST(PaloAlto, what_stands_in_a_url_makes_no_traffic_log_of_a_threat) {
  EXPECT_EQ(
      Logs().told("1,2026/11/23 14:21:58,011901019052,THREAT,url,2049,2026/11/23 14:21:46,"
                  "192.168.1.7,203.0.113.83,,,rule,,,ssl,vsys1,Trust,Untrust,ae2,ae1,default,,"
                  "33767,1,51514,443,0,0,0x400053,tcp,alert,\"evil.example/a,TRAFFIC,b\",(9999)"),
      "paloalto: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s or "
      "earlier");
}

TEST(Suricata, the_moment_is_the_flows_start) {
  EXPECT_EQ(Logs().told(R"({"timestamp":"2026-11-23T14:25:00.000000+0000","event_type":"flow",)"
                        R"("src_ip":"fd00:0000:0000:0000:0000:0000:0000:0007","src_port":51514,)"
                        R"("dest_ip":"2001:0db8:0001:0000:0000:0000:0000:0005","dest_port":443,)"
                        R"("proto":"TCP","flow":{"start":"2026-11-23T14:21:46.453468+0000"}})"),
            "suricata: fd00::7 > 2001:db8:1::5:443 tcp at 2026-11-23T14:21:46.453468Z for 1 us");
}

TEST(Suricata, an_event_without_a_flow_has_its_own_time) {
  EXPECT_EQ(
      Logs().told(R"({"timestamp":"2026-11-23T15:21:46.453468+0100","event_type":"alert",)"
                  R"("src_ip":"203.0.113.83","src_port":443,"dest_ip":"192.168.1.7",)"
                  R"("dest_port":51514,"proto":"UDP","alert":{"signature":"a \"b\" \u00e9"}})"),
      "suricata: 192.168.1.7 > 203.0.113.83:443 udp at 2026-11-23T14:21:46.453468Z for 1 us or "
      "earlier");
}

TEST(Suricata, a_line_that_was_annotated_before_stays_as_it_is) {
  EXPECT_EQ(Logs().told(R"({"timestamp":"2026-11-23T15:21:46.4+0100","event_type":"alert",)"
                        R"("src_ip":"203.0.113.83","dest_ip":"192.168.1.7","etymon":{}})"),
            "unknown");
}

TEST(Zeek, json_with_seconds_or_iso_time) {
  EXPECT_EQ(Logs().told(R"({"ts":1795443706.404645,"uid":"C","id.orig_h":"203.0.113.83",)"
                        R"("id.orig_p":40000,"id.resp_h":"192.168.1.7","id.resp_p":443,)"
                        R"("proto":"tcp"})"),
            "zeek-json: 192.168.1.7 > 203.0.113.83:40000 tcp at 2026-11-23T14:21:46.404645Z for "
            "1 us");
  EXPECT_EQ(Logs().told(R"({"ts":"2026-11-23T14:21:46.404645Z","uid":"C","id.orig_h":"fd00::7",)"
                        R"("id.orig_p":1,"id.resp_h":"2001:db8:1::5","id.resp_p":443,)"
                        R"("proto":"udp"})"),
            "zeek-json: fd00::7 > 2001:db8:1::5:443 udp at 2026-11-23T14:21:46.404645Z for 1 us");
}

TEST(Zeek, columns_are_where_the_header_says) {
  Logs logs;
  EXPECT_EQ(logs.told("#separator \\x09"), "zeek: header");
  EXPECT_EQ(logs.told("#fields\tuid\tts\tproto\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p"),
            "zeek: header");
  EXPECT_EQ(logs.told("#types\tstring\ttime\tenum\taddr\tport\taddr\tport"), "zeek: header");
  EXPECT_EQ(logs.told("C\t1795443706.404645\tudp\tfd00::7\t1\t2001:db8:1::5\t443"),
            "zeek: fd00::7 > 2001:db8:1::5:443 udp at 2026-11-23T14:21:46.404645Z for 1 us");
  EXPECT_EQ(logs.told("#close\t2026-11-23-15-00-00"), "zeek: header");
}

TEST(Zeek, without_a_header_the_usual_columns_count) {
  EXPECT_EQ(Logs().told("1795443706.4\tC\t192.168.1.7\t1\t203.0.113.83\t443\ttcp\t-"),
            "zeek: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.400000Z for 100 ms");
}

}  // namespace
}  // namespace etymon::cli::logs

// Logs of single packets: netfilter, ulogd, filterlog, MikroTik, tcpdump.
#include <gtest/gtest.h>

#include "tests/unit/cli_logs/told.h"

namespace etymon::cli::logs {
namespace {

TEST(Netfilter, the_hosts_packet_to_the_outside) {
  EXPECT_EQ(Logs().told("Nov 23 14:21:46 gw kernel: [8123.456] [OUT]IN=eth1 OUT=eth0 "
                        "SRC=192.168.1.7 DST=203.0.113.83 LEN=60 TTL=63 ID=1 DF PROTO=TCP "
                        "SPT=51514 DPT=443 WINDOW=64240 SYN URGP=0"),
            "netfilter: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Netfilter, a_packet_from_the_outside_is_about_its_sender) {
  EXPECT_EQ(
      Logs().told("2026-11-23T15:21:46.5+01:00 gw kernel: [IN]IN=eth0 OUT=eth1 "
                  "SRC=203.0.113.83 DST=192.168.1.7 LEN=60 PROTO=UDP SPT=443 DPT=51514 LEN=40"),
      "netfilter: 192.168.1.7 > 203.0.113.83:443 udp at 2026-11-23T14:21:46.500000Z for "
      "100 ms");
}

TEST(Netfilter, ipv6_written_out_in_full) {
  EXPECT_EQ(Logs().told("Nov 23 14:21:46 gw kernel: IN=eth1 OUT=eth0 "
                        "SRC=fd00:0000:0000:0000:0000:0000:0000:0007 "
                        "DST=2001:0db8:0001:0000:0000:0000:0000:0005 LEN=80 TC=0 HOPLIMIT=63 "
                        "FLOWLBL=0 PROTO=TCP SPT=51514 DPT=443 SYN"),
            "netfilter: fd00::7 > 2001:db8:1::5:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Netfilter, an_icmp_error_is_about_its_own_ends_not_those_it_quotes) {
  EXPECT_EQ(Logs().told("Nov 23 14:21:46 gw kernel: IN=eth0 OUT=eth1 SRC=203.0.113.83 "
                        "DST=192.168.1.7 LEN=88 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.168.1.7 "
                        "DST=203.0.113.84 LEN=60 PROTO=UDP SPT=5 DPT=6 ]"),
            "netfilter: 192.168.1.7 > 203.0.113.83 icmp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Netfilter, a_line_cut_at_its_front_is_unknown) {
  EXPECT_EQ(Logs().told("=192.168.1.7 DST=203.0.113.83 LEN=60 PROTO=TCP SPT=1 DPT=2"), "unknown");
}

TEST(Netfilter, a_line_of_the_kernels_own_buffer_has_no_time) {
  EXPECT_EQ(Logs().told("[ 8123.456] IN=eth1 OUT=eth0 SRC=192.168.1.7 DST=203.0.113.83 LEN=60 "
                        "PROTO=TCP SPT=51514 DPT=443"),
            "netfilter: 192.168.1.7 > 203.0.113.83:443 tcp");
}

TEST(Ulogd, a_packet_has_the_kernels_time) {
  EXPECT_EQ(Logs().told(R"({"timestamp": "2026-11-23T15:22:01+0100", "oob.prefix": "DRP", )"
                        R"("oob.time.sec": 1795443706, "oob.time.usec": 947620, )"
                        R"("ip.protocol": 17, "src_ip": "203.0.113.83", "dest_ip": "192.168.1.7", )"
                        R"("src_port": 443, "dest_port": 51514})"),
            "ulogd: 192.168.1.7 > 203.0.113.83:443 udp at 2026-11-23T14:21:46.947620Z for 1 us");
}

TEST(Ulogd, without_the_kernels_time_there_is_the_daemons) {
  EXPECT_EQ(Logs().told(R"({"timestamp": "2026-11-23T15:21:46.947620+0100", "oob.prefix": "", )"
                        R"("ip.protocol": 58, "src_ip": "fd00::7", "dest_ip": "2001:db8:1::5"})"),
            "ulogd: fd00::7 > 2001:db8:1::5 icmpv6 at 2026-11-23T14:21:46.947620Z for 1 us");
}

TEST(Ulogd, a_flow_has_its_start_and_the_host_behind_a_forwarded_port) {
  EXPECT_EQ(Logs().told(R"({"timestamp": "2026-11-23T15:22:01", "ct.event": 4, )"
                        R"("orig.ip.protocol": 6, "src_ip": "203.0.113.83", )"
                        R"("dest_ip": "198.51.100.2", "orig.l4.sport": 40000, )"
                        R"("orig.l4.dport": 8443, "reply.ip.saddr.str": "192.168.1.7", )"
                        R"("flow.start.sec": 1795443706, "flow.start.usec": 5})"),
            "ulogd: 192.168.1.7 > 203.0.113.83:40000 tcp at 2026-11-23T14:21:46.000005Z for 1 us");
}

TEST(Ulogd, a_flow_without_its_start_is_a_beginning_only_where_the_event_is_one) {
  const auto told = [](const std::string& event) {
    return Logs().told(R"({"timestamp": "2026-11-23T15:21:46.000005+0100", "ct.event": )" + event +
                       R"(, "orig.ip.protocol": 6, "src_ip": "192.168.1.7", )"
                       R"("dest_ip": "203.0.113.83", "orig.l4.sport": 40000, )"
                       R"("orig.l4.dport": 443})");
  };
  const std::string flow =
      "ulogd: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.000005Z for 1 us";
  EXPECT_EQ(told("1"), flow);
  EXPECT_EQ(told("4"), flow + " or earlier");
}

TEST(Filterlog, ipv6_has_its_addresses_in_other_fields) {
  EXPECT_EQ(Logs().told("<134>1 2026-11-23T14:21:46.123456+00:00 fw filterlog 72237 - - "
                        "5,,,1000000003,igb1.27,match,pass,out,6,0x00,0xf6279,64,TCP,6,40,"
                        "fd00::7,2001:db8:1::5,51514,443,0,S,1,,64800,,mss"),
            "filterlog: fd00::7 > 2001:db8:1::5:443 tcp at 2026-11-23T14:21:46.123456Z for 1 us");
}

TEST(Filterlog, a_packet_from_the_outside_is_about_its_sender) {
  EXPECT_EQ(Logs().told("Nov 23 14:21:46 filterlog[72237]: 146,,,1535324496,igb0,match,block,in,4,"
                        "0x0,,63,12617,0,DF,17,udp,60,203.0.113.83,192.168.1.7,443,51514,40"),
            "filterlog: 192.168.1.7 > 203.0.113.83:443 udp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Filterlog, opnsense_puts_structured_data_before_it) {
  EXPECT_EQ(Logs().told("<134>1 2026-11-23T15:21:46+01:00 fw filterlog 4 - [meta sequenceId=\"1\"] "
                        "9,,,0,igb1,match,pass,in,4,0x0,,64,0,0,DF,1,icmp,84,192.168.1.7,"
                        "203.0.113.83,request,1,2"),
            "filterlog: 192.168.1.7 > 203.0.113.83 icmp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Mikrotik, the_host_is_the_one_before_translation) {
  EXPECT_EQ(Logs().told("nov/23/2026 14:21:46 firewall,info forward: in:ether5 out:ether1, src-mac "
                        "00:00:5e:00:53:01, proto TCP (SYN), 192.168.1.7:61127->203.0.113.83:443, "
                        "NAT (192.168.1.7:61127->198.51.100.2:61127)->203.0.113.83:443, len 52"),
            "mikrotik: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Mikrotik, a_forwarded_port_leads_to_the_host_inside) {
  EXPECT_EQ(Logs().told("firewall,info dstnat: in:ether1 out:(unknown 0), proto TCP (SYN), "
                        "203.0.113.83:40000->198.51.100.2:8443, NAT 203.0.113.83:40000->"
                        "(198.51.100.2:8443->192.168.1.7:443), len 52"),
            "mikrotik: 192.168.1.7 > 203.0.113.83:40000 tcp");
}

TEST(Mikrotik, log_print_puts_a_blank_before_its_lines) {
  EXPECT_EQ(Logs().told(" 2026-11-23 14:21:46 firewall,info forward: in:bridge out:ether1, proto "
                        "UDP, 192.168.1.7:61127->203.0.113.83:443, len 1250"),
            "mikrotik: 192.168.1.7 > 203.0.113.83:443 udp at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Mikrotik, ipv6_with_ports_and_without) {
  EXPECT_EQ(Logs().told("Nov 23 14:21:46 r firewall,info forward: in:bridge out:ether1, proto UDP, "
                        "[fd00::7]:61127->[2001:db8:1::5]:443, len 1250"),
            "mikrotik: fd00::7 > 2001:db8:1::5:443 udp at 2026-11-23T14:21:46.000000Z for 1 s");
  EXPECT_EQ(Logs().told("Nov 23 14:21:46 r firewall,info forward: in:bridge out:ether1, proto "
                        "ICMPv6 (type 128, code 0), fd00::7->2001:db8:1::5, len 64"),
            "mikrotik: fd00::7 > 2001:db8:1::5 icmpv6 at 2026-11-23T14:21:46.000000Z for 1 s");
}

TEST(Tcpdump, a_bare_time_is_the_newest_that_is_not_in_the_future) {
  EXPECT_EQ(
      Logs().told("14:21:46.123456 IP 192.168.1.7.51514 > 203.0.113.83.443: Flags [S], seq 1"),
      "tcpdump: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-24T14:21:46.123456Z for 1 us");
  EXPECT_EQ(Logs().told("11:59:59.123456 IP 203.0.113.83.https > 192.168.1.7.51514: Flags [S.]"),
            "tcpdump: 192.168.1.7 > 203.0.113.83 tcp at 2026-11-25T11:59:59.123456Z for 1 us");
}

TEST(Tcpdump, ipv6_an_interface_and_other_protocols) {
  EXPECT_EQ(Logs().told("2026-11-23 14:21:46.123456 eth0  Out IP6 fd00::7.51514 > "
                        "2001:db8:1::5.443: UDP, length 1250"),
            "tcpdump: fd00::7 > 2001:db8:1::5:443 udp at 2026-11-23T14:21:46.123456Z for 1 us");
  EXPECT_EQ(Logs().told("1795443706.123456 IP 192.168.1.7 > 203.0.113.83: ICMP echo request, id 1"),
            "tcpdump: 192.168.1.7 > 203.0.113.83 icmp at 2026-11-23T14:21:46.123456Z for 1 us");
}

TEST(Tcpdump, what_pflog_puts_before_it) {
  EXPECT_EQ(Logs().told("2026-11-23 14:21:46.123456 rule 5/0(match): block in on em0: "
                        "203.0.113.83.443 > 192.168.1.7.51514: Flags [S], seq 1"),
            "tcpdump: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.123456Z for 1 us");
}

TEST(Tcpdump, names_instead_of_addresses_are_unknown) {
  EXPECT_EQ(Logs().told("14:21:46.123456 IP host.example.51514 > www.example.443: Flags [S]"),
            "unknown");
}

}  // namespace
}  // namespace etymon::cli::logs

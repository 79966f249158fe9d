// Records as firewalls wrote them, found in public test data and documentation, verbatim: what each
// of them tells.
#include <gtest/gtest.h>

#include "tests/unit/cli_logs/told.h"

namespace etymon::cli::logs {
namespace {

struct Record {
  std::string_view line;
  std::string_view told;
};

constexpr Record kRecords[] = {
    // A gateway of Ubiquiti.
    {"Jan  5 20:17:01 MainFirewall kernel: [WAN_OUT-2000-A]IN=eth0 OUT=eth2 "
     "MAC=90:10:20:76:8d:20:90:10:24:67:f4:89:08:00 SRC=192.168.134.158 DST=192.168.2.25 LEN=265 "
     "TOS=0x00 PREC=0x00 TTL=63 ID=51768 DF PROTO=TCP SPT=43189 DPT=443 WINDOW=159 RES=0x00 ACK "
     "PSH URGP=0",
     "netfilter: 192.168.134.158 > 192.168.2.25:443 tcp at 2026-01-05T20:17:01.000000Z for 1 s"},
    {R"({"timestamp": "2022-07-25T15:01:58.947620+0200", "dvc": "spr", "raw.pktlen": 64, )"
     R"("raw.pktcount": 1, "oob.prefix": "DRP:INP ", "oob.time.sec": 1658754118, )"
     R"("oob.time.usec": 947620, "oob.mark": 0, "oob.ifindex_in": 3, "oob.hook": 1, )"
     R"("raw.mac_len": 14, "oob.family": 10, "oob.protocol": 34525, "action": "blocked", )"
     R"("raw.type": 1, "raw.mac.addrlen": 6, "ip.protocol": 58, "ip6.payloadlen": 24, )"
     R"("ip6.priority": 0, "ip6.flowlabel": 0, "ip6.hoplimit": 255, "ip6.nexthdr": 58, )"
     R"("icmpv6.type": 134, "icmpv6.code": 0, "icmpv6.csum": 57001, "oob.in": "wlan0", )"
     R"("oob.out": "", "src_ip": "fe80::dad7:75ff:fef2:f959", "dest_ip": "ff02::1", )"
     R"("mac.saddr.str": "d8:d7:75:f2:f9:59", "mac.daddr.str": "33:33:00:00:00:01", )"
     R"("mac.str": "33:33:00:00:00:01:d8:d7:75:f2:f9:59:86:dd"})",
     "ulogd: fe80::dad7:75ff:fef2:f959 > ff02::1 icmpv6 at 2022-07-25T13:01:58.947620Z for 1 us"},
    {"[DESTROY] tcp      6 src=192.168.88.62 dst=35.182.46.62 sport=42348 dport=443 packets=19 "
     "bytes=5181 src=35.182.46.62 dst=192.168.88.62 sport=443 dport=42348 packets=17 bytes=5896 "
     "[ASSURED] mark=256",
     "conntrack: 192.168.88.62 > 35.182.46.62:443 tcp"},
    {"<134>Jul  3 19:10:30 filterlog[72237]: 146,,,1535324496,igb1.12,match,block,in,4,0x0,,63,"
     "12617,0,DF,6,tcp,60,10.170.12.50,1.1.1.1,49724,853,0,S,1891286705,,64240,,"
     "mss;sackOK;TS;nop;wscale",
     "filterlog: 10.170.12.50 > 1.1.1.1:853 tcp at 2026-07-03T19:10:30.000000Z for 1 s"},
    // Behind the header of the one above: what was written of IPv6.
    {"<134>Jul  3 19:10:30 filterlog[72237]: 146,,,1535324496,igb1.27,match,block,in,6,0x00,"
     "0xf6279,1,UDP,17,32,fe80::208:9bff:fef3:652b,ff02::1:2,546,547,32",
     "filterlog: fe80::208:9bff:fef3:652b > ff02::1:2:547 udp at 2026-07-03T19:10:30.000000Z for "
     "1 s"},
    {"Apr 29 2013 12:59:50: %ASA-6-302013: Built outbound TCP connection 89743274 for "
     "outside:192.168.2.43/443 (192.168.2.43/443) to outside:10.123.3.42/4952 "
     "(10.123.3.42/12834)",
     "asa: 10.123.3.42 > 192.168.2.43:443 tcp at 2013-04-29T12:59:50.000000Z for 1 s"},
    // What is in parentheses is whom the other side sees.
    {"Apr 29 2013 12:59:50: %ASA-6-302013: Built inbound TCP connection 1 for "
     "internet:10.2.3.4/49926 (81.2.69.144/49926) to vlan-42:192.0.2.80/80 (192.0.2.80/80)",
     "asa: 10.2.3.4 > 192.0.2.80:80 tcp at 2013-04-29T12:59:50.000000Z for 1 s"},
    {R"(date=2019-05-10 time=11:37:47 logid="0000000013" type="traffic" subtype="forward" )"
     R"(level="notice" vd="vdom1" eventtime=1557513467369913239 srcip=10.1.100.11 srcport=58012 )"
     R"(srcintf="port12" srcintfrole="undefined" dstip=81.2.69.142 dstport=80 dstintf="port11" )"
     R"(dstintfrole="undefined" srcuuid="ae28f494-5735-51e9-f247-d1d2ce663f4b" )"
     R"(dstuuid="ae28f494-5735-51e9-f247-d1d2ce663f4b" )"
     R"(poluuid="ccb269e0-5735-51e9-a218-a397dd08b7eb" sessionid=105048 proto=6 action="close" )"
     R"(policyid=1 policytype="policy" service="HTTP" dstcountry="Canada" srccountry="Reserved" )"
     R"(trandisp="snat" transip=172.16.200.2 transport=58012 appid=34050 )"
     R"(app="HTTP.BROWSER_Firefox" appcat="Web.Client" apprisk="elevated" applist="g-default" )"
     R"(duration=116 sentbyte=1188 rcvdbyte=1224 sentpkt=17 rcvdpkt=16 utmaction="allow" )"
     R"(countapp=1 osname="Ubuntu" mastersrcmac="a2:e9:00:ec:40:01" srcmac="a2:e9:00:ec:40:01" )"
     R"(srcserver=0 utmref=65500-742)",
     "fortigate: 10.1.100.11 > 81.2.69.142:80 tcp at 2019-05-10T18:35:50.369913Z for 1 s"},
    // The same model, its event's time in seconds.
    {R"(date=2019-03-31 time=06:42:54 logid="0002000012" type="traffic" subtype="multicast" )"
     R"(level="notice" vd="vdom1" eventtime=1554039772 srcip=172.16.200.55 srcport=60660 )"
     R"(srcintf="port25" srcintfrole="undefined" dstip=230.1.1.2 dstport=7878 dstintf="port3" )"
     R"(dstintfrole="undefined" sessionid=1162 proto=17 action="accept" policyid=1 )"
     R"(policytype="multicast-policy" service="udp/7878" dstcountry="Reserved" )"
     R"(srccountry="Reserved" trandisp="noop" duration=22 sentbyte=5940 rcvdbyte=0 sentpkt=11 )"
     R"(rcvdpkt=0 appcat="unscanned")",
     "fortigate: 172.16.200.55 > 230.1.1.2:7878 udp at 2019-03-31T13:42:29.000000Z for 2 s"},
    {"Jun 09 17:49:30 TP-PA850-A 1,2021/10/13 12:54:53,011901019052,TRAFFIC,end,2049,2021/10/13 "
     "12:54:53,10.80.22.2,8.8.8.8,0.0.0.0,0.0.0.0,Trust to Untrust,,,dns,vsys1,Trust,Untrust,ae2,"
     "ae1,Syslog To SOC VM,2021/10/13 12:54:53,3973,1,61879,53,0,0,0x19,udp,allow,1198,103,1095,2,"
     "2021/10/13 12:54:22,0,any,0,812631294,0x0,10.0.0.0-10.255.255.255,United States,0,1,1,"
     "aged-out,0,0,0,0,,TP-PA850-A,from-policy,,,0,,0,,N/A,0,0,0,0",
     "paloalto: 10.80.22.2 > 8.8.8.8:53 udp at 2021-10-13T12:54:22.000000Z for 1 s"},
    {"firewall,info forward: in:ether5-LAN out:ether1-work-Irancell, src-mac 00:19:e7:90:d4:45, "
     "proto TCP (SYN), 10.0.10.76:61127->40.127.110.237:443, NAT (10.0.10.76:61127->"
     "10.0.100.254:61127)->40.127.110.237:443, len 52",
     "mikrotik: 10.0.10.76 > 40.127.110.237:443 tcp"},
    {R"({"timestamp":"2018-07-05T15:51:54.001329-0400","flow_id":1828507008887644,)"
     R"("event_type":"flow","src_ip":"fe80:0000:0000:0000:fada:0cff:fedc:87f1","src_port":546,)"
     R"("dest_ip":"ff02:0000:0000:0000:0000:0000:0001:0002","dest_port":547,"proto":"UDP",)"
     R"("app_proto":"failed","flow":{"pkts_toserver":1,"pkts_toclient":0,"bytes_toserver":110,)"
     R"("bytes_toclient":0,"start":"2018-07-05T15:51:23.453468-0400",)"
     R"("end":"2018-07-05T15:51:23.453468-0400","age":0,"state":"new","reason":"timeout",)"
     R"("alerted":false}})",
     "suricata: fe80::fada:cff:fedc:87f1 > ff02::1:2:547 udp at 2018-07-05T19:51:23.453468Z for "
     "1 us"},
    // An event within a flow, which has the flow's start.
    {R"({"timestamp":"2018-07-05T15:07:20.910626-0400","flow_id":904992230150281,)"
     R"("in_iface":"en0","event_type":"alert","src_ip":"192.168.86.85","src_port":55641,)"
     R"("dest_ip":"192.168.156.70","dest_port":443,"proto":"TCP","tx_id":0,)"
     R"("alert":{"action":"allowed","gid":1,"signature_id":2024833,"rev":3,)"
     R"-("signature":"ET POLICY Observed IP Lookup Domain (l2 .io in TLS SNI)",)-"
     R"("category":"Potential Corporate Privacy Violation","severity":1},)"
     R"("tls":{"session_resumed":true,"sni":"l2.io","version":"TLS 1.2"},"app_proto":"tls",)"
     R"("flow":{"pkts_toserver":4,"pkts_toclient":3,"bytes_toserver":793,"bytes_toclient":343,)"
     R"("start":"2018-07-05T15:07:19.659593-0400"}})",
     "suricata: 192.168.86.85 > 192.168.156.70:443 tcp at 2018-07-05T19:07:19.659593Z for 1 us"},
    {R"({"ts":1617062400.404645,"uid":"CCicIg43lOtCQOxXnb","id.orig_h":"10.156.0.2",)"
     R"("id.orig_p":56190,"id.resp_h":"89.160.20.156","id.resp_p":443,"proto":"tcp",)"
     R"("conn_state":"OTH","local_orig":true,"local_resp":false,"missed_bytes":0,"history":"C",)"
     R"("orig_pkts":0,"orig_ip_bytes":0,"resp_pkts":0,"resp_ip_bytes":0})",
     "zeek-json: 10.156.0.2 > 89.160.20.156:443 tcp at 2021-03-30T00:00:00.404645Z for 1 us"},
    {"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"
     "orig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\t"
     "orig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents",
     "zeek: header"},
    // Came in: the host is the one that answered.
    {"1699501701.032478\tCk4N0V3ktsYTefptLi\t2.237.57.70\t59202\t172.31.5.68\t8080\ttcp\thttp\t"
     "0.202757\t183\t0\tSF\tF\tT\t0\tShADaFf\t5\t451\t3\t164\t-",
     "zeek: 172.31.5.68 > 2.237.57.70:59202 tcp at 2023-11-09T03:48:21.032478Z for 1 us"},
    {"16:12:47.319493 IP 10.3.0.5.50528 > 8.8.8.8.53: Flags [S], seq 464911782, win 64240, "
     "options [mss 1460,sackOK,TS val 3113655258 ecr 0,nop,wscale 7], length 0",
     "tcpdump: 10.3.0.5 > 8.8.8.8:53 tcp at 2026-11-24T16:12:47.319493Z for 1 us"},
};

TEST(Records, each_is_recognized_and_tells_who_went_where_and_when) {
  Logs logs;
  for (const Record& record : kRecords) {
    EXPECT_EQ(logs.told(record.line), record.told) << record.line;
  }
}

// In the shape of what was found, but written for this test.
constexpr Record kFurtherShapes[] = {
    // With a class before the severity, without a colon behind the number, with a context before
    // the interface.
    {"Apr 29 2013 12:59:50: %ASA-session-6-302013: Built outbound TCP connection 7 for "
     "outside:203.0.113.83/443 (203.0.113.83/443) to inside:192.168.1.7/51514 "
     "(198.51.100.2/12834)",
     "asa: 192.168.1.7 > 203.0.113.83:443 tcp at 2013-04-29T12:59:50.000000Z for 1 s"},
    {"Apr 29 2013 12:59:50: %ASA-6-302016 Teardown UDP connection 7 for "
     "outside:203.0.113.83/53 to inside:192.168.1.7/51514 duration 0:00:10 bytes 123",
     "asa: 192.168.1.7 > 203.0.113.83:53 udp at 2013-04-29T12:59:39.000000Z for 2 s"},
    {"Apr 29 2013 12:59:50: %ASA-4-106023: Deny tcp src v1:outside:10.8.1.9/54864 dst "
     "v1:inside:2001:db8:1::5/443 by access-group \"in\" [0x0, 0x0]",
     "asa: 10.8.1.9 > 2001:db8:1::5:443 tcp at 2013-04-29T12:59:50.000000Z for 1 s"},
    // One direction of a flow, which has the start elsewhere.
    {R"({"timestamp":"2018-07-05T15:51:54.001329-0400","flow_id":1828507008887644,)"
     R"("event_type":"netflow","src_ip":"192.168.86.85","src_port":55641,)"
     R"("dest_ip":"203.0.113.83","dest_port":443,"proto":"TCP","app_proto":"tls",)"
     R"("netflow":{"pkts":4,"bytes":793,"start":"2018-07-05T15:50:19.659593-0400",)"
     R"("end":"2018-07-05T15:51:23.453468-0400","age":64,"min_ttl":64,"max_ttl":64}})",
     "suricata: 192.168.86.85 > 203.0.113.83:443 tcp at 2018-07-05T19:50:19.659593Z for 1 us"},
};

TEST(Records, further_shapes_are_read_as_those_that_were_found) {
  Logs logs;
  for (const Record& record : kFurtherShapes) {
    EXPECT_EQ(logs.told(record.line), record.told) << record.line;
  }
}

// From the far end to a host of the LAN, IPv6, in every format that is not tried so elsewhere.
TEST(Records, what_came_in_over_ipv6_is_about_its_sender) {
  constexpr Record kInbound[] = {
      {"Nov 23 14:21:46 gw kernel: IN=eth0 OUT=eth1 "
       "SRC=2001:0db8:0001:0000:0000:0000:0000:0005 DST=fd00:0000:0000:0000:0000:0000:0000:0007 "
       "LEN=80 TC=0 HOPLIMIT=57 FLOWLBL=0 PROTO=TCP SPT=40000 DPT=22 WINDOW=64800 RES=0x00 SYN",
       "netfilter: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.000000Z for 1 s"},
      {"<134>Nov 23 14:21:46 filterlog[72237]: 5,,,1000000003,igb0,match,block,in,6,0x00,0x00000,"
       "57,TCP,6,40,2001:db8:1::5,fd00::7,40000,22,0,S,1,,64800,,mss",
       "filterlog: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.000000Z for 1 s"},
      {"Nov 23 2026 14:21:46: %ASA-6-302013: Built inbound TCP connection 7 for "
       "outside:2001:db8:1::5/40000 (2001:db8:1::5/40000) to inside:fd00::7/22 (fd00::7/22)",
       "asa: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.000000Z for 1 s"},
      {R"(date=2026-11-23 time=14:21:46 logid="0000000013" eventtime=1795443706 )"
       R"(srcip=2001:db8:1::5 srcport=40000 dstip=fd00::7 dstport=22 proto=6 action="accept")",
       "fortigate: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.000000Z for 1 s"},
      {"firewall,info input: in:ether1 out:(unknown 0), proto TCP (SYN), "
       "[2001:db8:1::5]:40000->[fd00::7]:22, len 60",
       "mikrotik: fd00::7 > 2001:db8:1::5:40000 tcp"},
      {R"({"timestamp":"2026-11-23T14:21:46.4+0000","event_type":"flow",)"
       R"("src_ip":"2001:0db8:0001:0000:0000:0000:0000:0005","src_port":40000,)"
       R"("dest_ip":"fd00:0000:0000:0000:0000:0000:0000:0007","dest_port":22,"proto":"TCP"})",
       "suricata: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.400000Z for 100 ms or "
       "earlier"},
      {"1795443706.404645\tC\t2001:db8:1::5\t40000\tfd00::7\t22\ttcp\tssh",
       "zeek: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.404645Z for 1 us"},
      {"2026-11-23 14:21:46.123456 IP6 2001:db8:1::5.40000 > fd00::7.22: Flags [S], seq 1",
       "tcpdump: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.123456Z for 1 us"},
      {"[1795443706.123456]\t    [NEW] ipv6     10 tcp      6 120 SYN_SENT src=2001:db8:1::5 "
       "dst=fd00::7 sport=40000 dport=22 [UNREPLIED] src=fd00::7 dst=2001:db8:1::5 sport=22 "
       "dport=40000",
       "conntrack: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.123456Z for 1 us"},
      {R"({"timestamp":"2026-11-23T14:21:46.123456+0000","oob.family":10,"oob.in":"eth0",)"
       R"("oob.out":"eth1","src_ip":"2001:db8:1::5","dest_ip":"fd00::7","src_port":40000,)"
       R"("dest_port":22,"ip.protocol":6})",
       "ulogd: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.123456Z for 1 us"},
      {"1,2026/11/23 14:21:58,011901019052,TRAFFIC,end,2049,2026/11/23 14:21:58,"
       "2001:db8:1::5,fd00::7,::,::,in,,,ssh,vsys1,Untrust,Trust,ae2,ae1,default,,33767,1,40000,22,"
       "0,0,0x19,tcp,allow,1850,800,1050,12,2026/11/23 14:21:46,12",
       "paloalto: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.000000Z for 1 s"},
      {R"({"ts":1795443706.404645,"uid":"C","id.orig_h":"2001:db8:1::5","id.orig_p":40000,)"
       R"("id.resp_h":"fd00::7","id.resp_p":22,"proto":"tcp"})",
       "zeek-json: fd00::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.404645Z for 1 us"},
  };
  Logs logs;
  for (const Record& record : kInbound) {
    EXPECT_EQ(logs.told(record.line), record.told) << record.line;
  }
}

TEST(Records, what_came_in_without_translation_is_about_its_sender) {
  EXPECT_EQ(Logs().told(R"(date=2026-11-23 time=14:21:46 logid="0000000013" type="traffic" )"
                        R"(eventtime=1795443706 srcip=203.0.113.83 srcport=40000 )"
                        R"(dstip=192.168.1.7 dstport=443 proto=6 trandisp="noop" action="accept" )"
                        "duration=0 sentbyte=0"),
            "fortigate: 192.168.1.7 > 203.0.113.83:40000 tcp at 2026-11-23T14:21:46.000000Z for "
            "1 s");
  EXPECT_EQ(Logs().told("1,2026/11/23 14:21:58,011901019052,TRAFFIC,end,2049,2026/11/23 14:21:58,"
                        "203.0.113.83,192.168.1.7,0.0.0.0,0.0.0.0,in,,,ssl,vsys1,Untrust,Trust,"
                        "ae2,ae1,default,,33767,1,40000,443,0,0,0x19,tcp,allow,1850,800,1050,12,"
                        "2026/11/23 14:21:46,12"),
            "paloalto: 192.168.1.7 > 203.0.113.83:40000 tcp at 2026-11-23T14:21:46.000000Z for "
            "1 s");
}

TEST(Records, a_network_of_ones_own_is_named_with_lan) {
  const std::string_view inbound =
      "Nov 23 14:21:46 gw kernel: IN=eth0 OUT=eth1 SRC=2001:db8:1::5 DST=2001:db8:7::7 LEN=80 "
      "PROTO=TCP SPT=40000 DPT=22 SYN";
  EXPECT_EQ(Logs().ends(inbound), "2001:db8:1::5 > 2001:db8:7::7") << "nobody is known as inside";
  Logs logs({.timezone = "UTC", .lan = {"198.51.100.0/24", "2001:db8:7::/48"}});
  EXPECT_EQ(logs.told(inbound),
            "netfilter: 2001:db8:7::7 > 2001:db8:1::5:40000 tcp at 2026-11-23T14:21:46.000000Z "
            "for 1 s");
  EXPECT_EQ(logs.ends("1795443706.404645\tC\t203.0.113.83\t40000\t198.51.100.9\t22\ttcp\tssh"),
            "198.51.100.9 > 203.0.113.83");
}

}  // namespace
}  // namespace etymon::cli::logs

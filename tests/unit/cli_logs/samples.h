// One line of each format, with the ends that it tells of: what all formats have to bear.
#pragma once

#include <string_view>

namespace etymon::cli::logs {

struct Sample {
  std::string_view format;
  std::string_view line;
};

inline constexpr std::string_view kSampleEnds = "192.168.1.7 > 203.0.113.83";

inline constexpr Sample kSamples[] = {
    {"netfilter",
     "Nov 23 14:21:46 gw kernel: [WAN_OUT-2000-A]IN=eth1 OUT=eth0 "
     "MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=192.168.1.7 DST=203.0.113.83 LEN=60 "
     "TOS=0x00 PREC=0x00 TTL=63 ID=51768 DF PROTO=TCP SPT=51514 DPT=443 WINDOW=64240 RES=0x00 "
     "SYN URGP=0"},
    {"ulogd", R"({"timestamp": "2026-11-23T15:21:46.947620+0100", "dvc": "gw", "raw.pktlen": 60, )"
              R"("oob.prefix": "OUT: ", "oob.time.sec": 1795443706, "oob.time.usec": 947620, )"
              R"("oob.hook": 2, "oob.family": 2, "ip.protocol": 6, "src_ip": "192.168.1.7", )"
              R"("dest_ip": "203.0.113.83", "src_port": 51514, "dest_port": 443})"},
    {"conntrack",
     "[1795443706.123456]\t    [NEW] tcp      6 120 SYN_SENT src=192.168.1.7 dst=203.0.113.83 "
     "sport=51514 dport=443 [UNREPLIED] src=203.0.113.83 dst=198.51.100.2 sport=443 dport=51514"},
    {"filterlog",
     "<134>Nov 23 14:21:46 filterlog[72237]: 146,,,1535324496,igb1.12,match,block,in,4,0x0,,63,"
     "12617,0,DF,6,tcp,60,192.168.1.7,203.0.113.83,49724,853,0,S,1891286705,,64240,,"
     "mss;sackOK;TS;nop;wscale"},
    {"asa",
     "Nov 23 2026 14:21:46: %ASA-6-302013: Built outbound TCP connection 89743274 for "
     "outside:203.0.113.83/443 (203.0.113.83/443) to inside:192.168.1.7/51514 "
     "(198.51.100.2/12834)"},
    {"fortigate",
     R"(date=2026-11-23 time=15:21:46 devname="fw" logid="0000000013" type="traffic" )"
     R"(subtype="forward" eventtime=1795443706369913239 tz="+0100" srcip=192.168.1.7 )"
     R"(srcport=51514 srcintf="port12" dstip=203.0.113.83 dstport=443 dstintf="port11" proto=6 )"
     R"(action="close" policyid=1 transip=198.51.100.2 duration=12 sentbyte=1850)"},
    {"paloalto",
     "1,2026/11/23 14:21:58,011901019052,TRAFFIC,end,2049,2026/11/23 14:21:58,192.168.1.7,"
     "203.0.113.83,198.51.100.2,203.0.113.83,Trust to Untrust,,,ssl,vsys1,Trust,Untrust,ae2,ae1,"
     "default,2026/11/23 14:21:58,33767,1,51514,443,9182,443,0x400053,tcp,allow,1850,800,1050,12,"
     "2026/11/23 14:21:46,12,any"},
    {"mikrotik",
     "Nov 23 14:21:46 router firewall,info forward: in:ether5-LAN out:ether1-WAN, "
     "connection-state:new src-mac 00:00:5e:00:53:01, proto TCP (SYN), "
     "192.168.1.7:51514->203.0.113.83:443, NAT (192.168.1.7:51514->198.51.100.2:51514)->"
     "203.0.113.83:443, len 52"},
    {"suricata",
     R"({"timestamp":"2026-11-23T15:22:46.001329+0100","flow_id":1828507008887644,)"
     R"("event_type":"flow","src_ip":"192.168.1.7","src_port":51514,"dest_ip":"203.0.113.83",)"
     R"("dest_port":443,"proto":"TCP","app_proto":"tls","flow":{"pkts_toserver":1,)"
     R"("start":"2026-11-23T15:21:46.453468+0100","end":"2026-11-23T15:22:40.000000+0100",)"
     R"("age":54,"state":"closed"}})"},
    {"zeek-json", R"({"ts":1795443706.404645,"uid":"CCicIg43lOtCQOxXnb","id.orig_h":"192.168.1.7",)"
                  R"("id.orig_p":51514,"id.resp_h":"203.0.113.83","id.resp_p":443,"proto":"tcp",)"
                  R"("conn_state":"SF","local_orig":true,"local_resp":false})"},
    {"zeek",
     "1795443706.404645\tCCicIg43lOtCQOxXnb\t192.168.1.7\t51514\t203.0.113.83\t443\ttcp\tssl\t"
     "0.5\t100\t200\tSF"},
    {"tcpdump",
     "2026-11-23 14:21:46.123456 IP 192.168.1.7.51514 > 203.0.113.83.443: Flags [S], "
     "seq 1891286705, win 64240, options [mss 1460], length 0"},
};

// Lines about what came in: over IPv6, or to a host behind a forwarded port, the translated ends at
// the line's own end where the format has them there.
struct InboundSample {
  std::string_view line;
  std::string_view ends;
};

inline constexpr InboundSample kInboundSamples[] = {
    {"[1795443706.123456]\t    [NEW] tcp      6 120 SYN_SENT src=203.0.113.83 dst=198.51.100.2 "
     "sport=40000 dport=443 [UNREPLIED] src=192.168.1.73 dst=203.0.113.83 sport=443 dport=40000",
     "192.168.1.73 > 203.0.113.83"},
    {"[1795443706.123456]\t    [NEW] ipv6     10 tcp      6 120 SYN_SENT src=2001:db8:1::5 "
     "dst=fd00::73 sport=40000 dport=22 [UNREPLIED] src=fd00::73 dst=2001:db8:1::5 sport=22 "
     "dport=40000",
     "fd00::73 > 2001:db8:1::5"},
    {"Nov 23 14:21:46 router firewall,info dstnat: in:ether1-WAN out:(unknown 0), "
     "connection-state:new src-mac 00:00:5e:00:53:01, proto TCP (SYN), "
     "203.0.113.83:40000->198.51.100.2:443, NAT 203.0.113.83:40000->(198.51.100.2:443->"
     "192.168.1.73:443), len 60",
     "192.168.1.73 > 203.0.113.83"},
    {"Nov 23 14:21:46 router firewall,info input: in:ether1 out:(unknown 0), proto TCP (SYN), "
     "[2001:db8:1::5]:40000->[fd00::73]:22, len 60",
     "fd00::73 > 2001:db8:1::5"},
    {"Nov 23 2026 14:21:46: %ASA-6-302013: Built inbound TCP connection 7 for "
     "outside:203.0.113.83/40000 (203.0.113.83/40000) to inside:192.168.1.73/443 "
     "(198.51.100.2/443)",
     "192.168.1.73 > 203.0.113.83"},
    {"Nov 23 2026 14:21:46: %ASA-6-302013: Built inbound TCP connection 7 for "
     "outside:10.2.3.4/49926 (203.0.113.69/49926) to dmz:192.0.2.80/80 (192.0.2.80/80)",
     "10.2.3.4 > 192.0.2.80"},
    {"2026-11-23 14:21:46.123456 IP6 2001:db8:1::5 > fd00::7:1a2b: ICMP6, echo request, id 7, "
     "seq 1, length 64",
     "fd00::7:1a2b > 2001:db8:1::5"},
    {"2026-11-23 14:21:46.123456 IP6 2001:db8:1::5.40000 > fd00::7:1a2b.22: Flags [S], seq 1",
     "fd00::7:1a2b > 2001:db8:1::5"},
    {"Nov 23 14:21:46 gw kernel: IN=eth0 OUT=eth1 SRC=2001:db8:1::5 DST=fd00::7:1a2b LEN=80 TC=0 "
     "HOPLIMIT=57 FLOWLBL=0 PROTO=TCP SPT=40000 DPT=22 WINDOW=64800 RES=0x00 SYN",
     "fd00::7:1a2b > 2001:db8:1::5"},
    {"<134>Nov 23 14:21:46 filterlog[72237]: 5,,,1000000003,igb0,match,block,in,6,0x00,0x00000,57,"
     "TCP,6,40,2001:db8:1::5,fd00::7:1a2b,40000,22,0,S,1,,64800,,mss",
     "fd00::7:1a2b > 2001:db8:1::5"},
    {"1,2026/11/23 14:21:58,011901019052,TRAFFIC,end,2049,2026/11/23 14:21:58,203.0.113.83,"
     "198.51.100.2,203.0.113.83,192.168.1.73,in,,,ssl,vsys1,Untrust,Trust,ae2,ae1,default,,33767,"
     "1,40000,443,40000,443,0x19,tcp,allow,1850,800,1050,12,2026/11/23 14:21:46,12",
     "192.168.1.73 > 203.0.113.83"},
    {"date=2026-11-23 time=14:21:46 logid=\"0000000013\" eventtime=1795443706 "
     "srcip=2001:db8:1::5 srcport=40000 dstip=fd00::7:1a2b dstport=22 proto=6 action=\"accept\"",
     "fd00::7:1a2b > 2001:db8:1::5"},
    {"1795443706.404645\tCCicIg43lOtCQOxXnb\t2001:db8:1::5\t40000\tfd00::7:1a2b\t22\ttcp\tssh",
     "fd00::7:1a2b > 2001:db8:1::5"},
};

}  // namespace etymon::cli::logs

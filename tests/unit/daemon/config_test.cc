// Where settings come from, and what happens to wrong ones.
#include "api/daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/daemon/config_file.h"
#include "api/daemon/flags.h"
#include "api/daemon/machine.h"
#include "api/daemon/settings.h"
#include "tests/support/no_descriptors.h"

namespace etymon::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Endpoint endpoint(const char* text) {
  return *Endpoint::from_text(text);
}

std::string mistake_in(std::string_view toml) {
  Config config;
  const Status applied = apply_toml(toml, "etymond.toml", config);
  return applied.ok() ? "" : applied.error().message;
}

Flags flags(const std::vector<std::string>& arguments) {
  Result<std::variant<Flags, Notice>> parsed = parse_flags(arguments);
  EXPECT_TRUE(parsed.ok()) << parsed.error().message;
  return parsed.ok() ? std::get<Flags>(*parsed) : Flags();
}

std::string mistake_of(const std::vector<std::string>& arguments) {
  Result<std::variant<Flags, Notice>> parsed = parse_flags(arguments);
  if (!parsed) {
    return parsed.error().message;
  }
  Config config;
  const Status applied = apply_flags(std::get<Flags>(*parsed), config);
  return applied.ok() ? "" : applied.error().message;
}

Machine machine() {
  return {{*IpAddress::from_text("127.0.0.1"), *IpAddress::from_text("::1")},
          "nameserver 192.0.2.53\n"};
}

TEST(ConfigFile, lists_devices_by_address_and_by_mac) {
  Config config;
  ASSERT_TRUE(apply_toml(R"(
[hosts]
neighbours = "ignore"
leases = ["/var/lib/misc/dnsmasq.leases", "/kea/leases4.csv", "/kea/leases4.csv.2"]
devices = ["nas 192.168.1.9", "nas  fd00::9", "desk 02:00:5E:10:20:30"]
linger = "10m"
addresses_max = 100
)",
                         "etymond.toml", config)
                  .ok());
  EXPECT_EQ(config.hosts.neighbours, hosts::Neighbours::kIgnore);
  EXPECT_THAT(config.hosts.lease_files,
              ElementsAre("/var/lib/misc/dnsmasq.leases", "/kea/leases4.csv"))
      << "a file's .2 is read with it";
  const store::HostOptions& known = config.store.hosts;
  EXPECT_EQ(known.devices_by_address.at(*IpAddress::from_text("192.168.1.9")), "name:nas");
  EXPECT_EQ(known.devices_by_address.at(*IpAddress::from_text("fd00::9")), "name:nas");
  EXPECT_EQ(known.names_by_device.at("mac:02:00:5e:10:20:30"), "name:desk");
  EXPECT_EQ(known.linger, 10min);
  EXPECT_EQ(known.addresses_max, 100U);
}

TEST(ConfigFile, sets_who_may_lead_inside) {
  Config config;
  EXPECT_EQ(config.answering.rebinding.policy, forward::Rebinding::kFlag);
  ASSERT_TRUE(apply_toml(R"(
[rebinding]
guard = "filter"
allow = ["plex.direct"]
loopback = "pass"
[local]
pass_on = ["home.arpa", "."]
[upstream]
domains = ["corp.example 10.0.0.53", ". 192.0.2.53"]
)",
                         "etymond.toml", config)
                  .ok());
  const forward::RebindingGuard::Options guard = forwarder_options(config).rebinding;
  EXPECT_EQ(guard.policy, forward::Rebinding::kFilter);
  EXPECT_EQ(guard.loopback, forward::RebindingGuard::Loopback::kPass);
  EXPECT_THAT(guard.trusted, ElementsAre(*DomainName::from_text("plex.direct"),
                                         *DomainName::from_text("corp.example"),
                                         *DomainName::from_text("home.arpa")));
  EXPECT_THAT(mistake_in("[rebinding]\nguard = \"stop\"\n"),
              HasSubstr("'stop' is none of flag, filter, pass"));
}

TEST(ConfigFile, sets_the_ttls_of_some_clients) {
  Config config;
  ASSERT_TRUE(apply_toml(R"(
[clients]
ttl = ["192.168.7.0/24,2001:db8:7::/64 floor=1m cap=1h", "192.168.7.9 cap=1w"]
)",
                         "etymond.toml", config)
                  .ok());
  using Rule = forward::ClientTtls::Rule;
  constexpr wire::TtlRange kGroup{.floor_s = 60, .cap_s = 3600};
  EXPECT_THAT(config.answering.client_ttls.rules(),
              ElementsAre(Rule{*IpPrefix::from_text("192.168.7.9"), {.cap_s = 604'800}},
                          Rule{*IpPrefix::from_text("192.168.7.0/24"), kGroup},
                          Rule{*IpPrefix::from_text("2001:db8:7::/64"), kGroup}));
}

TEST(ConfigFile, refuses_a_record_that_would_change_nothing) {
  EXPECT_THAT(mistake_in("local.records = [\"nas.lan A 192.0.2.1\", \"old.lan DNAME new.lan\"]\n"),
              HasSubstr("'old.lan DNAME new.lan': DNAME records are not supported"));
}

TEST(ConfigFile, refuses_ttls_of_clients_that_make_no_sense) {
  const auto limiting = [](const std::string& entry) {
    return mistake_in("[clients]\nttl = [\"192.168.7.9 cap=1m\", \"" + entry + "\"]\n");
  };
  EXPECT_THAT(limiting("192.168.7.0/24"), HasSubstr("sets neither a floor nor a cap"));
  EXPECT_THAT(limiting("192.168.7.0/24 top=1h"), HasSubstr("'top=1h' is neither floor="));
  EXPECT_THAT(limiting("192.168.7.0/24 floor=2h"), HasSubstr("out of range: 0 s to 1 h"));
  EXPECT_THAT(limiting("192.168.7.0/24 cap=0s"), HasSubstr("out of range: 1 s to"));
  EXPECT_THAT(limiting("192.168.7.0/24 cap=1500ms"), HasSubstr("finer than a second"));
  EXPECT_THAT(limiting("192.168.7.0/24 floor=2m cap=1m"), HasSubstr("its floor above its cap"));
  EXPECT_THAT(limiting("192.168.7.9 floor=1m"), HasSubstr("'192.168.7.9' has limits already"));
  EXPECT_NE(limiting("laptop cap=1m"), "");
}

TEST(ConfigFile, refuses_a_device_that_is_none) {
  const auto listing = [](const std::string& entry) {
    return mistake_in("[hosts]\ndevices = [\"nas 192.168.1.9\", \"" + entry + "\"]\n");
  };
  EXPECT_THAT(listing("nas"), HasSubstr("'nas' is not NAME ADDRESS or NAME MAC"));
  EXPECT_THAT(listing(" 192.168.1.9"), HasSubstr("is not NAME ADDRESS"));
  EXPECT_THAT(listing("nas nowhere"), HasSubstr("neither an IP address nor a MAC"));
  EXPECT_THAT(listing("nas ff:ff:ff:ff:ff:ff"), HasSubstr("neither an IP address nor a MAC"));
  EXPECT_THAT(listing("desk 192.168.1.9"), HasSubstr("belongs to nas already"));
  EXPECT_THAT(listing(std::string(33, 'x') + " 192.168.1.9"), HasSubstr("at most 32 octets"));
}

TEST(ConfigFile, sets_what_it_names_and_leaves_the_rest) {
  Config config;
  const Status applied = apply_toml(R"(
[listen]
addresses = ["127.0.0.1:5300", "[::1]:5300"]
allow = ["192.0.2.0/24"]
loops = 2
[upstream]
addresses = ["192.0.2.1", "192.0.2.2:5353"]
timeout = "2s"
retries = 1
failures = 5
explore = 0
segmentation = "off"
[cache]
size = "16MiB"
ttl_cap = "1h"
[store]
path = "/srv/etymon"
record_wait = "5ms"
sync = "0s"
[api]
listen = ["unix:/tmp/api.sock"]
[log]
level = "debug"
)",
                                    "etymond.toml", config);
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_THAT(config.listen.addresses,
              ElementsAre(endpoint("127.0.0.1:5300"), endpoint("[::1]:5300")));
  EXPECT_TRUE(config.listen.admission.access.allows(*IpAddress::from_text("192.0.2.9")));
  EXPECT_FALSE(config.listen.admission.access.allows(*IpAddress::from_text("127.0.0.1")));
  EXPECT_EQ(config.listen.loops, 2U);
  EXPECT_THAT(config.upstream.servers,
              ElementsAre(endpoint("192.0.2.1:53"), endpoint("192.0.2.2:5353")));
  EXPECT_EQ(config.upstream.deadline, 2s);
  EXPECT_EQ(config.upstream.retries, 1U);
  EXPECT_EQ(config.upstream.failures_max, 5U);
  EXPECT_EQ(config.upstream.explore_one_in, 0U);
  EXPECT_EQ(config.upstream.runs, net::Runs::kApart);
  EXPECT_EQ(config.cache.bytes, 16U << 20);
  EXPECT_EQ(config.answering.ttl.cap_s, 3600U);
  EXPECT_EQ(config.answering.ttl.failure_s, 5U);
  EXPECT_EQ(config.store.path, "/srv/etymon");
  EXPECT_EQ(config.store.record_wait, 5ms);
  EXPECT_EQ(config.store.sync_every, 0ms);
  EXPECT_EQ(config.store.fold_after, 300s);
  EXPECT_EQ(config.api.front().text(), "unix:/tmp/api.sock");
  EXPECT_EQ(config.log_level, LogLevel::kDebug);
}

TEST(ConfigFile, sets_how_questions_are_answered) {
  Config config;
  const Status applied = apply_toml(R"(
[listen]
strangers = "refuse"
rate = 0
rate_block_v4 = 32
rate_block_v6 = 48
local_rate = 50
slip = 0
udp_size = 512
segmentation = "off"
tcp_connections = 10
tcp_per_client = 2
tcp_idle = "30s"
tcp_message = "2s"
[answer]
any = "pass"
server_id = "hall"
version = "1"
waiting_per_client = 7
questions = 20
questions_per_zone = 8
[cache]
stale = "2h"
stale_ttl = "10s"
stale_wait = "500ms"
refresh = 20
)",
                                    "etymond.toml", config);
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  const listener::AdmissionOptions& admission = config.listen.admission;
  EXPECT_EQ(admission.strangers, listener::Strangers::kRefuse);
  EXPECT_EQ(admission.rate, 0U);
  EXPECT_EQ(admission.block_v4, 32U);
  EXPECT_EQ(admission.block_v6, 48U);
  EXPECT_EQ(admission.neighbour_rate, 50U);
  EXPECT_EQ(admission.slip, 0U);
  EXPECT_EQ(config.listen.runs, net::Runs::kApart);
  EXPECT_EQ(config.listen.tcp_connections, 10U);
  EXPECT_EQ(config.listen.tcp_message, 2s);
  EXPECT_EQ(config.listen.tcp_per_client, 2U);
  const forward::Forwarder::Options& answering = config.answering;
  EXPECT_EQ(answering.udp_size_max, 512U);
  EXPECT_EQ(answering.tcp_idle, 30s);
  EXPECT_EQ(answering.any, forward::AnyPolicy::kPassOn);
  EXPECT_EQ(answering.identity.server, "hall");
  EXPECT_EQ(answering.identity.version, "1");
  EXPECT_EQ(answering.in_flight.per_client_max, 7U);
  EXPECT_EQ(answering.in_flight.questions_max, 20U);
  EXPECT_EQ(config.upstream.in_flight_max, 20U);
  EXPECT_EQ(answering.in_flight.per_zone_max, 8U);
  EXPECT_EQ(answering.stale_ttl_s, 10U);
  EXPECT_EQ(answering.stale_wait, 500ms);
  EXPECT_EQ(config.cache.keeping.stale_s, 7200U);
  EXPECT_EQ(config.cache.keeping.refresh_percent, 20U);
}

TEST(ConfigFile, sets_how_upstreams_are_asked) {
  Config config;
  EXPECT_EQ(config.upstream.patience_min, 200ms);
  EXPECT_EQ(config.upstream.back_off_max, 60s);
  ASSERT_TRUE(
      apply_toml("[upstream]\nretry_after = \"50ms\"\nprobe_max = \"5m\"\n", "etymond.toml", config)
          .ok());
  EXPECT_EQ(config.upstream.patience_min, 50ms);
  EXPECT_EQ(config.upstream.back_off_max, 5min);
  for (const char* wrong :
       {"[upstream]\nretry_after = \"5ms\"\n", "[upstream]\nretry_after = \"6s\"\n",
        "[upstream]\nprobe_max = \"500ms\"\n", "[upstream]\nprobe_max = \"2h\"\n",
        "[cache]\nstale_ttl = \"0s\"\n", "[cache]\nstale_ttl = \"2h\"\n",
        "[answer]\nquestions = 0\n", "[answer]\nquestions = 20001\n"}) {
    EXPECT_THAT(mistake_in(wrong), HasSubstr("out of range")) << wrong;
  }
}

TEST(ConfigFile, says_whether_upstreams_hear_of_subnets) {
  using forward::ClientSubnet;
  Config config;
  EXPECT_EQ(config.answering.client_subnet, ClientSubnet::kStrip);
  ASSERT_TRUE(apply_toml("upstream.client_subnet = \"pass\"\n", "etymond.toml", config).ok());
  EXPECT_EQ(config.answering.client_subnet, ClientSubnet::kPassOn);
  EXPECT_THAT(mistake_in("upstream.client_subnet = \"on\"\n"), HasSubstr("neither"));
}

TEST(ConfigFile, says_which_upstreams_are_asked_in_lower_case) {
  Config config;
  ASSERT_TRUE(apply_toml(R"(
[upstream]
addresses = ["192.0.2.1", "192.0.2.2"]
domains = ["corp.example 10.0.0.53:5300"]
lower_case = ["192.0.2.2", "10.0.0.53:5300"]
)",
                         "etymond.toml", config)
                  .ok());
  EXPECT_THAT(config.upstream.lower_case,
              ElementsAre(endpoint("192.0.2.2:53"), endpoint("10.0.0.53:5300")));
  EXPECT_TRUE(complete(config, machine()).ok());
  config.upstream.lower_case.push_back(endpoint("192.0.2.2:5300"));
  const Status other = complete(config, machine());
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message, HasSubstr("192.0.2.2:5300, which is no upstream"));
}

TEST(ConfigFile, has_one_entry_for_all_upstreams_of_a_zone) {
  const auto listing = [](const std::string& entry) {
    return mistake_in("[upstream]\ndomains = [\"corp.example 10.0.0.53\", \"" + entry + "\"]\n");
  };
  EXPECT_THAT(listing("Corp.Example. 10.0.0.54"), HasSubstr("put all its upstreams in one entry"));
  EXPECT_EQ(listing("lab.corp.example 10.0.0.53"), "");
}

TEST(ConfigFile, sets_who_may_call_the_api) {
  Config config;
  const Status applied = apply_toml(R"(
[api]
callers = "/etc/etymon/callers"
loopback = "admin"
audit = "/var/log/etymon/audit"
tls_certificate = "/etc/etymon/cert.pem"
tls_key = "/etc/etymon/key.pem"
tls_client_ca = "/etc/etymon/ca.pem"
reflection = "on"
)",
                                    "etymond.toml", config);
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(config.api_access.callers_file, "/etc/etymon/callers");
  EXPECT_EQ(config.api_access.loopback, service::Role::kAdmin);
  EXPECT_EQ(config.api_audit, "/var/log/etymon/audit");
  EXPECT_EQ(config.api_tls.certificate, "/etc/etymon/cert.pem");
  EXPECT_EQ(config.api_tls.key, "/etc/etymon/key.pem");
  EXPECT_EQ(config.api_tls.client_ca, "/etc/etymon/ca.pem");
  EXPECT_TRUE(config.api_reflection);
  EXPECT_EQ(Config().api_access.loopback, service::Role::kAsk);
  EXPECT_FALSE(Config().api_reflection);
  EXPECT_THAT(mistake_in("[api]\nloopback = \"root\"\n"), HasSubstr("ask, ingest, admin"));
}

TEST(ConfigFile, refuses_paths_that_are_given_and_empty) {
  for (const char* key : {"callers", "audit", "tls_certificate", "tls_key", "tls_client_ca"}) {
    EXPECT_EQ(mistake_in("[api]\n" + std::string(key) + " = \"\"\n"),
              "etymond.toml:2: key 'api." + std::string(key) + "': a file's path is empty");
  }
  EXPECT_EQ(mistake_in("[hosts]\nleases = [\"\"]\n"),
            "etymond.toml:2: key 'hosts.leases': a file's path is empty");
}

TEST(ConfigFile, how_much_history_is_kept_is_read) {
  Config config;
  ASSERT_TRUE(
      apply_toml("[store]\nkeep = \"30d\"\nkeep_bytes = \"2GiB\"\n", "etymond.toml", config).ok());
  EXPECT_EQ(config.store.retention.keep, 24h * 30);
  EXPECT_EQ(config.store.retention.keep_bytes, uint64_t{2} << 30);
  EXPECT_THAT(mistake_in("[store]\nkeep = \"1m\"\n"), HasSubstr("store.keep"));
  EXPECT_THAT(mistake_in("[store]\nkeep_bytes = \"1KiB\"\n"), HasSubstr("store.keep_bytes"));
}

TEST(ConfigFile, a_choice_that_is_none_is_named) {
  EXPECT_EQ(mistake_in("[answer]\nany = \"all\"\n"),
            "etymond.toml:2: key 'answer.any': 'all' is neither minimal nor pass");
}

TEST(ConfigFile, an_unknown_key_is_named_with_file_and_line) {
  EXPECT_EQ(mistake_in("[store]\npath = \"/srv\"\npth = \"/srv\"\n"),
            "etymond.toml:3: key 'store.pth': there is no such setting");
  EXPECT_EQ(mistake_in("\n[upstrem]\n"), "etymond.toml:2: key 'upstrem': there is no such setting");
  EXPECT_EQ(mistake_in("loops = 1\n"), "etymond.toml:1: key 'loops': there is no such setting");
}

TEST(ConfigFile, a_value_of_the_wrong_type_is_named_with_what_is_wanted) {
  EXPECT_EQ(mistake_in("[listen]\nloops = \"2\"\n"),
            "etymond.toml:2: key 'listen.loops': wants a whole number");
  EXPECT_EQ(mistake_in("[cache]\nsize = 64\n"), "etymond.toml:2: key 'cache.size': wants a string");
  EXPECT_EQ(mistake_in("[upstream]\naddresses = \"192.0.2.1\"\n"),
            "etymond.toml:2: key 'upstream.addresses': wants an array of strings");
  EXPECT_EQ(mistake_in("[upstream]\naddresses = [53]\n"),
            "etymond.toml:2: key 'upstream.addresses': wants an array of strings");
  EXPECT_EQ(mistake_in("[store.path]\nx = 1\n"),
            "etymond.toml:1: key 'store.path': wants a string");
}

TEST(ConfigFile, an_empty_list_is_none_where_none_is_the_default) {
  Config config;
  config.hosts.lease_files = {"/kea/leases4.csv"};
  ASSERT_TRUE(apply_toml("[hosts]\nleases = []\n", "etymond.toml", config).ok());
  EXPECT_TRUE(config.hosts.lease_files.empty());
  for (const char* key : {"listen.proxies", "local.records", "block.names", "upstream.domains",
                          "clients.ttl", "hosts.devices"}) {
    EXPECT_EQ(mistake_in(std::string(key) + " = []\n"), "");
  }
  for (const char* key : {"listen.addresses", "listen.allow", "dns64.clients", "dns64.ignore",
                          "upstream.addresses", "api.listen"}) {
    EXPECT_EQ(mistake_in(std::string(key) + " = []\n"),
              "etymond.toml:1: key '" + std::string(key) +
                  "': it is empty; leave the key out for the default");
  }
}

TEST(Settings, that_are_lists_may_be_empty_where_none_is_the_default) {
  for (const Setting& setting : settings()) {
    const bool is_list = setting.kind == Setting::Kind::kList;
    const bool has_no_default = setting.help.find("(default: none)") != std::string_view::npos;
    if (is_list || setting.kind == Setting::Kind::kSome) {
      EXPECT_EQ(is_list, has_no_default) << setting.key;
    }
  }
}

TEST(ConfigFile, a_value_out_of_range_is_named_with_the_range) {
  EXPECT_EQ(mistake_in("[store]\n\nrecord_wait = \"5s\"\n"),
            "etymond.toml:3: key 'store.record_wait': '5s' is out of range: 1 ms to 1 s");
  EXPECT_EQ(mistake_in("[listen]\nloops = -1\n"),
            "etymond.toml:2: key 'listen.loops': '-1' is not a whole number");
}

TEST(ConfigFile, a_bad_address_is_named) {
  const std::string message = mistake_in("[upstream]\naddresses = [\"192.0.2.1\", \"nine\"]\n");
  EXPECT_THAT(message, HasSubstr("etymond.toml:2: key 'upstream.addresses': "));
  EXPECT_THAT(message, HasSubstr("nine"));
}

TEST(ConfigFile, what_is_no_toml_is_named_by_line) {
  EXPECT_THAT(mistake_in("[store]\npath = \n"), HasSubstr("etymond.toml:2: "));
  EXPECT_THAT(mistake_in("[store]\npath = \"a\"\npath = \"b\"\n"), HasSubstr("etymond.toml:3: "));
}

TEST(ConfigFile, the_first_of_several_mistakes_is_told) {
  EXPECT_THAT(mistake_in("[store]\nzz = 1\naa = 2\n"), HasSubstr("key 'store.zz'"));
}

TEST(Settings, every_key_is_within_a_section_and_there_once) {
  for (const Setting& setting : settings()) {
    EXPECT_NE(setting.key.find('.'), std::string_view::npos) << setting.key;
    EXPECT_EQ(find_setting(setting.key), &setting);
  }
}

TEST(Flags, come_before_the_file) {
  Config config;
  ASSERT_TRUE(apply_toml("[store]\npath = \"/from/file\"\nsync = \"5s\"\n", "f", config).ok());
  ASSERT_TRUE(apply_flags(flags({"--store", "/from/flag"}), config).ok());
  EXPECT_EQ(config.store.path, "/from/flag");
  EXPECT_EQ(config.store.sync_every, 5s);
}

TEST(Flags, of_a_list_are_repeated_or_joined_by_commas) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--upstream", "192.0.2.1", "--upstream", "192.0.2.2:54"},
        std::vector<std::string>{"--upstream=192.0.2.1,192.0.2.2:54"}}) {
    Config config;
    ASSERT_TRUE(apply_flags(flags(arguments), config).ok());
    EXPECT_THAT(config.upstream.servers,
                ElementsAre(endpoint("192.0.2.1:53"), endpoint("192.0.2.2:54")));
  }
}

TEST(Flags, that_are_wrong_are_named) {
  EXPECT_THAT(mistake_of({"--cache-size", "5MB"}), HasSubstr("--cache-size: '5MB' is not a size"));
  EXPECT_THAT(mistake_of({"--listen", "localhost"}), HasSubstr("--listen: "));
  for (const std::string address : {"fe80::1%lo", "[fe80::1%lo]:53"}) {
    EXPECT_EQ(mistake_of({"--upstream", address}),
              "--upstream: '" + address + "': addresses with an interface are not supported");
  }
  EXPECT_THAT(mistake_of({"--log-level", "loud"}), HasSubstr("--log-level: 'loud'"));
  EXPECT_THAT(mistake_of({"--frobnicate"}), HasSubstr("--frobnicate"));
  EXPECT_THAT(mistake_of({"stray"}), HasSubstr("stray"));
  EXPECT_THAT(mistake_of({"--store"}), HasSubstr("--store"));
  EXPECT_THAT(mistake_of({"--store", "a", "--store", "b"}), HasSubstr("--store"));
}

TEST(Flags, that_are_given_and_empty_do_not_count_as_not_given) {
  EXPECT_EQ(mistake_of({"--config", ""}), "--config: it is empty");
  EXPECT_EQ(mistake_of({"--restore", ""}), "--restore: it is empty");
  EXPECT_EQ(mistake_of({"--api", ""}), "--api: it is empty");
  EXPECT_EQ(mistake_of({"--allow", "10.0.0.0/8", "--allow", ""}), "--allow: it is empty");
}

TEST(Flags, help_names_every_setting) {
  Result<std::variant<Flags, Notice>> parsed = parse_flags(std::vector<std::string>{"--help"});
  const std::string help = std::get<Notice>(*parsed).text;
  for (const Setting& setting : settings()) {
    EXPECT_THAT(help, HasSubstr(std::string(setting.key)));
  }
}

TEST(Flags, help_and_manual_say_what_may_stand_for_a_value_in_the_file) {
  const std::string help = std::get<Notice>(*parse_flags(std::vector<std::string>{"--help"})).text;
  EXPECT_THAT(help, HasSubstr("\n  answer.reverse pass|names|only\n"));
  EXPECT_THAT(help, HasSubstr("\n  api.loopback ask|ingest|admin\n"));
  const std::string page =
      std::get<Notice>(*parse_flags(std::vector<std::string>{"--manual"})).text;
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(!setting.flag.empty() ||
                page.find(".TP\n\\fB" + std::string(setting.key) + "\\fR \\fI") != page.npos)
        << setting.key;
  }
  EXPECT_THAT(page, HasSubstr("\\fBlisten.strangers\\fR \\fIdrop|\\:refuse\\fR\n"));
}

TEST(Complete, fills_in_the_defaults_of_the_machine) {
  Config config;
  ASSERT_TRUE(complete(config, machine()).ok());
  EXPECT_THAT(config.listen.addresses, ElementsAre(endpoint("127.0.0.1:53"), endpoint("[::1]:53")));
  EXPECT_THAT(config.upstream.servers, ElementsAre(endpoint("192.0.2.53:53")));
  EXPECT_EQ(config.store.path, "/var/lib/etymon");
  ASSERT_EQ(config.api.size(), 2U);
  EXPECT_EQ(config.api[0].text(), "unix:/run/etymon/api.sock");
  EXPECT_EQ(config.api[1].text(), "127.0.0.1:5380");
}

TEST(Admission, is_for_the_networks_that_the_machine_is_in_now) {
  const std::vector<IpPrefix> links = {*IpPrefix::from_text("203.0.113.0/24")};
  const IpAddress near = *IpAddress::from_text("203.0.113.9");
  const Config config;
  EXPECT_TRUE(admission_beside(config.listen, links).access.allows(near));
  EXPECT_TRUE(admission_beside(config.listen, links).neighbours.allows(near));
  EXPECT_FALSE(admission_beside(config.listen, {}).access.allows(near));

  Config strict;
  ASSERT_TRUE(apply_flags(flags({"--allow", "192.0.2.0/24"}), strict).ok());
  EXPECT_FALSE(admission_beside(strict.listen, links).access.allows(near))
      << "the operator said who may ask";
}

TEST(Machine, is_in_the_network_of_its_loopback) {
  const Machine here = read_machine();
  EXPECT_THAT(here.links, ::testing::Contains(*IpPrefix::from_text("127.0.0.0/8")));
}

TEST(Machine, that_cannot_look_at_its_links_is_not_in_none) {
  const testing::NoDescriptors none;
  EXPECT_FALSE(read_links());
  EXPECT_FALSE(read_addresses());
}

TEST(Complete, listens_on_ipv4_alone_where_there_is_no_ipv6) {
  Config config;
  Machine without = machine();
  without.addresses = {*IpAddress::from_text("127.0.0.1")};
  ASSERT_TRUE(complete(config, without).ok());
  EXPECT_THAT(config.listen.addresses, ElementsAre(endpoint("127.0.0.1:53")));
}

TEST(Complete, refuses_to_listen_without_a_port) {
  Config config;
  ASSERT_TRUE(apply_flags(flags({"--listen", "127.0.0.1:0"}), config).ok());
  const Status completed = complete(config, machine());
  ASSERT_FALSE(completed.ok());
  EXPECT_THAT(completed.error().message, HasSubstr("127.0.0.1:0"));
}

TEST(Complete, gives_each_loop_a_processor_when_asked_to) {
  Machine four = machine();
  four.processors = {1, 2, 5, 7};
  Config config;
  config.listen.loops = 3;
  ASSERT_TRUE(complete(config, four).ok());
  EXPECT_TRUE(config.listen.processors.empty());
  config.listen.affinity = true;
  ASSERT_TRUE(complete(config, four).ok());
  EXPECT_THAT(config.listen.processors, ElementsAre(1, 2, 5));
  EXPECT_THAT(config.listen.other_processors, ElementsAre(7));
  config.listen.loops = 4;
  ASSERT_TRUE(complete(config, four).ok());
  EXPECT_TRUE(config.listen.other_processors.empty());
}

TEST(Complete, refuses_affinity_for_more_loops_than_processors) {
  Config config;
  config.listen.loops = 3;
  config.listen.affinity = true;
  Machine two = machine();
  two.processors = {0, 1};
  const Status completed = complete(config, two);
  ASSERT_FALSE(completed.ok());
  EXPECT_THAT(completed.error().message, HasSubstr("listen.affinity"));
  EXPECT_THAT(completed.error().message, HasSubstr("only 2"));
}

TEST(Complete, refuses_cookies_that_it_could_not_make) {
  Machine bare = machine();
  bare.has_siphash = false;
  Config config;
  const Status completed = complete(config, bare);
  ASSERT_FALSE(completed.ok());
  EXPECT_THAT(completed.error().message, HasSubstr("answer.cookies"));

  Config without;
  without.client_cookies = false;
  EXPECT_TRUE(complete(without, bare).ok());
}

TEST(Complete, does_not_ask_itself_for_the_system) {
  Config config;
  Machine circular = machine();
  circular.resolv_conf = "nameserver 127.0.0.1\nnameserver 192.0.2.53\n";
  ASSERT_TRUE(complete(config, circular).ok());
  EXPECT_THAT(config.upstream.servers, ElementsAre(endpoint("192.0.2.53:53")));
}

TEST(Complete, waits_for_the_system_to_name_a_resolver) {
  for (const char* nobody : {"", "nameserver 127.0.0.1\n"}) {
    Config config;
    Machine offline = machine();
    offline.resolv_conf = nobody;
    const Status completed = complete(config, offline);
    ASSERT_TRUE(completed.ok()) << completed.error().message;
    EXPECT_TRUE(config.upstream.servers.empty());
    EXPECT_TRUE(config.system_upstreams);
  }
}

TEST(Complete, lets_upstreams_of_another_network_be_asked_in_lower_case) {
  Config config;
  config.upstream.lower_case = {endpoint("10.0.0.53:53")};
  const Status completed = complete(config, machine());
  EXPECT_TRUE(completed.ok()) << completed.error().message;
}

TEST(Complete, refuses_an_upstream_that_is_itself) {
  Config config;
  ASSERT_TRUE(
      apply_flags(flags({"--listen", "0.0.0.0:5300", "--upstream", "127.0.0.1:5300"}), config)
          .ok());
  const Status completed = complete(config, machine());
  ASSERT_FALSE(completed.ok());
  EXPECT_THAT(completed.error().message, HasSubstr("127.0.0.1:5300"));
}

TEST(Complete, refuses_an_api_that_other_machines_reach) {
  Config config;
  ASSERT_TRUE(apply_flags(flags({"--api", "0.0.0.0:5380"}), config).ok());
  const Status completed = complete(config, machine());
  ASSERT_FALSE(completed.ok());
  EXPECT_THAT(completed.error().message, HasSubstr("0.0.0.0:5380"));
}

TEST(Complete, lets_other_machines_reach_the_api_with_tls_and_known_callers) {
  Config config;
  config.api = {api::ServerAddress::from_text("0.0.0.0:5380").value()};
  config.api_tls = {"cert.pem", "key.pem", ""};
  EXPECT_FALSE(complete(config, machine()).ok()) << "TLS alone does not say who calls";
  config.api_access.callers_file = "callers";
  EXPECT_TRUE(complete(config, machine()).ok());
}

TEST(Complete, refuses_a_certificate_without_its_key) {
  Config config;
  config.api_tls = {"cert.pem", "", ""};
  EXPECT_FALSE(complete(config, machine()).ok());
}

TEST(Complete, refuses_an_authority_that_nobody_could_be_asked_to_show_a_certificate_of) {
  Config config;
  config.api_tls = {"", "", "ca.pem"};
  const Status completed = complete(config, machine());
  ASSERT_FALSE(completed.ok());
  EXPECT_THAT(completed.error().message, HasSubstr("api.tls_client_ca needs api.tls_certificate"));
}

TEST(Complete, refuses_a_floor_above_the_cap) {
  Config config;
  config.answering.ttl.floor_s = 60;
  config.answering.ttl.cap_s = 60;
  EXPECT_TRUE(complete(config, machine()).ok());
  config.answering.ttl.cap_s = 59;
  const Status completed = complete(config, machine());
  ASSERT_FALSE(completed.ok());
  EXPECT_THAT(completed.error().message, HasSubstr("cache.ttl_floor is above cache.ttl_cap"));
}

}  // namespace
}  // namespace etymon::daemon

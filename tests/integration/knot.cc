#include "tests/integration/knot.h"

#include <fstream>
#include <stdexcept>

#include "tests/integration/dns_client.h"

namespace etymon::testing {
namespace {

constexpr const char* kZone = R"(
$ORIGIN example.test.
@      SOA   ns hostmaster 1 3600 600 86400 30
@      NS    ns
ns     A     127.0.0.1
www    CNAME cdn
cdn    CNAME edge
edge   CNAME node
node   A     192.0.2.10
node   AAAA  2001:db8::10
shop   A     192.0.2.20
blog   A     192.0.2.20
brief  2 A   192.0.2.30
*.wild A     192.0.2.40
)";
constexpr int kCrowd = 100;

std::string zone_text() {
  std::string text = "$TTL " + std::to_string(kLongTtl.count()) + kZone;
  for (int host = 1; host <= kCrowd; ++host) {
    text += "crowd A 198.51.100." + std::to_string(host) + "\n";
  }
  return text;
}

// Writes configuration and zone; gives the command that serves them.
std::vector<std::string> set_up(const std::string& folder, uint16_t port) {
  std::ofstream(folder + "/example.test.zone") << zone_text();
  std::ofstream(folder + "/knot.conf")
      << "server:\n"
      << "  listen: 127.0.0.1@" << port << "\n"
      << "  rundir: " << folder << "\n"
      << "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
      << "  udp-max-payload: 1232\n"
      << "database:\n  storage: " << folder << "\n"
      << "zone:\n  - domain: example.test\n    file: " << folder << "/example.test.zone\n"
      << "    journal-content: none\n    zonefile-load: whole\n";
  return {"knotd", "--config", folder + "/knot.conf"};
}

}  // namespace

Knot::Knot() : port_(free_port()), process_(set_up(folder_.path(), port_)) {
  const DnsClient client(port_);
  const bool answers = eventually([&] {
    return !process_.is_running() || client.ask("example.test", "SOA").status == "NOERROR";
  });
  if (!answers || !process_.is_running()) {
    throw std::runtime_error("knotd does not answer: " + process_.out() + process_.err());
  }
}

}  // namespace etymon::testing

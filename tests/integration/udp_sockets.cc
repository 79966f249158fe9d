#include "tests/integration/udp_sockets.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "resolver/base/bytes.h"

namespace etymon::testing {
namespace {

struct Line {
  UdpSocket socket;
  std::string inode;
};

// "0200007F:0035": the address is a number in the machine's order of what stands in network order.
Endpoint endpoint_in(const std::string& text) {
  const auto address = static_cast<uint32_t>(std::stoul(text.substr(0, 8), nullptr, 16));
  const auto port = static_cast<uint16_t>(std::stoul(text.substr(9), nullptr, 16));
  return {IpAddress::v4(load_u32(reinterpret_cast<const uint8_t*>(&address))), port};
}

std::vector<Line> all_lines() {
  std::vector<Line> lines;
  std::ifstream file("/proc/self/net/udp");
  std::string text;
  std::getline(file, text);  // the names of the columns
  while (std::getline(file, text)) {
    std::istringstream words(text);
    std::string number, local, peer, state, queues, timer, retransmits, user, timeout, inode,
        references, pointer;
    uint64_t forgotten = 0;
    words >> number >> local >> peer >> state >> queues >> timer >> retransmits >> user >>
        timeout >> inode >> references >> pointer >> forgotten;
    lines.push_back({{endpoint_in(local).port, endpoint_in(peer),
                      std::stoul(queues.substr(queues.find(':') + 1), nullptr, 16), forgotten},
                     inode});
  }
  return lines;
}

// "socket:[4711]" for each descriptor that is one.
std::set<std::string> sockets_of(pid_t process) {
  std::set<std::string> sockets;
  const std::string folder = "/proc/" + std::to_string(process) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::error_code closed_meanwhile;
    sockets.insert(std::filesystem::read_symlink(entry.path(), closed_meanwhile).string());
  }
  return sockets;
}

}  // namespace

std::vector<UdpSocket> udp_sockets_of(pid_t process) {
  const std::vector<Line> lines = all_lines();
  const std::set<std::string> own = sockets_of(process);
  std::vector<UdpSocket> sockets;
  for (const Line& line : lines) {
    if (own.contains("socket:[" + line.inode + "]")) {
      sockets.push_back(line.socket);
    }
  }
  return sockets;
}

std::vector<UdpSocket> udp_sockets_on(uint16_t port) {
  std::vector<UdpSocket> sockets;
  for (const Line& line : all_lines()) {
    if (line.socket.port == port) {
      sockets.push_back(line.socket);
    }
  }
  return sockets;
}

}  // namespace etymon::testing

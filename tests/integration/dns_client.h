// DnsClient: asks a server on loopback as a host of the network would, with dig or kdig.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace etymon::testing {

struct AnswerRecord {
  std::string owner;  // without the final dot
  uint32_t ttl = 0;
  std::string type;
  std::string data;
};

struct DnsReply {
  std::string status;  // "NOERROR", "NXDOMAIN"; empty when nothing came back
  std::vector<AnswerRecord> answers;

  // The smallest TTL of the answers; 0 without any.
  uint32_t ttl() const;
};

enum class Tool { kDig, kKdig };
enum class Over { kUdp, kTcp };

class DnsClient {
 public:
  // Asks 127.0.0.1 at `port`, from the loopback address `host`.
  explicit DnsClient(uint16_t port, std::string host = "127.0.0.1", Tool tool = Tool::kDig)
      : port_(port), host_(std::move(host)), tool_(tool) {}

  DnsReply ask(const std::string& name, const std::string& type = "A",
               Over over = Over::kUdp) const;

 private:
  uint16_t port_;
  std::string host_;
  Tool tool_;
};

}  // namespace etymon::testing

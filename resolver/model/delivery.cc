#include "resolver/model/delivery.h"

namespace etymon {

const char* to_text(Origin origin) {
  switch (origin) {
    case Origin::kUpstream:
      return "upstream";
    case Origin::kCache:
      return "cache";
    case Origin::kStale:
      return "stale";
    case Origin::kLocal:
      return "local";
    case Origin::kRefused:
      return "refused";
    case Origin::kImport:
      return "import";
  }
  return "unknown";
}

const char* to_text(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return "udp";
    case Transport::kTcp:
      return "tcp";
    case Transport::kTls:
      return "tls";
    case Transport::kHttps:
      return "https";
  }
  return "unknown";
}

}  // namespace etymon

#include "resolver/hosts/neighbour_message.h"

#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace etymon::hosts {
namespace {

// States in which the entry's MAC address is known to have been the neighbour's.
constexpr unsigned kKnown = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;

// The struct at the start of `bytes`; nothing when they are too few. Netlink aligns to four octets,
// a buffer of ours need not.
template <class T>
std::optional<T> head_of(ByteView bytes) {
  if (bytes.size() < sizeof(T)) {
    return std::nullopt;
  }
  T head;
  std::memcpy(&head, bytes.data(), sizeof(T));
  return head;
}

ByteView behind(ByteView bytes, size_t length) {
  const size_t aligned = (length + 3) / 4 * 4;
  return bytes.subspan(std::min(aligned, bytes.size()));
}

struct Attributes {
  ByteView address;
  ByteView mac;
  std::optional<nda_cacheinfo> age;
};

// Nothing when a length is wrong.
std::optional<Attributes> read_attributes(ByteView bytes) {
  Attributes found;
  while (!bytes.empty()) {
    const auto head = head_of<rtattr>(bytes);
    if (!head || head->rta_len < sizeof(rtattr) || head->rta_len > bytes.size()) {
      return std::nullopt;
    }
    const ByteView value = bytes.subspan(sizeof(rtattr), head->rta_len - sizeof(rtattr));
    switch (head->rta_type) {
      case NDA_DST:
        found.address = value;
        break;
      case NDA_LLADDR:
        found.mac = value;
        break;
      case NDA_CACHEINFO:
        found.age = head_of<nda_cacheinfo>(value);
        break;
      default:
        break;
    }
    bytes = behind(bytes, head->rta_len);
  }
  return found;
}

std::optional<IpAddress> address_of(unsigned family, ByteView octets) {
  if (family == AF_INET && octets.size() == 4) {
    return IpAddress::v4(octets.first<4>());
  }
  if (family == AF_INET6 && octets.size() == 16) {
    return IpAddress::v6(octets.first<16>());
  }
  return std::nullopt;
}

WallTime seen_at(const std::optional<nda_cacheinfo>& age, WallTime now, uint32_t ticks) {
  if (!age || ticks == 0) {
    return now;
  }
  const uint64_t ago = std::min(age->ndm_confirmed, age->ndm_updated);
  return now - Microseconds(static_cast<int64_t>(ago * 1'000'000 / ticks));
}

// False when the message makes no sense; one that tells nothing of interest does.
bool read_neighbour(ByteView message, WallTime now, uint32_t ticks,
                    std::vector<HostSighting>& sightings) {
  const auto head = head_of<ndmsg>(message);
  const auto attributes = head ? read_attributes(behind(message, sizeof(ndmsg))) : std::nullopt;
  if (!attributes) {
    return false;
  }
  const auto address = address_of(head->ndm_family, attributes->address);
  const auto mac = MacAddress::of_device(attributes->mac);
  const bool is_known = (head->ndm_state & kKnown) != 0 && (head->ndm_flags & NTF_PROXY) == 0;
  if (address && mac && is_known) {
    const WallTime at = seen_at(attributes->age, now, ticks);
    sightings.push_back({.device = mac->device(),
                         .address = *address,
                         .seen = {at, at},
                         .source = HostSource::kNeighbour,
                         .is_router = (head->ndm_flags & NTF_ROUTER) != 0});
  }
  return true;
}

}  // namespace

std::string neighbour_dump_request(uint32_t sequence) {
  struct {
    nlmsghdr head;
    ndmsg body;
  } request{};
  request.head.nlmsg_len = sizeof(request);
  request.head.nlmsg_type = RTM_GETNEIGH;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.head.nlmsg_seq = sequence;
  request.body.ndm_family = AF_UNSPEC;
  return {reinterpret_cast<const char*>(&request), sizeof(request)};
}

NeighbourNews read_neighbours(ByteView buffer, WallTime now, uint32_t ticks_per_second) {
  NeighbourNews news;
  while (!buffer.empty()) {
    const auto head = head_of<nlmsghdr>(buffer);
    if (!head || head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > buffer.size()) {
      news.failed = true;
      break;
    }
    const ByteView body = buffer.subspan(sizeof(nlmsghdr), head->nlmsg_len - sizeof(nlmsghdr));
    if (head->nlmsg_type == NLMSG_DONE) {
      news.dump_ended = true;
    } else if (head->nlmsg_type == NLMSG_ERROR) {
      const auto error = head_of<nlmsgerr>(body);
      news.failed |= !error || error->error != 0;
    } else if (head->nlmsg_type == RTM_NEWNEIGH) {
      news.failed |= !read_neighbour(body, now, ticks_per_second, news.sightings);
    }
    buffer = behind(buffer, head->nlmsg_len);
  }
  return news;
}

}  // namespace etymon::hosts

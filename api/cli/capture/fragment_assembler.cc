#include "api/cli/capture/fragment_assembler.h"

#include <algorithm>

namespace etymon::capture {

std::optional<std::string> FragmentAssembler::add(WallTime at, const IpPacket& packet) {
  const Key key = {packet.source, packet.destination, packet.protocol, packet.fragment->id};
  Datagram& datagram = datagram_of(key, at);
  const size_t offset = packet.fragment->offset;
  if (datagram.octets + packet.payload.size() > kOctetsMax) {
    datagrams_.erase(key);  // Only overlapping fragments can be more than a whole packet.
    return std::nullopt;
  }
  const bool is_new = datagram.pieces.emplace(offset, as_text(packet.payload)).second;
  datagram.octets += is_new ? packet.payload.size() : 0;
  if (!packet.fragment->more) {
    datagram.total = offset + packet.payload.size();
  }
  std::optional<std::string> whole = join(datagram);
  if (whole) {
    datagrams_.erase(key);
  }
  return whole;
}

std::optional<std::string> FragmentAssembler::join(const Datagram& datagram) {
  if (!datagram.total || datagram.octets < *datagram.total) {
    return std::nullopt;
  }
  std::string whole;
  for (const auto& [offset, octets] : datagram.pieces) {
    if (offset > whole.size()) {
      return std::nullopt;
    }
    const size_t known = std::min(whole.size() - offset, octets.size());
    whole.append(octets, known);
  }
  whole.resize(std::min(whole.size(), *datagram.total));
  return whole;
}

FragmentAssembler::Datagram& FragmentAssembler::datagram_of(const Key& key, WallTime at) {
  const auto known = datagrams_.find(key);
  if (known != datagrams_.end() && at - known->second.since <= kPatience) {
    return known->second;
  }
  if (known == datagrams_.end()) {
    make_room();
  }
  return datagrams_[key] = Datagram{.since = at, .pieces = {}, .octets = 0, .total = {}};
}

void FragmentAssembler::make_room() {
  if (datagrams_.size() < kDatagramsMax) {
    return;
  }
  datagrams_.erase(std::ranges::min_element(datagrams_, {},
                                            [](const auto& entry) { return entry.second.since; }));
}

}  // namespace etymon::capture

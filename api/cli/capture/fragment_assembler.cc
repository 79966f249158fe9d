#include "api/cli/capture/fragment_assembler.h"

#include <algorithm>

namespace etymon::capture {

std::optional<std::string> FragmentAssembler::add(WallTime at, const IpPacket& packet) {
  const Key key = {packet.source, packet.destination, packet.protocol, packet.fragment->id};
  Datagram& datagram = datagram_of(key, at);
  datagram.heard.end = std::max(datagram.heard.end, at);
  const size_t offset = packet.fragment->offset;
  if (datagram.octets + packet.payload.size() > kOctetsMax) {
    give_up(key);  // Only overlapping fragments can be more than a whole packet.
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
    remember_whole(key, at);
  }
  return whole;
}

void FragmentAssembler::finish() {
  while (!datagrams_.empty()) {
    give_up(Key(datagrams_.begin()->first));
  }
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
  if (known != datagrams_.end() && at - known->second.heard.start <= kPatience) {
    return known->second;
  }
  if (known == datagrams_.end()) {
    make_room();
  } else {
    give_up(key);
  }
  return datagrams_[key] = Datagram{.heard = {at, at}, .pieces = {}, .octets = 0, .total = {}};
}

void FragmentAssembler::make_room() {
  if (datagrams_.size() < kDatagramsMax) {
    return;
  }
  const auto oldest = std::ranges::min_element(
      datagrams_, {}, [](const auto& entry) { return entry.second.heard.start; });
  give_up(Key(oldest->first));
}

void FragmentAssembler::remember_whole(const Key& key, WallTime at) {
  if (whole_.size() == kDatagramsMax) {
    whole_.clear();  // Repetitions come at once, if at all.
  }
  whole_[key] = at;
}

bool FragmentAssembler::is_repeated(const Key& key, const Datagram& datagram) const {
  const auto whole = whole_.find(key);
  return whole != whole_.end() && datagram.heard.start - whole->second <= kRepeatedWithin;
}

// REQUIRES: it is held.
void FragmentAssembler::give_up(const Key& key) {
  const auto node = datagrams_.extract(key);
  const Datagram& datagram = node.mapped();
  if (is_repeated(key, datagram)) {
    return;
  }
  IpPacket packet;
  std::tie(packet.source, packet.destination, packet.protocol, std::ignore) = key;
  const auto first = datagram.pieces.find(0);
  packet.payload = first == datagram.pieces.end() ? ByteView() : as_bytes(first->second);
  given_up_(packet, datagram.heard);
}

}  // namespace etymon::capture

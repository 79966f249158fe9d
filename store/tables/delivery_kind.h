// DeliveryKind: how an answer was given, as journal and tables write it (FORMAT.md).
//
// One octet for origin and transport, and behind it, where somebody passed the question on, the
// forwarder: its address, or one octet for the one named last. So deliveries without one take no
// octet more than before there were any. Pure functions and values, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "resolver/base/bytes.h"
#include "resolver/model/delivery.h"

namespace etymon::store {

struct DeliveryKind {
  Origin origin = Origin::kUpstream;
  Transport transport = Transport::kUdp;
  IpAddress forwarder = {};  // unspecified: none

  bool has_forwarder() const { return forwarder != IpAddress(); }

  friend bool operator==(const DeliveryKind&, const DeliveryKind&) = default;
};

// `named`: the forwarder that was named last where this is written, unspecified when none was;
// whoever writes or reads several kinds in a row keeps it with note_named().
void append_kind(std::string& out, const DeliveryKind& kind, const IpAddress& named);

// Nothing: octets that stand for no known origin and transport, or for no forwarder.
std::optional<DeliveryKind> read_kind(ByteReader& reader, const IpAddress& named);

inline void note_named(IpAddress& named, const DeliveryKind& kind) {
  named = kind.has_forwarder() ? kind.forwarder : named;
}

}  // namespace etymon::store

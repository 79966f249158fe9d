// Delivery: one answer sent to one client. A plain value of fixed size, made on the hot path.
#pragma once

#include <cstdint>

#include "resolver/base/clock.h"
#include "resolver/model/ip_address.h"

namespace etymon {

// Where the answer came from. Stored: values are never renumbered.
enum class Origin : uint8_t {
  kUpstream = 1,  // asked upstream for this very question
  kCache = 2,
  kStale = 3,    // from the cache after its time, RFC 8767
  kLocal = 4,    // hosts file, static record, block list
  kRefused = 5,  // we declined to answer
  kImport = 6,   // observed elsewhere: a capture, a log, a sensor
};

// How it reached the client. Stored: values are never renumbered.
enum class Transport : uint8_t { kUdp = 1, kTcp = 2, kTls = 3, kHttps = 4 };

// Names an Answer that a Recorder knows; given by Recorder::remember(), valid for as long as the
// Recorder lives and, in the store, for as long as anything refers to it. Never 0.
using AnswerId = uint64_t;

struct Delivery {
  WallTime at;
  IpAddress client;
  AnswerId answer = 0;
  // How long the client may use the answer: the smallest TTL along the chain as served to it, in
  // seconds. For an answer without records the negative TTL (RFC 2308), or 0.
  uint32_t validity_s = 0;
  Origin origin = Origin::kUpstream;
  Transport transport = Transport::kUdp;
  // Who passed the question on and was believed about the client; unspecified: nobody, the client
  // asked by itself.
  IpAddress forwarder = {};
};

const char* to_text(Origin origin);
const char* to_text(Transport transport);

}  // namespace etymon

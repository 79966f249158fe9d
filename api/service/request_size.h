// How large a request may be, and what one says that is not read. Any thread.
//
// gRPC knows one limit for all calls, which is the one for batches of deliveries; all others are
// held to what their fields can need, before they are parsed (incoming.h): two octets of an empty
// element become a hundred in memory.
#pragma once

#include <cstddef>
#include <string>

#include "api/service/failure.h"
#include "etymon/v1/provenance.pb.h"

namespace etymon::service {

// Of a lookup, and of some in a stream: they are small; whoever has more of them sends more
// messages.
inline constexpr size_t kLookupBytesMax = 64 << 10;
// Of any other request but those of Ingest: the longest field is a folder of 4096 octets.
inline constexpr size_t kRequestBytesMax = 8 << 10;

// Of one delivery in a message of Ingest: the longest answer of a DNS message has half of it.
inline constexpr size_t kDeliveryBytesMax = 256 << 10;
// Of deliveries in one message: in 4 MiB there is no room for so many that say anything.
inline constexpr size_t kDeliveriesMax = 100'000;

template <class Request>
inline constexpr size_t kBytesMax = kRequestBytesMax;
template <>
inline constexpr size_t kBytesMax<v1::LookupRequest> = kLookupBytesMax;
template <>
inline constexpr size_t kBytesMax<v1::LookupStreamRequest> = kLookupBytesMax;

// `what`: "a delivery", "a request of this kind"; `most`: what it may have.
inline Failure too_large(const std::string& what, const std::string& most, std::string field = {}) {
  return {.code = google::rpc::RESOURCE_EXHAUSTED,
          .reason = "REQUEST_TOO_LARGE",
          .field = std::move(field),
          .message = what + " has at most " + most};
}

inline std::string in_kib(size_t octets) {
  return std::to_string(octets >> 10) + " KiB";
}

inline Failure malformed(std::string field = {}) {
  return invalid(
      "REQUEST_MALFORMED", std::move(field),
      "this is no message of the kind that the call takes, or has text that is no UTF-8");
}

}  // namespace etymon::service

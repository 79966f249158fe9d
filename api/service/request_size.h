// How large a request may be. gRPC knows one limit for all calls, which is the one for batches of
// deliveries; all others are held to what their fields can need. Any thread.
#pragma once

#include <google/protobuf/message_lite.h>

#include <optional>
#include <string>

#include "api/service/door.h"
#include "api/service/failure.h"

namespace etymon::service {

// Of a lookup, and of some in a stream: they are small; whoever has more of them sends more
// messages.
inline constexpr size_t kLookupBytesMax = 64 << 10;
// Of any other request but those of Ingest: the longest field is a folder of 4096 octets.
inline constexpr size_t kRequestBytesMax = 8 << 10;

// Why the request is not read; nothing: it is.
inline std::optional<Failure> too_large(const google::protobuf::MessageLite& request, size_t max) {
  if (request.ByteSizeLong() <= max) {
    return std::nullopt;
  }
  return Failure{
      .code = google::rpc::RESOURCE_EXHAUSTED,
      .reason = "REQUEST_TOO_LARGE",
      .message = "a request of this kind has at most " + std::to_string(max >> 10) + " KiB"};
}

// May this begin, by its errand and its size? Why not; nothing: it may.
inline std::optional<Failure> turned_away(const Door& door,
                                          const grpc::CallbackServerContext& context,
                                          const google::protobuf::MessageLite& request,
                                          const Errand& errand) {
  auto failure = door.refusal(context, errand);
  return failure ? failure : too_large(request, kRequestBytesMax);
}

}  // namespace etymon::service

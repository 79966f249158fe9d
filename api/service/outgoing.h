// Outgoing: an answer as the octets that are sent. Who serves the call fills it, gRPC's own threads
// send it; it lives as long as the call.
//
// By itself gRPC counts the octets of a message twice, before it asks for the memory and while it
// writes, which it does piece by piece.
#pragma once

#include <grpcpp/impl/codegen/serialization_traits.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <string>
#include <utility>

namespace etymon::service {

struct Outgoing {
  std::string octets;

  Outgoing() = default;
  Outgoing(Outgoing&&) noexcept = default;
  // Lets go of the memory that it had: a text that becomes an empty one would keep it.
  Outgoing& operator=(Outgoing&& other) noexcept {
    std::string(std::move(other.octets)).swap(octets);
    return *this;
  }
  ~Outgoing() = default;

  // Named as a message's own, as both of these.
  // NOLINTNEXTLINE(readability-identifier-naming)
  size_t ByteSizeLong() const { return octets.size(); }
  // NOLINTNEXTLINE(readability-identifier-naming)
  void Clear() { octets.clear(); }
};

}  // namespace etymon::service

// How gRPC sends one.
template <>
class grpc::SerializationTraits<etymon::service::Outgoing> {
 public:
  // NOLINTNEXTLINE(readability-identifier-naming)
  static Status Serialize(const etymon::service::Outgoing& answer, ByteBuffer* octets,
                          bool* is_ours) {
    const Slice whole(answer.octets.data(), answer.octets.size());
    ByteBuffer written(&whole, 1);
    octets->Swap(&written);
    *is_ours = true;
    return {};
  }
};

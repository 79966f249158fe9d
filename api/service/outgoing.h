// Outgoing: an answer that is counted once and sent from one piece of memory. Who serves the call
// fills it, gRPC's own threads send it; it lives as long as the call.
//
// By itself gRPC counts the octets of an answer twice more, before it asks for the memory and while
// it writes, which it does piece by piece.
#pragma once

#include <grpcpp/impl/codegen/serialization_traits.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace etymon::service {

template <class Message>
class Outgoing {
 public:
  Outgoing() = default;
  // A message does not hand on what it had counted.
  Outgoing(Outgoing&& other) noexcept : message_(std::move(other.message_)) {}
  Outgoing& operator=(Outgoing&& other) noexcept {
    message_ = std::move(other.message_);
    is_counted_ = false;
    return *this;
  }

  // Whoever reaches for the message may change it; then it is counted anew.
  Message& operator*() {
    is_counted_ = false;
    return message_;
  }
  Message* operator->() { return &**this; }

  // Named as a message's own, as all of these.
  // NOLINTNEXTLINE(readability-identifier-naming)
  size_t ByteSizeLong() {
    is_counted_ = true;
    return message_.ByteSizeLong();
  }
  // NOLINTNEXTLINE(readability-identifier-naming)
  int GetCachedSize() const { return message_.GetCachedSize(); }
  // NOLINTNEXTLINE(readability-identifier-naming)
  void Clear() { (**this).Clear(); }

  grpc::ByteBuffer written() const {
    const size_t octets =
        is_counted_ ? static_cast<size_t>(message_.GetCachedSize()) : message_.ByteSizeLong();
    const grpc::Slice whole(octets);
    message_.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(whole.begin()));
    return {&whole, 1};
  }

 private:
  Message message_;
  bool is_counted_ = false;
};

}  // namespace etymon::service

// How gRPC sends one.
template <class Message>
class grpc::SerializationTraits<etymon::service::Outgoing<Message>> {
 public:
  // NOLINTNEXTLINE(readability-identifier-naming)
  static Status Serialize(const etymon::service::Outgoing<Message>& answer, ByteBuffer* octets,
                          bool* is_ours) {
    ByteBuffer written = answer.written();
    octets->Swap(&written);
    *is_ours = true;
    return {};
  }
};

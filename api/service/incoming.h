// Incoming: a request that is judged before it is parsed. gRPC's own threads make it, whoever
// serves the call reads it; it lives as long as the call.
//
// A request that is too large or broken is none of gRPC's errors but a failure that its call tells,
// after it has come through the door as any other.
#pragma once

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <optional>
#include <utility>

#include "api/service/door.h"
#include "api/service/failure.h"
#include "api/service/request_size.h"

namespace etymon::service {

template <class Message>
class Incoming {
 public:
  const Message& operator*() const { return message_; }
  const Message* operator->() const { return &message_; }

  // Why it is not read, and empty; nothing: it is.
  const std::optional<Failure>& failure() const { return failure_; }

  // As if nothing had come, with the memory for the next one. Named as a message's own.
  // NOLINTNEXTLINE(readability-identifier-naming)
  void Clear() {
    message_.Clear();
    failure_.reset();
  }

  // Instead of what it had before.
  void read(grpc::ByteBuffer& octets) {
    failure_.reset();
    if (octets.Length() > kBytesMax<Message>) {
      fail(too_large("a request of this kind", in_kib(kBytesMax<Message>)));
    } else if (!parse(octets)) {
      fail(malformed());
    }
    octets.Clear();
  }

 private:
  // Most requests lie in one piece.
  bool parse(grpc::ByteBuffer& octets) {
    if (grpc::Slice whole; octets.TrySingleSlice(&whole).ok()) {
      return message_.ParseFromArray(whole.begin(), static_cast<int>(whole.size()));
    }
    return grpc::SerializationTraits<Message>::Deserialize(&octets, &message_).ok();
  }

  void fail(Failure failure) {
    message_ = Message();
    failure_ = std::move(failure);
  }

  Message message_;
  std::optional<Failure> failure_;
};

// Who asks, and may: by the errand, and by what came. What was not read is about nobody that is
// known.
template <class Message>
Outcome<Caller> let_in(const Door& door, const grpc::CallbackServerContext& context,
                       const Incoming<Message>& request, Errand errand) {
  errand.about_hosts = errand.about_hosts && !request.failure();
  auto caller = door.enter(context, errand);
  if (std::holds_alternative<Caller>(caller) && request.failure()) {
    return *request.failure();
  }
  return caller;
}

// The same where it does not matter who it is: why not; nothing: they may.
template <class Message>
std::optional<Failure> turned_away(const Door& door, const grpc::CallbackServerContext& context,
                                   const Incoming<Message>& request, const Errand& errand) {
  auto caller = let_in(door, context, request, errand);
  auto* failure = std::get_if<Failure>(&caller);
  return failure == nullptr ? std::nullopt : std::optional(std::move(*failure));
}

}  // namespace etymon::service

// How gRPC makes one of what came.
template <class Message>
class grpc::SerializationTraits<etymon::service::Incoming<Message>> {
 public:
  // NOLINTNEXTLINE(readability-identifier-naming)
  static Status Deserialize(ByteBuffer* octets, etymon::service::Incoming<Message>* request) {
    request->read(*octets);
    return {};
  }
};

// Calls that are refused before they begin, of each kind that gRPC has. They delete themselves.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "api/service/failure.h"

namespace etymon::service {

inline grpc::ServerUnaryReactor* refused(grpc::CallbackServerContext& context,
                                         const Failure& failure) {
  auto* reactor = context.DefaultReactor();
  reactor->Finish(to_status(failure));
  return reactor;
}

template <class Response>
class RefusedWrites final : public grpc::ServerWriteReactor<Response> {
 public:
  explicit RefusedWrites(const Failure& failure) { this->Finish(to_status(failure)); }
  void OnDone() override { delete this; }
};

template <class Request>
class RefusedReads final : public grpc::ServerReadReactor<Request> {
 public:
  explicit RefusedReads(const Failure& failure) { this->Finish(to_status(failure)); }
  void OnDone() override { delete this; }
};

template <class Request, class Response>
class RefusedStream final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  explicit RefusedStream(const Failure& failure) { this->Finish(to_status(failure)); }
  void OnDone() override { delete this; }
};

}  // namespace etymon::service

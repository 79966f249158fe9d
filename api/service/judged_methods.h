// JudgedMethods: a service of the API whose methods get their requests as they came (Incoming, or
// octets). What it registers is registered once, when the service is made.
//
// The generated CallbackService has parsed a request before anybody may look at its size, and gives
// UNIMPLEMENTED for one that it cannot parse, or the end of a stream. gRPC's hook for it, a limit
// for each method, is the client's alone; its raw methods leave the answers as octets as well.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/support/server_callback.h>

#include <functional>

#include "api/service/incoming.h"
#include "api/service/message_pool.h"
#include "api/service/outgoing.h"

namespace etymon::service {

// Contract: v1::ProvenanceService or v1::AdminService, of which Service is the implementation.
template <class Contract, class Service>
class JudgedMethods : public Contract::Service {
 protected:
  template <class Request, class Response>
  void serve(const char* method,
             grpc::ServerUnaryReactor* (Service::*call)(grpc::CallbackServerContext*,
                                                        const Incoming<Request>*, Response*)) {
    mark<grpc::internal::CallbackUnaryHandler<Incoming<Request>, Response>>(method, call);
  }

  // With messages of `pool`, which outlives the server.
  template <class Request>
  void serve(const char* method,
             grpc::ServerUnaryReactor* (Service::*call)(grpc::CallbackServerContext*,
                                                        const Incoming<Request>*, Outgoing*),
             MessagePool<Incoming<Request>>& pool) {
    mark<grpc::internal::CallbackUnaryHandler<Incoming<Request>, Outgoing>>(method, call)
        .SetMessageAllocator(&pool);
  }

  template <class Request, class Response>
  void serve(const char* method,
             grpc::ServerWriteReactor<Response>* (Service::*call)(grpc::CallbackServerContext*,
                                                                  const Incoming<Request>*)) {
    mark<grpc::internal::CallbackServerStreamingHandler<Incoming<Request>, Response>>(method, call);
  }

  template <class Request, class Response>
  void serve(const char* method,
             grpc::ServerReadReactor<Request>* (Service::*call)(grpc::CallbackServerContext*,
                                                                Response*)) {
    mark<grpc::internal::CallbackClientStreamingHandler<Request, Response>>(method, call);
  }

  template <class Request, class Response>
  void serve(const char* method, grpc::ServerBidiReactor<Request, Response>* (Service::*call)(
                                     grpc::CallbackServerContext*)) {
    mark<grpc::internal::CallbackBidiHandler<Request, Response>>(method, call);
  }

 private:
  // As the generated code does; methods are numbered as they stand in the contract.
  template <class Handler, class Call>
  Handler& mark(const char* method, Call call) {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        Contract::service_full_name());
    auto* handler = new Handler(std::bind_front(call, static_cast<Service*>(this)));
    this->MarkMethodCallback(service->FindMethodByName(method)->index(), handler);  // gRPC's now
    return *handler;
  }
};

}  // namespace etymon::service

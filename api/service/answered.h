// Unary calls that are answered at once, on gRPC's thread. They delete themselves.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>
#include <utility>

#include "api/service/refused.h"
#include "api/service/untaken_answers.h"

namespace etymon::service {

class LargeAnswer final : public grpc::ServerUnaryReactor {
 public:
  explicit LargeAnswer(std::unique_ptr<UntakenAnswers::Answer> untaken)
      : untaken_(std::move(untaken)) {
    Finish({});
  }
  void OnDone() override { delete this; }

 private:
  const std::unique_ptr<UntakenAnswers::Answer> untaken_;
};

// With the response, which is the call's; or refused, for want of room for it.
template <class Response>
grpc::ServerUnaryReactor* answered(grpc::CallbackServerContext& context, UntakenAnswers& untaken,
                                   const std::string& caller, Response& response) {
  auto added = untaken.add(context, caller, response.ByteSizeLong());
  if (const auto* failure = std::get_if<Failure>(&added)) {
    response = Response();  // it would be kept as long as the call
    return refused(context, *failure);
  }
  if (auto& large = std::get<std::unique_ptr<UntakenAnswers::Answer>>(added)) {
    return new LargeAnswer(std::move(large));
  }
  auto* reactor = context.DefaultReactor();
  reactor->Finish({});
  return reactor;
}

}  // namespace etymon::service

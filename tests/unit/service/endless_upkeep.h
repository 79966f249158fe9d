// EndlessUpkeep: an AdminService whose verification has no end until it is told to stop, and a
// server of it.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <memory>
#include <thread>

#include "api/service/upkeep_call.h"
#include "etymon/v1/admin.grpc.pb.h"

namespace etymon::service {

class EndlessUpkeep final : public v1::AdminService::CallbackService {
 public:
  EndlessUpkeep() {
    grpc::ServerBuilder builder;
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~EndlessUpkeep() override {
    server_->Shutdown();
    server_->Wait();
  }
  EndlessUpkeep(const EndlessUpkeep&) = delete;
  EndlessUpkeep& operator=(const EndlessUpkeep&) = delete;

  grpc::ServerWriteReactor<v1::VerifyResponse>* Verify(grpc::CallbackServerContext* context,
                                                       const v1::VerifyRequest*) override {
    const auto refusal = [this] {
      return may_go_on ? std::nullopt
                       : std::optional(Failure{.code = google::rpc::UNAUTHENTICATED,
                                               .reason = "TOKEN_UNKNOWN",
                                               .message = "said by a test"});
    };
    return new UpkeepCall<v1::VerifyResponse>(
        {desk_, *context, stall_time, refusal}, [this](const store::Oversight& oversight) {
          working = true;
          while (!oversight.stop.stop_requested()) {
            oversight.on_progress(++done, kTotal);
          }
          working = false;
          return Outcome<v1::VerifyResponse>(
              from_upkeep({ErrorCode::kUnavailable, "stopped"}, oversight.stop));
        });
  }

  std::unique_ptr<v1::AdminService::Stub> client() {
    return v1::AdminService::NewStub(server_->InProcessChannel({}));
  }

  void await(bool is_working) const {
    while (working != is_working) {
      std::this_thread::yield();
    }
  }

  static constexpr uint64_t kTotal = uint64_t{1} << 30;
  Milliseconds stall_time = std::chrono::hours(1);
  std::atomic<bool> may_go_on{true};
  std::atomic<bool> working{false};
  std::atomic<uint64_t> done{0};

 private:
  UpkeepDesk desk_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace etymon::service

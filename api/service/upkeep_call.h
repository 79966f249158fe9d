// UpkeepCall: a call for long work, which tells how far it is and ends with a report.
//
// A slow client gets fewer messages of progress; it holds up neither the work nor memory. When the
// call is cancelled, by its client, its deadline or the daemon's stop, the work is told to stop.
// Deletes itself. gRPC's threads and the desk's meet in it.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <utility>
#include <variant>

#include "api/service/failure.h"
#include "api/service/upkeep_desk.h"
#include "resolver/base/guarded.h"
#include "store/upkeep/meter.h"

namespace etymon::service {

// Response: has `progress`, an UpkeepProgress, beside its report.
template <class Response>
class UpkeepCall final : public grpc::ServerWriteReactor<Response> {
 public:
  // Gives the last message, with the report. On the desk's thread.
  using Work = std::function<Outcome<Response>(const store::Oversight&)>;

  UpkeepCall(UpkeepDesk& desk, Work work) : desk_(desk), work_(std::move(work)) {
    if (!desk_.take([this] { run(); })) {
      this->Finish(to_status(
          {.code = google::rpc::UNAVAILABLE,
           .reason = "UPKEEP_BUSY",
           .message = "another verification, backup or forgetting is under way; try again later",
           .retry_after = kRetryAfter}));
    }
  }

  void OnWriteDone(bool) override {
    std::optional<Outcome<Response>> last;
    {
      auto state = state_.lock();
      state->writing = false;
      last = std::move(state->last);
    }
    if (last) {
      conclude(*std::move(last));
    }
  }

  void OnCancel() override { stop_.request_stop(); }

  void OnDone() override { delete this; }

 private:
  struct State {
    bool writing = false;
    std::optional<Outcome<Response>> last;  // waits for the write that is under way
  };

  static constexpr Seconds kRetryAfter{30};  // such work takes minutes, as a rule
  static constexpr uint64_t kSteps = 1000;   // of progress

  void run() {
    Outcome<Response> outcome =
        work_({stop_.get_token(), [this](uint64_t done, uint64_t total) { show(done, total); }});
    desk_.release();
    {
      auto state = state_.lock();
      if (state->writing) {
        state->last = std::move(outcome);
        return;
      }
    }
    conclude(std::move(outcome));  // The call may be gone after it.
  }

  void show(uint64_t done, uint64_t total) {
    const uint64_t step = total == 0 ? 0 : done * kSteps / total;
    {
      auto state = state_.lock();
      if (state->writing || step == shown_) {
        return;
      }
      state->writing = true;
    }
    shown_ = step;
    message_.mutable_progress()->set_done_bytes(done);
    message_.mutable_progress()->set_total_bytes(total);
    this->StartWrite(&message_);
  }

  void conclude(Outcome<Response> outcome) {
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      return this->Finish(to_status(*failure));
    }
    message_ = std::move(std::get<Response>(outcome));
    this->StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
  }

  UpkeepDesk& desk_;
  const Work work_;
  std::stop_source stop_;
  Guarded<State> state_;
  uint64_t shown_ = kSteps + 1;  // the desk's thread only
  Response message_;             // of whoever set `writing`, or concludes
};

}  // namespace etymon::service

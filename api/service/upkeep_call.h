// UpkeepCall: a call for long work, which tells how far it is and ends with a report.
//
// A slow client gets fewer messages of progress; it holds up neither the work nor memory. When the
// call is cancelled, by its client, its deadline or the daemon's stop, the work is told to stop;
// so it is when the client takes nothing for too long, or may not do this any more. The call ends
// when the work has. Deletes itself. gRPC's threads and the desk's meet in it.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <utility>
#include <variant>

#include "api/service/failure.h"
#include "api/service/stall_guard.h"
#include "api/service/upkeep_desk.h"
#include "resolver/base/guarded.h"
#include "store/files/meter.h"

namespace etymon::service {

// Response: has `progress`, an UpkeepProgress, beside its report.
template <class Response>
class UpkeepCall final : public grpc::ServerWriteReactor<Response> {
 public:
  struct Parts {
    UpkeepDesk& desk;  // outlives the call
    grpc::CallbackServerContext& context;
    Milliseconds stall_time;
    // Why the caller may not go on; nothing: it may. On the desk's thread.
    std::function<std::optional<Failure>()> refusal;
  };
  // Gives the last message, with the report. On the desk's thread.
  using Work = std::function<Outcome<Response>(const store::Oversight&)>;

  UpkeepCall(Parts parts, Work work)
      : parts_(std::move(parts)),
        work_(std::move(work)),
        stall_(parts_.context, parts_.stall_time, [this] { give_up(); }) {
    if (!parts_.desk.take([this] { run(); })) {
      this->Finish(to_status(
          {.code = google::rpc::UNAVAILABLE,
           .reason = "UPKEEP_BUSY",
           .message = "another verification, backup or forgetting is under way; try again later",
           .retry_after = kRetryAfter}));
    }
  }

  void OnWriteDone(bool) override {
    if (!stall_.disarm()) {
      return;
    }
    std::optional<Outcome<Response>> last;
    bool is_told = false;
    {
      auto state = state_.lock();
      state->is_writing = false;
      last = std::exchange(state->last, std::nullopt);
      is_told = state->is_told;
    }
    if (is_told) {
      this->Finish(grpc::Status::OK);
    } else if (last) {
      conclude(*std::move(last));
    }
  }

  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  struct State {
    bool is_writing = false;
    bool is_stalled = false;                // the write under way is one that nobody takes
    bool is_told = false;                   // that write is the report
    std::optional<Outcome<Response>> last;  // waits for the write that is under way
  };

  static constexpr Seconds kRetryAfter{30};  // such work takes minutes, as a rule
  static constexpr uint64_t kSteps = 1000;   // of progress

  void run() {
    Outcome<Response> outcome =
        work_({stop_.get_token(), [this](uint64_t done, uint64_t total) { show(done, total); }});
    parts_.desk.release();
    check();
    if (refused_) {
      outcome = *refused_;
    }
    {
      auto state = state_.lock();
      if (state->is_stalled) {
        outcome = client_stalled();
      } else if (state->is_writing) {
        state->last = std::move(outcome);
        return;
      }
    }
    conclude(std::move(outcome));  // The call may be gone after it.
  }

  // What has begun goes on for weeks, maybe: whether its caller is still one who may.
  void check() {
    if (!refused_) {
      refused_ = parts_.refusal();
    }
    if (refused_) {
      stop_.request_stop();
    }
  }

  void show(uint64_t done, uint64_t total) {
    const uint64_t step = total == 0 ? 0 : done * kSteps / total;
    if (step != checked_) {
      checked_ = step;
      check();
    }
    {
      auto state = state_.lock();
      if (refused_ || state->is_writing || step == shown_) {
        return;
      }
      state->is_writing = true;
    }
    shown_ = step;
    message_.mutable_progress()->set_done_bytes(done);
    message_.mutable_progress()->set_total_bytes(total);
    write();
  }

  void write() {
    stall_.arm();
    this->StartWrite(&message_);
  }

  // While a write is under way. The work ends the call, unless it is over.
  void give_up() {
    stop_.request_stop();
    {
      auto state = state_.lock();
      state->is_stalled = true;
      if (!state->is_told && !state->last) {
        return;
      }
    }
    this->Finish(to_status(client_stalled()));
  }

  void conclude(Outcome<Response> outcome) {
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      return this->Finish(to_status(*failure));
    }
    {
      auto state = state_.lock();
      state->is_writing = true;
      state->is_told = true;
    }
    message_ = std::move(std::get<Response>(outcome));
    write();
  }

  const Parts parts_;
  const Work work_;
  std::stop_source stop_;
  Guarded<State> state_;
  // These are the desk's thread's.
  uint64_t shown_ = kSteps + 1;
  uint64_t checked_ = kSteps + 1;
  std::optional<Failure> refused_;
  Response message_;  // of whoever set `is_writing`, or concludes
  StallGuard stall_;
};

}  // namespace etymon::service

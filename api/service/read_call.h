// ReadCall: a unary call that reads much, on a thread of the reading desk. Deletes itself. gRPC's
// threads and the desk's meet in it, one after the other.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>

#include "api/service/failure.h"
#include "api/service/patience.h"
#include "api/service/reading_desk.h"
#include "api/service/untaken_answers.h"

namespace etymon::service {

template <class Response>
class ReadCall final : public grpc::ServerUnaryReactor {
 public:
  using Work = std::function<Outcome<Response>(const std::stop_token&)>;

  // What outlives the call.
  struct Parts {
    ReadingDesk& desk;
    UntakenAnswers& untaken;
    grpc::CallbackServerContext& context;
    Response& response;
  };

  // `caller`: its name.
  ReadCall(const Parts& parts, std::string caller, Work work)
      : parts_(parts), caller_(std::move(caller)), work_(std::move(work)) {
    auto place = parts_.desk.reader(caller_);
    if (const auto* failure = std::get_if<Failure>(&place)) {
      Finish(to_status(*failure));
      return;
    }
    place_.emplace(std::get<ReadingDesk::Place>(std::move(place)));
    parts_.desk.post_reader(caller_, [this](const auto& refusal) { run(refusal); });
  }

  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  void run(const std::optional<Failure>& refusal) {
    if (stop_.stop_requested()) {  // While it waited for its turn.
      return end(grpc::Status::CANCELLED);
    }
    if (refusal) {
      return end(to_status(*refusal));
    }
    Patience patience(time_to_read(parts_.context, parts_.desk.read_time()));
    const std::stop_callback cancelled(stop_.get_token(), [&patience] { patience.end(); });
    auto outcome = work_(patience.token());
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      return end(to_status(*failure));
    }
    answer(std::move(std::get<Response>(outcome)));
  }

  void answer(Response response) {
    auto added = parts_.untaken.add(parts_.context, caller_, response.ByteSizeLong());
    if (const auto* failure = std::get_if<Failure>(&added)) {
      return end(to_status(*failure));
    }
    untaken_ = std::move(std::get<std::unique_ptr<UntakenAnswers::Answer>>(added));
    parts_.response = std::move(response);
    end(grpc::Status::OK);
  }

  // The place is free before the caller can know that the call has ended, or leave it unread.
  void end(const grpc::Status& status) {
    place_.reset();
    Finish(status);
  }

  const Parts parts_;
  const std::string caller_;
  const Work work_;
  std::stop_source stop_;
  std::optional<ReadingDesk::Place> place_;          // nothing: turned away, or it has read
  std::unique_ptr<UntakenAnswers::Answer> untaken_;  // null: none, or a small one
};

}  // namespace etymon::service

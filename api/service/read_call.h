// ReadCall: a unary call that reads much, on a thread of the reading desk. Deletes itself. gRPC's
// threads and the desk's meet in it, one after the other.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>

#include "api/service/failure.h"
#include "api/service/patience.h"
#include "api/service/reading_desk.h"

namespace etymon::service {

template <class Response>
class ReadCall final : public grpc::ServerUnaryReactor {
 public:
  using Work = std::function<Outcome<Response>(const std::stop_token&)>;

  // `caller`: by its name.
  ReadCall(ReadingDesk& desk, const std::string& caller, Response& response, Work work)
      : response_(response), work_(std::move(work)), patience_(desk.read_time()) {
    auto place = desk.reader(caller);
    if (const auto* failure = std::get_if<Failure>(&place)) {
      Finish(to_status(*failure));
      return;
    }
    place_.emplace(std::get<ReadingDesk::Place>(std::move(place)));
    desk.post([this] { run(); });
  }

  void OnCancel() override { patience_.end(); }
  void OnDone() override { delete this; }

 private:
  void run() {
    const std::stop_token stop = patience_.token();
    if (stop.stop_requested()) {  // While it waited for its turn.
      return Finish(to_status(from_reading({ErrorCode::kUnavailable, "stopped"})));
    }
    auto outcome = work_(stop);
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      return Finish(to_status(*failure));
    }
    response_ = std::move(std::get<Response>(outcome));
    Finish(grpc::Status::OK);
  }

  Response& response_;
  const Work work_;
  Patience patience_;
  std::optional<ReadingDesk::Place> place_;  // nothing: turned away
};

}  // namespace etymon::service

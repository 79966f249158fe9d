// LookupStreamCall: a stream of questions and their outcomes. Deletes itself.
//
// Reads a request, writes its results in one or more responses, reads the next. gRPC runs one of
// its methods at a time, but for OnCancel; while a question is read at the desk, the desk's thread
// has it.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <optional>
#include <stop_token>
#include <string>

#include "api/service/door.h"
#include "api/service/failure.h"
#include "api/service/incoming.h"
#include "api/service/lookups.h"
#include "api/service/outgoing.h"
#include "api/service/quick_reading.h"
#include "api/service/reading_desk.h"
#include "api/service/stall_guard.h"
#include "api/service/stream_places.h"
#include "etymon/v1/provenance.pb.h"

namespace etymon::service {

class LookupStreamCall final
    : public grpc::ServerBidiReactor<Incoming<v1::LookupStreamRequest>, Outgoing> {
 public:
  struct Parts {
    const Lookups& lookups;
    const Clock& clock;
    ReadingDesk& desk;
    const Door& door;
    grpc::CallbackServerContext& context;
  };

  LookupStreamCall(const Parts& parts, StreamPlaces::Place place);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  std::optional<Failure> admit();
  void go_on();
  void await_request();
  void answer_some();
  bool answer_quickly(LookupRound& round, const v1::LookupRequest& question);
  void read_at_desk();
  void answer_at_desk(const std::optional<Failure>& refusal);
  Outcome<attribution::LookupAnswer> read_much(const v1::LookupRequest& question) const;
  void add(Outcome<attribution::LookupAnswer> found);
  void write();
  void end(const grpc::Status& status);

  const Parts parts_;
  std::optional<StreamPlaces::Place> open_;  // nothing: it has ended
  QuickReading quick_;
  std::stop_source stop_;
  Incoming<v1::LookupStreamRequest> request_;
  Caller caller_;  // as it was when the request came, the last response had left, or the desk came
  Outgoing response_;     // a LookupStreamResponse
  std::string answer_;    // the last one in it
  int answered_ = 0;      // questions of request_
  bool is_much_ = false;  // the next one is for the desk
  std::optional<ReadingDesk::Place> place_;
  StallGuard stall_;
};

}  // namespace etymon::service

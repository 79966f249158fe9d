// ExportCall: all deliveries of a span, message by message. Deletes itself.
//
// gRPC runs one of its methods at a time, but for OnCancel; between two writes the desk's thread
// has it. What a client has not taken yet is one message and the rest of one page: no snapshot of
// the store stays open for it.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/service/door.h"
#include "api/service/failure.h"
#include "api/service/reading_desk.h"
#include "api/service/stall_guard.h"
#include "api/service/stint.h"
#include "api/service/stream_places.h"
#include "etymon/v1/listing.pb.h"
#include "store/store.h"

namespace etymon::service {

class ExportCall final : public grpc::ServerWriteReactor<v1::ExportResponse> {
 public:
  struct Parts {
    const store::Store& store;
    ReadingDesk& desk;
    grpc::CallbackServerContext& context;
    const Door& door;
    Errand errand;  // its texts are the request's, which lives as long as the call
    store::OthersRows others;
    std::string caller;  // its name
  };

  ExportCall(const Parts& parts, StreamPlaces::Place place, const v1::ExportRequest& request,
             WallTime now);

  void OnWriteDone(bool ok) override;
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  std::optional<Failure> begin(const v1::ExportRequest& request, WallTime now);
  // Of what is asked for.
  std::vector<TimeSpan> covered_until(WallTime moment) const;
  void read_page();
  void read_later();
  void go_on();
  void write_some();
  void write_last();
  void write();
  void give_up();
  void end(const grpc::Status& status);

  const Parts parts_;
  StallGuard stall_;
  Stint stint_;
  std::optional<StreamPlaces::Place> open_;  // nothing: it has ended
  std::stop_source stop_;
  store::DeliveryQuery query_;
  std::optional<uint64_t> left_;   // deliveries, when a limit was given
  std::vector<TimeSpan> covered_;  // as it was at the start, but for what was on its way then
  std::vector<store::RecordedDelivery> page_;
  size_t told_ = 0;       // of the page
  bool ended_ = false;    // the page is the last
  bool is_last_ = false;  // the message is
  v1::ExportResponse message_;
};

}  // namespace etymon::service

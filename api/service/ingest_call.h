// IngestCall: a stream of deliveries that are taken message by message. Deletes itself.
//
// Has a message come, has the worker read and take it, has the next one come, which holds back a
// sender that is faster than the disk. What the stream covers counts when it has ended, whole, but
// for what was forgotten meanwhile. One thread at a time: gRPC's until the task is posted, the
// worker's until it starts the next read. When the call is cancelled, by its client, its deadline
// or the daemon's stop, the worker waits for the disk no longer, and a call in its queue ends at
// once: others before it may wait for days.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "api/service/door.h"
#include "api/service/failure.h"
#include "api/service/stall_guard.h"
#include "api/service/stream_places.h"
#include "api/service/worker.h"
#include "etymon/v1/provenance.pb.h"
#include "resolver/base/guarded.h"
#include "store/store.h"

namespace etymon::service {

inline constexpr Errand kIngest{.method = "Ingest", .role = Role::kIngest, .about_hosts = false};

class IngestCall final : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  struct Parts {
    store::Store& store;
    const Clock& clock;
    Worker& worker;
    const Door& door;
    grpc::CallbackServerContext& context;
    Milliseconds stall_time;
  };

  IngestCall(const Parts& parts, StreamPlaces::Place place, v1::IngestResponse& response);

  void OnReadDone(bool ok) override;
  void OnSendInitialMetadataDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  // kQueued: whoever sets it to another has the call, the worker or OnCancel.
  enum class Phase { kBusy, kQueued, kEnded };
  using SharedPhase = Guarded<Phase>;

  void read();
  void queue(void (IngestCall::*task)());
  void take();
  void cover();
  std::optional<Failure> take_message();
  void give_up();
  void end(const grpc::Status& status);

  const Parts parts_;
  const uint64_t began_;                     // for the store
  std::optional<StreamPlaces::Place> open_;  // nothing: it has ended
  std::stop_source stop_;
  // Outlives the call, as a task of it may.
  const std::shared_ptr<SharedPhase> phase_ = std::make_shared<SharedPhase>(Phase::kBusy);
  grpc::ByteBuffer message_;
  v1::IngestResponse& response_;
  std::optional<TimeSpan> covered_;  // of the last message
  StallGuard stall_;
};

}  // namespace etymon::service

// WatchCall: the deliveries of one filter as they are made, for one caller. Deletes itself.
//
// Threads: whoever sets the phase to busy owns everything but the phase, until it is idle again: a
// thread of the reading desk, then gRPC's when a write is done. The past is read on those that read
// much, the present on one of its own. wake() comes from who has the journal's pen, mostly a loop,
// and only looks at the phase.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/service/door.h"
#include "api/service/failure.h"
#include "api/service/feed.h"
#include "api/service/reading_desk.h"
#include "api/service/stall_guard.h"
#include "api/service/stint.h"
#include "api/service/stream_places.h"
#include "etymon/v1/listing.pb.h"
#include "resolver/base/guarded.h"
#include "store/store.h"

namespace etymon::service {

class WatchCall final : public grpc::ServerWriteReactor<v1::WatchResponse> {
 public:
  struct Parts {
    const store::Store& store;
    ReadingDesk& desk;
    Feed& feed;
    grpc::CallbackServerContext& context;
    const Door& door;
    Errand errand;  // its texts are the request's, which lives as long as the call
    store::OthersRows others;
    std::string caller;  // its name
  };

  WatchCall(const Parts& parts, StreamPlaces::Place place, const v1::WatchRequest& request,
            WallTime now);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  // kWoken: busy, and something came meanwhile.
  enum class Phase { kIdle, kBusy, kWoken, kEnded };
  using SharedPhase = Guarded<Phase>;

  // A delivery that is wanted, and the place in time behind it.
  struct Ready {
    store::RecordedDelivery delivery;
    store::ListingPosition place;
  };
  // What looking for more came to.
  enum class Look { kMore, kNothing };

  std::optional<Failure> begin(const v1::WatchRequest& request, WallTime now);
  void step_back(const Coverage& coverage);
  void wake(SharedPhase& phase);
  void go_on();
  void go_on_later();
  Outcome<Look> look();
  Outcome<Look> look_back();
  Outcome<Look> look_now();
  void pass(const store::RecordedDelivery& delivery);
  void write();
  void rest();
  void give_up();
  void end(const grpc::Status& status);

  const Parts parts_;
  std::optional<StreamPlaces::Place> open_;  // nothing: it has ended
  std::stop_source stop_;
  const std::shared_ptr<SharedPhase> phase_;
  std::shared_ptr<Feed::Listener> listener_;
  store::DeliveryQuery query_;  // of what the listener did not hear
  uint64_t seal_ = 0;
  store::ListingPosition place_;  // in time: behind the last delivery that was looked at
  // Behind the last that was told. What the caller is given: of any other delivery than its own it
  // would tell when that was, and to whoever tries, what.
  store::ListingPosition told_place_;
  bool in_the_past_ = false;    // the store may have more behind that place
  bool overflow_ = false;       // behind what was heard, deliveries were missed
  std::vector<Ready> ready_;    // to be told
  size_t told_ = 0;             // of them
  std::vector<TimeSpan> gaps_;  // to be told, at most kGapsMax and those of one look more
  v1::WatchResponse message_;
  StallGuard stall_;
  Stint stint_;  // of the past
};

}  // namespace etymon::service

#include "api/service/ingest_call.h"

#include <string>
#include <utility>

#include "api/service/ingest_message.h"

namespace etymon::service {

IngestCall::IngestCall(const Parts& parts, StreamPlaces::Place place, v1::IngestResponse& response)
    : parts_(parts),
      began_(parts.store.begin_import()),
      open_(std::move(place)),
      response_(response),
      stall_(parts.context, parts.stall_time, [this] { give_up(); }) {
  read();
}

void IngestCall::OnReadDone(bool ok) {
  if (!stall_.disarm()) {
    return;
  }
  if (ok) {
    queue(&IngestCall::take);
  } else if (covered_) {
    StartSendInitialMetadata();
  } else {
    end(grpc::Status::OK);
  }
}

// A stream that broke ends as a whole one does, as far as reading can tell: but to the client of a
// broken one nothing can be sent.
void IngestCall::OnSendInitialMetadataDone(bool ok) {
  if (!ok || parts_.context.IsCancelled()) {
    end(grpc::Status::CANCELLED);
  } else {
    queue(&IngestCall::cover);
  }
}

void IngestCall::OnCancel() {
  stop_.request_stop();
  {
    auto now = phase_->lock();
    if (*now != Phase::kQueued) {
      return;  // Whoever is busy will see it.
    }
    *now = Phase::kEnded;
  }
  end(grpc::Status::CANCELLED);
}

void IngestCall::queue(void (IngestCall::*task)()) {
  // OnCancel may be quicker than post(): then nothing of the call is left.
  Worker& worker = parts_.worker;
  const auto phase = phase_;
  bool is_cancelled = false;
  {
    auto now = phase->lock();
    is_cancelled = stop_.stop_requested();
    *now = is_cancelled ? Phase::kEnded : Phase::kQueued;
  }
  if (is_cancelled) {
    return end(grpc::Status::CANCELLED);
  }
  worker.post([this, task, phase] {
    {
      auto now = phase->lock();
      if (*now != Phase::kQueued) {
        return;
      }
      *now = Phase::kBusy;
    }
    (this->*task)();
  });
}

void IngestCall::read() {
  stall_.arm();
  StartRead(&message_);
}

// While a message is awaited: none is half taken.
void IngestCall::give_up() {
  Failure failure = client_stalled();
  failure.message +=
      "; the " + std::to_string(response_.deliveries()) + " deliveries that had come were taken";
  end(to_status(failure));
}

void IngestCall::take() {
  if (std::optional<Failure> failure = take_message()) {
    end(to_status(*failure));
  } else {
    read();
  }
}

// Not with the message that says it: what is refused behind that may be what the time had.
void IngestCall::cover() {
  parts_.store.cover(*covered_, began_);
  end(grpc::Status::OK);
}

// The place is free before the caller can know that the call has ended: it may begin the next one
// at once.
void IngestCall::end(const grpc::Status& status) {
  open_.reset();
  Finish(status);
}

std::optional<Failure> IngestCall::take_message() {
  if (auto failure = parts_.door.refusal_now(parts_.context, kIngest)) {
    return failure;
  }
  if (covered_) {
    return invalid("COVERED_INVALID", "covered", "it belongs into the stream's last message");
  }
  auto read = read_batch(message_, parts_.clock.wall());
  message_.Clear();
  if (auto* failure = std::get_if<Failure>(&read)) {
    return std::move(*failure);
  }
  const auto& batch = std::get<IngestBatch>(read);
  covered_ = batch.covered;
  const Result<store::Ingested> taken = parts_.store.ingest(batch.deliveries, stop_.get_token());
  if (!taken) {
    return from_store(taken.error());
  }
  response_.set_deliveries(response_.deliveries() + batch.deliveries.size());
  response_.set_known(response_.known() + taken->known);
  response_.set_too_old(response_.too_old() + taken->too_old);
  return std::nullopt;
}

}  // namespace etymon::service

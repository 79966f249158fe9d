#include "api/service/lookup_stream_call.h"

#include <utility>

#include "api/service/answer_octets.h"
#include "api/service/patience.h"

namespace etymon::service {
namespace {

// A response leaves when it has grown to this size: with one more answer of kAnswerBytesMax it
// stays below the 4 MiB that gRPC's clients take by default.
constexpr size_t kResponseBytes = 1 << 20;

// For so long the questions of one request are answered before others have their turn: a round
// keeps a thread of gRPC's, of which there are few, and its look files that are to go. Hundreds of
// questions about one address each take no longer.
constexpr Milliseconds kRoundTime{10};

}  // namespace

LookupStreamCall::LookupStreamCall(const Parts& parts, StreamPlaces::Place place)
    : parts_(parts),
      open_(std::move(place)),
      quick_(parts.context, parts.clock),
      stall_(parts.context, parts.desk.stall_time(),
             [this] { Finish(to_status(client_stalled())); }) {
  StartRead(&request_);
}

void LookupStreamCall::OnReadDone(bool ok) {
  if (!ok) {
    end(grpc::Status::OK);
    return;
  }
  if (const auto failure = admit()) {
    end(to_status(*failure));
  } else if (request_.failure()) {
    end(to_status(*request_.failure()));
  } else {
    answered_ = 0;
    go_on();
  }
}

// With each request, and with each response to one that has several.
std::optional<Failure> LookupStreamCall::admit() {
  auto caller = parts_.door.admit(parts_.context, {"LookupStream"});
  if (auto* failure = std::get_if<Failure>(&caller)) {
    return std::move(*failure);
  }
  caller_ = std::move(std::get<Caller>(caller));
  return std::nullopt;
}

void LookupStreamCall::OnWriteDone(bool ok) {
  if (!stall_.disarm()) {
    return;
  }
  if (!ok) {
    return end(grpc::Status::CANCELLED);
  }
  if (answered_ < request_->questions_size()) {
    if (const auto failure = admit()) {
      return end(to_status(*failure));
    }
  }
  go_on();
}

void LookupStreamCall::go_on() {
  if (answered_ == request_->questions_size()) {
    await_request();
  } else if (is_much_) {
    read_at_desk();
  } else {
    answer_some();
  }
}

// Who is silent, for days maybe, keeps nothing of what he asked and was told before: megabytes.
void LookupStreamCall::await_request() {
  request_ = {};
  response_ = {};
  std::string().swap(answer_);
  StartRead(&request_);
}

void LookupStreamCall::answer_some() {
  response_.Clear();
  const MonotonicTime others_turn = parts_.clock.monotonic() + kRoundTime;
  LookupRound round = parts_.lookups.round();
  do {
    if (parts_.context.IsCancelled()) {  // By the caller, or because its deadline has passed.
      return end(grpc::Status::CANCELLED);
    }
    if (!answer_quickly(round, request_->questions(answered_))) {
      is_much_ = true;
      break;
    }
    ++answered_;
  } while (answered_ < request_->questions_size() && response_.octets.size() < kResponseBytes &&
           parts_.clock.monotonic() < others_turn);
  if (!response_.octets.empty()) {
    write();
  } else {
    read_at_desk();
  }
}

// False: there is too much to read for this thread.
bool LookupStreamCall::answer_quickly(LookupRound& round, const v1::LookupRequest& question) {
  if (auto refusal =
          parts_.door.refuse(caller_, parts_.context, errand("LookupStream", question))) {
    add(*std::move(refusal));
    return true;
  }
  auto found = round.answer(question, quick_.bounds());
  if (const auto* failure = std::get_if<Failure>(&found);
      failure != nullptr && is_beyond_bounds(*failure)) {
    return false;
  }
  add(std::move(found));
  return true;
}

void LookupStreamCall::read_at_desk() {
  is_much_ = false;
  auto place = parts_.desk.reader(caller_.name);
  if (const auto* failure = std::get_if<Failure>(&place)) {
    response_.Clear();
    ++answered_;
    add(*failure);
    return write();
  }
  place_.emplace(std::get<ReadingDesk::Place>(std::move(place)));
  parts_.desk.post_reader(caller_.name, [this](const auto& refusal) { answer_at_desk(refusal); });
}

// Since the question was set aside its caller may have been taken off the list, or be let to ask
// about others only.
void LookupStreamCall::answer_at_desk(const std::optional<Failure>& refusal) {
  if (const auto failure = admit()) {
    return end(to_status(*failure));
  }
  const v1::LookupRequest& question = request_->questions(answered_++);
  auto why_not =
      parts_.door.refuse_again(caller_, parts_.context, errand("LookupStream", question));
  if (!why_not) {
    why_not = refusal;
  }
  auto found = why_not ? *std::move(why_not) : read_much(question);
  place_.reset();
  response_.Clear();
  add(std::move(found));
  write();
}

Outcome<attribution::LookupAnswer> LookupStreamCall::read_much(
    const v1::LookupRequest& question) const {
  Patience patience(time_to_read(parts_.context, parts_.desk.read_time()));
  const std::stop_callback cancelled(stop_.get_token(), [&patience] { patience.end(); });
  const std::stop_token stop = patience.token();
  return parts_.lookups.answer(question, {.others = others_for(caller_), .should_stop = [&stop] {
                                            return stop.stop_requested();
                                          }});
}

void LookupStreamCall::add(Outcome<attribution::LookupAnswer> found) {
  if (const auto* failure = std::get_if<Failure>(&found)) {
    return append_result(*failure, response_.octets);
  }
  auto& answer = std::get<attribution::LookupAnswer>(found);
  remove_others(caller_, answer);
  answer_.clear();
  append_answer(answer, kAnswerBytesMax, answer_);
  append_result(answer_, response_.octets);
}

void LookupStreamCall::write() {
  stall_.arm();
  StartWrite(&response_);
}

// The place is free before the caller can know that the call has ended. Who takes no answers has it
// until none is kept for him.
void LookupStreamCall::end(const grpc::Status& status) {
  open_.reset();
  Finish(status);
}

}  // namespace etymon::service

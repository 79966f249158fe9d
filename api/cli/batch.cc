#include "api/cli/batch.h"

#include <condition_variable>
#include <deque>
#include <optional>
#include <thread>
#include <vector>

#include "api/cli/json.h"
#include "resolver/base/guarded.h"

namespace etymon::cli {

namespace {

// Questions of one request: enough to make its own cost small, few enough for 64 KiB.
constexpr size_t kGroupMax = 256;

// Requests that are asked but not yet answered. Keeps both ends busy over a slow connection, and
// memory at some thousand questions.
constexpr size_t kInFlightMax = 16;

// One line: its question, or why it has none.
struct Slot {
  v1::LookupRequest question;
  std::optional<v1::LookupResult> refused;
};

using Group = std::vector<Slot>;

v1::LookupResult refusal(const std::string& message) {
  v1::LookupResult result;
  result.mutable_error()->set_code(google::rpc::INVALID_ARGUMENT);
  result.mutable_error()->set_reason("QUESTION_INVALID");
  result.mutable_error()->set_message(message);
  return result;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

Slot read_slot(const LineReader::Line& line) {
  if (line.cut) {
    return {
        {},
        refusal("no question: longer than " + std::to_string(LineReader::kLineMax) + " octets")};
  }
  Result<v1::LookupRequest> question = question_from_json(line.text);
  if (!question) {
    return {{}, refusal(question.error().message)};
  }
  return {*std::move(question), {}};
}

v1::LookupStreamRequest request_of(const Group& group) {
  v1::LookupStreamRequest request;
  for (const Slot& slot : group) {
    if (!slot.refused) {
      *request.add_questions() = slot.question;
    }
  }
  return request;
}

// The groups in flight, in order. The asking thread puts them in and waits while there are too
// many; the answering one takes them out and waits while there is none.
class InFlight {
 public:
  // False: nobody answers any more.
  bool put(Group group) {
    auto state = state_.lock();
    changed_.wait(state.mutex_lock(),
                  [&] { return state->groups.size() < kInFlightMax || state->abandoned; });
    state->groups.push_back(std::move(group));
    changed_.notify_all();
    return !state->abandoned;
  }

  // The oldest group; nothing at the end.
  std::optional<Group> take() {
    auto state = state_.lock();
    changed_.wait(state.mutex_lock(), [&] { return !state->groups.empty() || state->complete; });
    if (state->groups.empty()) {
      return std::nullopt;
    }
    Group group = std::move(state->groups.front());
    state->groups.pop_front();
    changed_.notify_all();
    return group;
  }

  void complete() {
    state_.lock()->complete = true;
    changed_.notify_all();
  }

  void abandon() {
    state_.lock()->abandoned = true;
    changed_.notify_all();
  }

 private:
  struct State {
    std::deque<Group> groups;
    bool complete = false;   // no more will be put
    bool abandoned = false;  // no more will be taken
  };
  Guarded<State> state_;
  std::condition_variable changed_;
};

// The asking thread.
class Asker {
 public:
  Asker(LineReader& lines, LookupStream& stream, InFlight& in_flight)
      : lines_(lines), stream_(stream), in_flight_(in_flight) {}

  Status run() {
    const Status read = ask_all();
    stream_.writes_done();
    in_flight_.complete();
    return read;
  }

 private:
  Status ask_all() {
    for (;;) {
      const Result<LineReader::More> more = lines_.fill();
      if (!more) {
        return more.error();
      }
      if (*more == LineReader::More::kEnd || !ask_arrived()) {
        return {};
      }
    }
  }

  // Everything that is there without waiting. False: nobody answers any more.
  bool ask_arrived() {
    Group group;
    while (const std::optional<LineReader::Line> line = lines_.next()) {
      if (!is_blank(line->text)) {
        group.push_back(read_slot(*line));
      }
      if (group.size() == kGroupMax && !ask(std::exchange(group, {}))) {
        return false;
      }
    }
    return group.empty() || ask(std::move(group));
  }

  bool ask(Group group) {
    const v1::LookupStreamRequest request = request_of(group);
    return in_flight_.put(std::move(group)) && stream_.write(request);
  }

  LineReader& lines_;
  LookupStream& stream_;
  InFlight& in_flight_;
};

// The results of a stream in their order, however many of them a response holds.
class Results {
 public:
  explicit Results(LookupStream& stream) : stream_(stream) {}

  // Null when the stream has ended. Valid until the next call.
  const v1::LookupResult* next() {
    while (taken_ == response_.results_size()) {
      if (!stream_.read(response_)) {
        return nullptr;
      }
      taken_ = 0;
    }
    return &response_.results(taken_++);
  }

 private:
  LookupStream& stream_;
  v1::LookupStreamResponse response_;
  int taken_ = 0;  // results of response_
};

enum class Outcome { kAllAnswered, kStreamEnded };

// Writes one group's answers.
Outcome write_group(const Group& group, Results& results, const WriteAnswer& write) {
  for (const Slot& slot : group) {
    const v1::LookupResult* result = slot.refused ? &*slot.refused : results.next();
    if (result == nullptr) {
      return Outcome::kStreamEnded;
    }
    write({slot.question, *result});
  }
  return Outcome::kAllAnswered;
}

Result<Outcome> answer_all(InFlight& in_flight, LookupStream& stream, const WriteAnswer& write,
                           const FlushAnswers& flush) {
  Results results(stream);
  while (const std::optional<Group> group = in_flight.take()) {
    const Outcome outcome = write_group(*group, results, write);
    if (const Status flushed = flush(); !flushed) {
      return flushed.error();
    }
    if (outcome == Outcome::kStreamEnded) {
      return outcome;
    }
  }
  return Outcome::kAllAnswered;
}

}  // namespace

Status answer_lines(LineReader& lines, LookupStream& stream, const WriteAnswer& write,
                    const FlushAnswers& flush) {
  InFlight in_flight;
  Status asked;
  std::thread asker([&] { asked = Asker(lines, stream, in_flight).run(); });
  const Result<Outcome> answered = answer_all(in_flight, stream, write, flush);
  if (!answered) {
    stream.cancel();  // else its end would wait for answers that nobody reads
  }
  if (!answered || *answered == Outcome::kStreamEnded) {
    in_flight.abandon();
    lines.cancel();
  }
  asker.join();
  const Status ended = stream.finish();
  if (!answered) {
    return answered.error();
  }
  if (!ended) {
    return ended;
  }
  if (*answered == Outcome::kStreamEnded) {
    return Error{ErrorCode::kInternal, "the server ended the stream before its answers"};
  }
  return asked;
}

}  // namespace etymon::cli

#include "api/cli/batch.h"

#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "api/cli/in_flight.h"
#include "api/cli/json.h"
#include "api/cli/logs/scan.h"
#include "api/cli/stream_results.h"
#include "proto/message_memory.h"

namespace etymon::cli {

namespace {

// Of one request: enough questions to make its own cost small, and so few octets of JSON that they
// have less than 64 KiB in protobuf.
constexpr size_t kGroupMax = 256;
constexpr size_t kGroupOctetsMax = 32 << 10;

// Some lines: their questions as they are asked, and in which places there is none.
struct Group {
  struct Refused {
    size_t line = 0;  // counted within the group
    v1::LookupRequest read;
    v1::LookupResult result;
  };

  google::protobuf::Arena memory{message_memory()};
  v1::LookupStreamRequest& request =
      *google::protobuf::Arena::CreateMessage<v1::LookupStreamRequest>(&memory);
  std::vector<Refused> refused;  // in order
  size_t lines = 0;
  size_t octets = 0;  // of the lines

  bool is_full() const { return lines == kGroupMax || octets >= kGroupOctetsMax; }
};

// Read by both threads once it is complete.
using SharedGroup = std::shared_ptr<const Group>;

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

Status read_line(const LineReader::Line& line, WallTime now, v1::LookupRequest& question) {
  if (line.part != LineReader::Part::kWhole) {
    return Error{ErrorCode::kInvalidArgument,
                 "no question: longer than " + std::to_string(kLineMax) + " octets"};
  }
  const std::string_view text = logs::without_mark(line.text);
  if (is_blank(text)) {
    return Error{ErrorCode::kInvalidArgument, "no question: the line is blank"};
  }
  return read_question(text, now, question);
}

void add(const LineReader::Line& line, WallTime now, Group& group) {
  v1::LookupRequest& question = *group.request.add_questions();
  if (const Status read = read_line(line, now, question); !read) {
    group.refused.push_back({group.lines, question, refusal(read.error().message)});
    group.request.mutable_questions()->RemoveLast();
  }
  ++group.lines;
  group.octets += line.text.size();
}

// The asking thread.
class Asker {
 public:
  Asker(LineReader& lines, LookupStream& stream, const Clock& clock,
        InFlight<SharedGroup>& in_flight)
      : lines_(lines), stream_(stream), clock_(clock), in_flight_(in_flight) {}

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
    auto group = std::make_shared<Group>();
    const WallTime now = clock_.wall();
    while (const std::optional<LineReader::Line> line = lines_.next()) {
      if (line->part != LineReader::Part::kNext) {
        add(*line, now, *group);
      }
      if (group->is_full() && !ask(std::exchange(group, std::make_shared<Group>()))) {
        return false;
      }
    }
    return group->lines == 0 || ask(group);
  }

  bool ask(const SharedGroup& group) {
    return in_flight_.put(group) && stream_.write(group->request);
  }

  LineReader& lines_;
  LookupStream& stream_;
  const Clock& clock_;
  InFlight<SharedGroup>& in_flight_;
};

enum class Outcome { kAllAnswered, kStreamEnded };

// Writes one group's answers.
Outcome write_group(const Group& group, StreamResults& results, const WriteAnswer& write) {
  auto refused = group.refused.begin();
  int asked = 0;
  for (size_t line = 0; line < group.lines; ++line) {
    if (refused != group.refused.end() && refused->line == line) {
      write({refused->read, refused->result, AnsweredBy::kNobody});
      ++refused;
      continue;
    }
    const v1::LookupResult* result = results.next();
    if (result == nullptr) {
      return Outcome::kStreamEnded;
    }
    write({group.request.questions(asked++), *result});
  }
  return Outcome::kAllAnswered;
}

Result<Outcome> answer_all(InFlight<SharedGroup>& in_flight, LookupStream& stream,
                           const WriteAnswer& write, const FlushAnswers& flush) {
  StreamResults results(stream);
  while (const std::optional<SharedGroup> group = in_flight.take()) {
    const Outcome outcome = write_group(**group, results, write);
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

Status answer_lines(LineReader& lines, LookupStream& stream, const Clock& clock,
                    const WriteAnswer& write, const FlushAnswers& flush) {
  InFlight<SharedGroup> in_flight;
  Status asked;
  std::thread asker([&] { asked = Asker(lines, stream, clock, in_flight).run(); });
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

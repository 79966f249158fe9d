#include "api/cli/annotate.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "api/cli/annotation.h"
#include "api/cli/answer_memory.h"
#include "api/cli/courier.h"
#include "api/cli/json/object.h"
#include "api/cli/question.h"
#include "api/cli/status_text.h"
#include "api/cli/stream_results.h"
#include "proto/message_memory.h"

namespace etymon::cli {
namespace {

// Of one request: enough lines to make its own cost small, few enough questions for 64 KiB.
constexpr size_t kGroupLinesMax = 256;
constexpr size_t kGroupOctetsMax = 128 << 10;

// A moment has passed for good when the server's clock, too, must be behind it.
constexpr Microseconds kSettled = Seconds(5);

// How the answer to a line is written: a number for QuestionKey::form.
enum class Form : uint32_t { kText, kJson, kColumns };

// One line, as it was read, and what is to be added to it.
struct Slot {
  size_t begin = 0;  // of its text in the group's
  size_t length = 0;
  size_t ending = 0;                        // octets of its line break
  const logs::LogReader* reader = nullptr;  // null: nobody knows it
  LineReader::Part part = LineReader::Part::kWhole;
  std::shared_ptr<const Annotation> annotation;  // null: none
};

// Where the answer to a question goes, and how it is written.
struct Asked {
  Form form = Form::kText;
  char separator = '\t';
  std::shared_ptr<Annotation> annotation;
};

struct Group {
  std::string text;  // of all its lines, one after the other
  std::vector<Slot> slots;
  google::protobuf::Arena memory{message_memory()};
  v1::LookupStreamRequest& request =
      *google::protobuf::Arena::CreateMessage<v1::LookupStreamRequest>(&memory);
  std::vector<Asked> asked;  // one for each question of the request
  uint64_t without_time = 0;
  uint64_t began_before = 0;
};

// Read by all threads once it is complete.
using SharedGroup = std::shared_ptr<const Group>;

Form form_of(const logs::LogReader& reader, AnnotateOutput output) {
  if (output == AnnotateOutput::kJson || reader.shape() == logs::Shape::kJson) {
    return Form::kJson;
  }
  return reader.shape() == logs::Shape::kColumns ? Form::kColumns : Form::kText;
}

std::string write_annotation(const Asked& asked, const v1::LookupRequest& question,
                             const v1::LookupResult& result) {
  switch (asked.form) {
    case Form::kText:
      return text_annotation(question, result);
    case Form::kColumns:
      return column_annotation(result, asked.separator);
    case Form::kJson:
      return json_annotation(question, result);
  }
  return {};
}

// Whether anybody answers.
enum class Asking { kGoesOn, kEnded };

// The asking thread: reads lines, knows what they ask.
class Asker {
 public:
  Asker(const Annotator& annotator, AnnotateOutput output, Courier<Group>& courier)
      : annotator_(annotator), output_(output), courier_(courier) {}

  Status run() {
    const Status read = ask_all();
    courier_.complete();
    return read;
  }

 private:
  Status ask_all() {
    for (;;) {
      const Result<LineReader::More> more = annotator_.lines.fill();
      if (!more) {
        return more.error();
      }
      if (*more == LineReader::More::kEnd) {
        return {};
      }
      const Result<Asking> asked = ask_arrived();
      if (!asked) {
        return asked.error();
      }
      if (*asked == Asking::kEnded) {
        return {};
      }
    }
  }

  // Everything that is there without waiting. Error: what add() says.
  Result<Asking> ask_arrived() {
    settled_ = annotator_.clock.wall() - kSettled;
    auto group = std::make_shared<Group>();
    while (const std::optional<LineReader::Line> line = annotator_.lines.next()) {
      if (const Status added = add(*line, *group); !added) {
        return added.error();
      }
      const bool full =
          group->slots.size() == kGroupLinesMax || group->text.size() >= kGroupOctetsMax;
      if (full && !courier_.put(std::exchange(group, std::make_shared<Group>()))) {
        return Asking::kEnded;
      }
    }
    return group->slots.empty() || courier_.put(group) ? Asking::kGoesOn : Asking::kEnded;
  }

  // Error kInvalidArgument: the log is not what the settings say, and all else would be wrong.
  Status add(const LineReader::Line& line, Group& group) {
    Slot slot{group.text.size(), line.text.size(), line.ending.size(), nullptr, line.part, {}};
    group.text += line.text;
    group.text += line.ending;
    if (line.part == LineReader::Part::kWhole) {
      const logs::Recognizer::Recognized found = annotator_.recognizer.read(line.text);
      if (found.reading == logs::Reading::kWrongHeader) {
        return Error{ErrorCode::kInvalidArgument, found.reader->mistake_in(line.text)};
      }
      slot.reader = found.reader;
      if (found.reading == logs::Reading::kFlow) {
        slot.annotation = annotation_for(found, group);
      }
    }
    group.slots.push_back(std::move(slot));
    return {};
  }

  std::shared_ptr<const Annotation> annotation_for(const logs::Recognizer::Recognized& found,
                                                   Group& group) {
    const Form form = form_of(*found.reader, output_);
    QuestionKey key = key_of(found.flow, annotator_.recognizer);
    key.form = static_cast<uint32_t>(form);
    group.without_time += uint64_t{key.at ? 0U : 1U};
    group.began_before += uint64_t{found.flow.began_before ? 1U : 0U};
    const bool settled = key.at && *key.at + key.tolerance < settled_;
    if (settled) {
      if (auto known = memory_.find(key)) {
        return known;
      }
    }
    auto annotation = std::make_shared<Annotation>();
    write_question(key, *group.request.add_questions());
    group.asked.push_back({form, found.reader->separator(), annotation});
    if (settled) {
      memory_.remember(key, annotation);
    }
    return annotation;
  }

  const Annotator& annotator_;
  AnnotateOutput output_;
  Courier<Group>& courier_;
  AnswerMemory memory_;
  WallTime settled_{};  // moments before this have passed for good
};

// How long a server is waited for that was there until now, as when it is started anew; how long
// one that is away, while the lines stand still; and how often that is done.
constexpr Milliseconds kReturnPatience{1'500};
constexpr Milliseconds kAwayPatience{100};
constexpr Milliseconds kAwayPause{1'000};

// The answering thread's side of the server: an answer for every question, from whatever stream,
// or what stands for one.
class Answers {
 public:
  Answers(const Annotator& annotator, Courier<Group>& courier)
      : server_(annotator.server), clock_(annotator.clock), courier_(courier) {}

  // REQUIRES: the group is the courier's oldest.
  void answer(const Group& group) {
    size_t answered = 0;
    while (answered < group.asked.size() && (stream_ != nullptr || open())) {
      answered = std::max(answered, read(group));
      if (answered < group.asked.size()) {
        close();
      }
    }
    for (; answered < group.asked.size(); ++answered) {
      write(group, answered, no_answer(why_));
      group.asked[answered].annotation->unanswered = true;
    }
  }

  // What is under way is dropped.
  void cancel() {
    if (stream_ != nullptr) {
      stream_->cancel();
    }
  }

  // REQUIRES: nobody sends any more.
  void finish() {
    if (stream_ != nullptr) {
      stream_->writes_done();
      static_cast<void>(stream_->finish());  // All that was asked is answered, or nobody wants it.
    }
  }

 private:
  // False: there is none now, and `why_` says why.
  bool open() {
    if (clock_.monotonic() < not_before_) {
      return false;
    }
    if (!server_.is_reachable(std::exchange(patience_, kAwayPatience))) {
      why_ = {ErrorCode::kUnavailable, "the server cannot be reached"};
      not_before_ = clock_.monotonic() + kAwayPause;
      return false;
    }
    stream_ = server_.open();
    results_.emplace(*stream_);
    courier_.send_to(stream_);
    return true;
  }

  // One that ended before it answered anything would do so again at once.
  void close() {
    courier_.drop_stream();
    const Status ended = stream_->finish();
    why_ = ended ? Error{ErrorCode::kUnavailable, "the server ended the stream"} : ended.error();
    results_.reset();
    stream_.reset();
    if (!std::exchange(was_useful_, false)) {
      not_before_ = clock_.monotonic() + kAwayPause;
    }
  }

  // How many of its questions were answered.
  size_t read(const Group& group) {
    for (size_t i = 0; i < group.asked.size(); ++i) {
      const v1::LookupResult* result = results_->next();
      if (result == nullptr) {
        return i;
      }
      write(group, i, *result);
    }
    was_useful_ = true;
    patience_ = kReturnPatience;
    return group.asked.size();
  }

  static void write(const Group& group, size_t i, const v1::LookupResult& result) {
    const Asked& asked = group.asked[i];
    const v1::LookupRequest& question = group.request.questions(static_cast<int>(i));
    asked.annotation->written = write_annotation(asked, question, result);
    asked.annotation->outcome = outcome_of(result);
  }

  const LookupServer& server_;
  const Clock& clock_;
  Courier<Group>& courier_;
  std::shared_ptr<LookupStream> stream_;  // null: there is none
  std::optional<StreamResults> results_;  // of the stream
  bool was_useful_ = false;               // the stream has answered a group
  Milliseconds patience_ = kReturnPatience;
  MonotonicTime not_before_ = MonotonicTime::min();  // another stream is opened
  Error why_;                                        // there was no answer
};

// The answering thread's part: lines with what belongs to them.
class Writer {
 public:
  Writer(AnnotateOutput output, const AnnotateSink& sink) : output_(output), sink_(sink) {}

  Status run(Courier<Group>& courier, Answers& answers) {
    while (const SharedGroup group = courier.oldest()) {
      answers.answer(*group);
      courier.pop();
      if (const Status written = write(*group); !written) {
        return written;
      }
    }
    return {};
  }

  AnnotateCounts take_counts() {
    for (const auto& [reader, lines] : by_reader_) {
      counts_.formats[std::string(reader->name())] += lines;
    }
    return std::move(counts_);
  }

 private:
  Status write(const Group& group) {
    counts_.asked += group.asked.size();
    counts_.without_time += group.without_time;
    counts_.began_before += group.began_before;
    out_.clear();
    for (const Slot& slot : group.slots) {
      count(slot);
      const std::string_view text = std::string_view(group.text).substr(slot.begin, slot.length);
      const std::string_view ending =
          std::string_view(group.text).substr(slot.begin + slot.length, slot.ending);
      if (output_ == AnnotateOutput::kJson) {
        append_object(slot, text);
      } else {
        append_in_place(slot, text);
        out_ += ending;
      }
    }
    octets_ += group.text.size();
    const Status written = sink_.write(out_);
    sink_.progress(octets_);
    return written;
  }

  void append_in_place(const Slot& slot, std::string_view text) {
    if (!slot.annotation) {
      out_ += text;
      out_ += slot.reader == nullptr ? "" : slot.reader->header_addition(text);
      return;
    }
    const bool is_json = slot.reader->shape() == logs::Shape::kJson;
    const size_t end = is_json ? text.rfind('}') : text.size();
    out_ += text.substr(0, end);
    out_ += is_json ? ",\"etymon\":" : "";
    out_ += slot.annotation->written;
    out_ += text.substr(end);
  }

  // {"format":"netfilter","etymon":{...},"line":"..."}
  void append_object(const Slot& slot, std::string_view text) {
    if (slot.part == LineReader::Part::kNext) {
      return;
    }
    json::Object object(out_);
    object.text("format", slot.reader == nullptr ? "unknown" : slot.reader->name());
    if (slot.annotation) {
      object.key("etymon") += slot.annotation->written;
    }
    if (slot.part == LineReader::Part::kFirst) {
      object.boolean("cut", true);
    }
    object.text("line", text);
    object.close();
    out_ += '\n';
  }

  void count(const Slot& slot) {
    if (slot.part == LineReader::Part::kNext) {
      return;
    }
    ++counts_.lines;
    if (slot.part == LineReader::Part::kFirst) {
      ++counts_.too_long;
    } else if (slot.reader == nullptr) {
      ++counts_.unknown;
    } else {
      ++by_reader_[slot.reader];
    }
    if (slot.annotation) {
      ++counter_of(slot.annotation->outcome);
    }
  }

  uint64_t& counter_of(Outcome outcome) {
    switch (outcome) {
      case Outcome::kNamed:
        return counts_.named;
      case Outcome::kAmbiguous:
        return counts_.ambiguous;
      case Outcome::kOfOthers:
        return counts_.of_others;
      case Outcome::kError:
        return counts_.errors;
      case Outcome::kUnnamed:
        break;
    }
    return counts_.unnamed;
  }

  AnnotateOutput output_;
  const AnnotateSink& sink_;
  AnnotateCounts counts_;
  std::map<const logs::LogReader*, uint64_t> by_reader_;
  std::string out_;  // kept for its memory
  uint64_t octets_ = 0;
};

}  // namespace

std::string summary_of(const AnnotateCounts& counts) {
  std::string text = count_of(counts.lines, "line", "lines");
  std::string separator = ": ";
  const auto add = [&](const std::string& what, uint64_t number) {
    if (number > 0) {
      text += std::exchange(separator, ", ") + what + " " + grouped(number);
    }
  };
  for (const auto& [format, lines] : counts.formats) {
    add(format, lines);
  }
  add("unknown", counts.unknown);
  add("too long", counts.too_long);
  separator = "; ";
  add("named", counts.named);
  add("ambiguous", counts.ambiguous);
  add("told to other hosts only", counts.of_others);
  add("without a name", counts.unnamed);
  add("errors", counts.errors);
  separator = "; ";
  add("without a time, asked about as of now:", counts.without_time);
  add("without a beginning, asked about as of a later event:", counts.began_before);
  return text;
}

std::string mismatch_of(const AnnotateCounts& counts, const logs::Settings& settings) {
  const bool any =
      counts.named + counts.ambiguous + counts.of_others + counts.unnamed + counts.errors > 0;
  const std::string by = !settings.columns.empty() ? "--columns"
                         : !settings.regex.empty() ? "--regex"
                                                   : "";
  return any || by.empty() || counts.unknown == 0
             ? ""
             : "; none could be read as " + by + " says, addresses and time";
}

namespace {

// Whether the server takes questions at all. Errors: the server's, and that it cannot be reached.
Status try_out(const LookupServer& server) {
  const std::unique_ptr<LookupStream> stream = server.open();
  stream->writes_done();
  return stream->finish();
}

}  // namespace

Result<AnnotateCounts> annotate(const Annotator& annotator, AnnotateOutput output,
                                const AnnotateSink& sink) {
  if (const Status there = try_out(annotator.server); !there) {
    return there.error();
  }
  Courier<Group> courier;
  Status asked;
  std::thread asker([&] { asked = Asker(annotator, output, courier).run(); });
  std::thread sender([&] { courier.send_all(); });
  Writer writer(output, sink);
  Answers answers(annotator, courier);
  const Status written = writer.run(courier, answers);
  if (!written) {
    answers.cancel();  // else what is being sent may wait for answers that nobody reads
    annotator.lines.cancel();
  }
  courier.end();
  asker.join();
  sender.join();
  answers.finish();
  if (!written) {
    return written.error();
  }
  return asked ? Result<AnnotateCounts>(writer.take_counts()) : asked.error();
}

}  // namespace etymon::cli

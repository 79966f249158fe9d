#include "api/cli/logs/recognizer.h"

#include <algorithm>

#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

Error invalid(const std::string& option, const std::string& message) {
  return {ErrorCode::kInvalidArgument, option + ": " + message};
}

// What of `line` is an object of JSON that has a member (RFC 8259 section 4): all of it, or what
// stands behind a syslog header. Empty for text; a packet filter's prefix may be "{drop} ".
std::string_view object_in(std::string_view line) {
  if (line.find('{') == std::string_view::npos) {
    return {};  // the quick way for what most lines are
  }
  const std::string_view object = line.substr(syslog_header_length(line));
  std::string_view rest = object;
  const bool opens = take(rest, "{");
  skip_blanks(rest);
  return opens && rest.starts_with('"') ? object : std::string_view();
}

// What hides a line's beginning: U+FEFF, and octets of 0, which a file has after a crash where it
// had grown and nothing was written yet.
std::string_view begin_of(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of('\0'), line.size()));
  return without_mark(line);
}

}  // namespace

Result<std::unique_ptr<Recognizer>> Recognizer::create(const Settings& settings,
                                                       const Clock& clock) {
  const Result<Zone> zone = Zone::from_text(settings.timezone);
  if (!zone) {
    return invalid("--timezone", zone.error().message);
  }
  std::unique_ptr<Recognizer> recognizer(new Recognizer(clock, *zone, settings.year));
  for (const std::string& text : settings.lan) {
    const Result<IpPrefix> prefix = IpPrefix::from_text(text);
    if (!prefix) {
      return invalid("--lan", prefix.error().message);
    }
    recognizer->inside_.add(*prefix);
  }
  if (const Status status = recognizer->set_readers(settings); !status) {
    return status.error();
  }
  return recognizer;
}

Status Recognizer::set_readers(const Settings& settings) {
  const auto use = [&](const std::string& option, Result<std::unique_ptr<LogReader>> made) {
    if (!made) {
      return Status(invalid(option, made.error().message));
    }
    readers_.push_back(*std::move(made));
    return Status();
  };
  described_ = !settings.columns.empty() || !settings.regex.empty();
  if (!settings.columns.empty()) {
    const std::string& written = settings.separator;
    const bool tab = written == "\\t" || written == "tab";
    if (!tab && written.size() != 1) {
      return invalid("--separator", "it is one character, or \"tab\"");
    }
    return use("--columns", csv_reader(times_, settings.columns, tab ? '\t' : written[0]));
  }
  if (!settings.regex.empty()) {
    return use("--regex", regex_reader(times_, settings.regex));
  }
  if (settings.format == kAutomatic) {
    readers_ = automatic_readers(times_);
    const auto others = std::stable_partition(
        readers_.begin(), readers_.end(), [](const auto& reader) { return reader->is_marked(); });
    marked_ = static_cast<size_t>(others - readers_.begin());
    return {};
  }
  return use("--format", named_reader(settings.format, times_));
}

std::optional<size_t> Recognizer::nth(size_t turn) const {
  if (turn < marked_) {
    return turn;
  }
  const size_t place = turn == marked_ ? last_ : turn - 1;
  const bool was_tried = turn == marked_ ? last_ < marked_ : place == last_;
  return was_tried ? std::nullopt : std::optional(place);
}

Recognizer::Recognized Recognizer::read_record(std::string_view text,
                                               std::optional<WrittenTime> header) {
  for (const auto& reader : readers_) {
    reader->begin_record();
  }
  return read(text, header);
}

Recognizer::Recognized Recognizer::read(std::string_view line, std::optional<WrittenTime> header) {
  line = begin_of(line);
  times_.set_header(header);
  const std::string_view object = described_ ? std::string_view() : object_in(line);
  Recognized found;
  for (size_t turn = 0; turn <= readers_.size(); ++turn) {
    const std::optional<size_t> place = nth(turn);
    if (!place) {
      continue;
    }
    LogReader& reader = *readers_[*place];
    const bool reads_objects = reader.shape() == Shape::kJson;
    if (reads_objects == object.empty()) {
      continue;
    }
    found.reading = reader.read(reads_objects ? object : line, found.flow);
    if (found.reading == Reading::kOther) {
      return {nullptr, Reading::kOther, {}};
    }
    if (found.reading != Reading::kUnknown) {
      found.reader = &reader;
      last_ = *place;
      return found;
    }
    found.flow = Flow{};
  }
  return found;
}

}  // namespace etymon::cli::logs

#include "api/cli/logs/recognizer.h"

#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

Error invalid(const std::string& option, const std::string& message) {
  return {ErrorCode::kInvalidArgument, option + ": " + message};
}

// As an object begins that has a member (RFC 8259 section 4); a packet filter's prefix may be
// "{drop} ".
bool begins_object(std::string_view line) {
  skip_blanks(line);
  if (!take(line, "{")) {
    return false;
  }
  skip_blanks(line);
  return line.starts_with('"');
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
    return {};
  }
  return use("--format", named_reader(settings.format, times_));
}

bool Recognizer::is_for(const LogReader& reader, std::string_view line) const {
  return described_ || reader.shape() == Shape::kJson || !begins_object(line);
}

Recognizer::Recognized Recognizer::read(std::string_view line) {
  Recognized found;
  for (size_t i = 0; i <= readers_.size(); ++i) {
    // First the one that knew the last line, then all in their order.
    const size_t tried = i == 0 ? last_ : i - 1;
    if ((i > 0 && tried == last_) || !is_for(*readers_[tried], line)) {
      continue;
    }
    found.reading = readers_[tried]->read(line, found.flow);
    if (found.reading != Reading::kUnknown) {
      found.reader = readers_[tried].get();
      last_ = tried;
      return found;
    }
    found.flow = Flow{};
  }
  return found;
}

}  // namespace etymon::cli::logs

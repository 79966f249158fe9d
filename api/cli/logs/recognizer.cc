#include "api/cli/logs/recognizer.h"

namespace etymon::cli::logs {
namespace {

Error invalid(const std::string& option, const std::string& message) {
  return {ErrorCode::kInvalidArgument, option + ": " + message};
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

Recognizer::Recognized Recognizer::read(std::string_view line) {
  Recognized found;
  for (size_t i = 0; i <= readers_.size(); ++i) {
    // First the one that knew the last line, then all in their order.
    const size_t tried = i == 0 ? last_ : i - 1;
    if (i > 0 && tried == last_) {
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

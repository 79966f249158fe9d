#include "api/cli/rsyslog.h"

#include <array>
#include <optional>
#include <string>

#include "api/cli/annotation.h"
#include "api/cli/json/scan.h"
#include "api/cli/question.h"

namespace etymon::cli {
namespace {

// A message as rsyslog hands it over.
struct Message {
  std::string text;
  std::string raw;  // all of it, as it came; empty where `text` is all that is known
  std::optional<WrittenTime> time;  // of its header
};

// What the header says where it writes the zone: rsyslog passes over some zones (UTC behind a year,
// as Cisco ASA writes it) and takes its own. Else what rsyslog says, which knows the zone and the
// year.
std::optional<WrittenTime> time_of_header(std::string_view raw,
                                          std::optional<std::string_view> reported,
                                          const logs::LogTimes& times) {
  const auto written = times.take_header(raw);
  if (written && written->has_zone) {
    return written;
  }
  return reported ? times.whole(*reported) : std::nullopt;
}

// fulljson is told by its members.
std::optional<Message> from_full_json(std::string_view line, const logs::LogTimes& times) {
  constexpr std::string_view kNames[] = {"msg", "timereported", "rawmsg"};
  std::array<json::Value, std::size(kNames)> values;
  std::string scratch;
  if (!line.starts_with('{') || !json::pick(line, kNames, values) ||
      values[2].kind == json::Kind::kNone) {
    return std::nullopt;
  }
  const auto text = json::string_of(values[0], scratch);
  if (!text) {
    return std::nullopt;
  }
  Message message{std::string(*text), "", std::nullopt};
  message.raw = json::string_of(values[2], scratch).value_or("");
  message.time = time_of_header(message.raw, json::plain_of(values[1]), times);
  return message;
}

Message message_of(std::string_view line, const logs::LogTimes& times) {
  if (std::optional<Message> message = from_full_json(line, times)) {
    return *std::move(message);
  }
  return {std::string(line), "", std::nullopt};
}

// MSG begins with the blank behind the tag (RFC 3164 section 4.1.3).
std::string_view without_blank(std::string_view text) {
  return text.substr(text.starts_with(' ') ? 1 : 0);
}

// The whole message, which is of the time that is known of it.
logs::Recognizer::Recognized read_raw(const Message& message, logs::Recognizer& recognizer) {
  std::string_view raw = message.raw;
  if (message.time) {
    recognizer.times().take_header(raw);
  }
  return recognizer.read_record(raw, message.time);
}

// A format's mark may be in the header alone, and then the text could be taken for another one's.
bool is_marked(const logs::Recognizer::Recognized& found) {
  return found.reading == logs::Reading::kOther || (found.reader && found.reader->is_marked());
}

// The tag that tells some formats may be in the header alone, too: the whole message is read where
// its text does not do.
logs::Recognizer::Recognized read(const Message& message, logs::Recognizer& recognizer) {
  using logs::Reading;
  logs::Recognizer::Recognized found =
      recognizer.read_record(without_blank(message.text), message.time);
  const bool is_flow = found.reading == Reading::kFlow;
  const bool does = is_flow ? found.flow.time.has_value() : found.reading != Reading::kUnknown;
  if (!message.raw.empty()) {
    logs::Recognizer::Recognized whole = read_raw(message, recognizer);
    const bool does_better =
        !does && whole.reading == Reading::kFlow && (!is_flow || whole.flow.time);
    if (does_better || is_marked(whole)) {
      found = std::move(whole);
    }
  }
  if (found.reading == Reading::kFlow && !found.flow.time) {
    found.flow.time = message.time;
  }
  return found;
}

v1::LookupResult column_missing(const std::string& message) {
  v1::LookupResult result;
  result.mutable_error()->set_reason("COLUMN_MISSING");
  result.mutable_error()->set_message(message);
  return result;
}

std::string reply_of(const v1::LookupRequest& question, const v1::LookupResult& result) {
  return R"({"$!":{"etymon":)" + json_annotation(question, result) + "}}\n";
}

std::string reply_to(std::string_view line, const RsyslogTools& tools) {
  const Message message = message_of(line, tools.recognizer.times());
  const logs::Recognizer::Recognized found = read(message, tools.recognizer);
  if (found.reading == logs::Reading::kWrongHeader) {
    return reply_of({}, column_missing(found.reader->mistake_in(without_blank(message.text))));
  }
  if (found.reading != logs::Reading::kFlow) {
    return "{}\n";
  }
  v1::LookupRequest question;
  write_question(key_of(found.flow, tools.recognizer), question);
  const Result<v1::LookupResponse> answer = tools.lookup(question);
  v1::LookupResult result;
  if (answer) {
    *result.mutable_answer() = *answer;
  } else {
    result = no_answer(answer.error());
  }
  return reply_of(question, result);
}

}  // namespace

Status serve_rsyslog(const RsyslogTools& tools) {
  for (;;) {
    const Result<LineReader::More> more = tools.lines.fill();
    if (!more) {
      return more.error();
    }
    if (*more == LineReader::More::kEnd) {
      return {};
    }
    while (const std::optional<LineReader::Line> line = tools.lines.next()) {
      if (line->part == LineReader::Part::kNext) {
        continue;
      }
      const bool whole = line->part == LineReader::Part::kWhole;
      const Status written = tools.write(whole ? reply_to(line->text, tools) : "{}\n");
      if (!written) {
        return written;
      }
    }
  }
}

}  // namespace etymon::cli

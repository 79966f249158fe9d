#include "api/cli/json.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "api/cli/json/object.h"
#include "api/cli/json/scan.h"
#include "api/cli/lookup_json.h"
#include "api/cli/question.h"

namespace etymon::cli {

namespace {

std::string without_line_breaks(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Status no_question(const std::string& why) {
  return Error{ErrorCode::kInvalidArgument, "no question: " + why};
}

// A line and what its member `at` says, which may be more than protobuf reads.
struct Parted {
  std::string rest;  // null, which is nothing to protobuf, in its place
  std::optional<std::string> at;
  bool is_json = false;
};

Parted without_moment(std::string_view line) {
  Parted parted;
  std::string scratch;
  size_t copied = 0;  // of the line
  json::Members members(line);
  while (const auto member = members.next()) {
    const json::Value& value = member->value;
    const bool is_text = value.kind == json::Kind::kString;
    if (json::string_of(member->key, scratch) != "at" || value.kind == json::Kind::kNull) {
      continue;
    }
    const size_t quote = is_text ? 1 : 0;
    const auto begin = static_cast<size_t>(value.text.data() - line.data()) - quote;
    parted.rest.append(line.substr(copied, begin - copied)).append("null");
    copied = begin + value.text.size() + 2 * quote;
    parted.at = is_text ? json::string_of(value, scratch).value_or("") : value.text;
  }
  parted.rest += line.substr(copied);
  parted.is_json = members.whole();
  return parted;
}

}  // namespace

void append_json(std::string& out, const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  // Fails for messages with an Any of unknown type only, and ours have none.
  const bool is_written = google::protobuf::util::MessageToJsonString(message, &text, options).ok();
  out += is_written ? text : "{}";
}

std::string json_line(const google::protobuf::Message& message) {
  std::string line;
  append_json(line, message);
  return line + '\n';
}

std::string json_line(const v1::LookupResponse& answer) {
  std::string line;
  append_json(line, answer);
  return line + '\n';
}

void append_json_line(std::string& out, const v1::LookupResult& result) {
  if (result.has_answer()) {
    append_json(out, result.answer());
  } else {
    json::Object object(out);
    if (result.has_error()) {
      append_json(object.key("error"), result.error());
    }
    object.close();
  }
  out += '\n';
}

std::string json_line(const v1::LookupResult& result) {
  std::string line;
  append_json_line(line, result);
  return line;
}

Status read_any_question(std::string_view line, WallTime now, v1::LookupRequest& question) {
  const Parted parted = without_moment(line);
  v1::LookupRequest whole;
  const auto parsed = google::protobuf::util::JsonStringToMessage(parted.rest, &whole);
  if (!parsed.ok()) {
    return no_question(without_line_breaks(parsed.message().ToString()));
  }
  question = std::move(whole);
  if (!parted.is_json) {
    return no_question("not JSON (RFC 8259)");  // how a moment is written there was not seen
  }
  if (!parted.at) {
    return {};
  }
  const Status set = set_moment(*parted.at, now, question);
  return set ? set : no_question(set.error().message);
}

Status read_question(std::string_view line, WallTime now, v1::LookupRequest& question) {
  const Status read =
      read_plain_question(line, now, question) ? Status() : read_any_question(line, now, question);
  lower_proto(question);  // in lines made of a log, Suricata's say, it is written "TCP"
  return read;
}

}  // namespace etymon::cli

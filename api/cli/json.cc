#include "api/cli/json.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "api/cli/lookup_json.h"
#include "api/cli/question.h"

namespace etymon::cli {

namespace {

std::string without_line_breaks(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string json_line(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string line;
  // Fails for messages with an Any of unknown type only, and ours have none.
  if (!google::protobuf::util::MessageToJsonString(message, &line, options).ok()) {
    line = "{}";
  }
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
    out += '{';
    if (result.has_error()) {
      out += "\"error\":";
      append_json(out, result.error());
    }
    out += '}';
  }
  out += '\n';
}

std::string json_line(const v1::LookupResult& result) {
  std::string line;
  append_json_line(line, result);
  return line;
}

Status read_question(std::string_view line, v1::LookupRequest& question) {
  if (!read_plain_question(line, question)) {
    question.Clear();
    const auto parsed = google::protobuf::util::JsonStringToMessage(
        google::protobuf::StringPiece(line.data(), line.size()), &question);
    if (!parsed.ok()) {
      return Error{ErrorCode::kInvalidArgument,
                   "no question: " + without_line_breaks(parsed.message().ToString())};
    }
  }
  lower_proto(question);  // in lines made of a log, Suricata's say, it is written "TCP"
  return {};
}

}  // namespace etymon::cli

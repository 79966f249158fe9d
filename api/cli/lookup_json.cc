#include "api/cli/lookup_json.h"

#include <algorithm>
#include <bitset>
#include <iterator>
#include <optional>

#include "api/cli/json/object.h"
#include "api/cli/json/scan.h"
#include "api/cli/question.h"

namespace etymon::cli {
namespace {

constexpr size_t kNanoDigits = 9;

// The names of enum values need no escapes; those that are not known are numbers.
void append_enum(std::string& out, const std::string& name, int number) {
  if (name.empty()) {
    json::append_number(out, int64_t{number});
    return;
  }
  out += '"';
  out += name;
  out += '"';
}

void append_candidate(std::string& out, const v1::Candidate& candidate) {
  json::Object object(out);
  object.text("name", candidate.name());
  object.list("chain", candidate.chain(), json::append_string);
  object.text("client", candidate.client());
  object.text("address", candidate.address());
  append_enum(object.key("origin"), v1::Origin_Name(candidate.origin()), candidate.origin());
  object.text("upstream", candidate.upstream());
  append_enum(object.key("transport"), v1::Transport_Name(candidate.transport()),
              candidate.transport());
  object.number("deliveries", uint64_t{candidate.deliveries()});
  append_enum(object.key("via"), v1::Via_Name(candidate.via()), candidate.via());
  append_enum(object.key("reason"), v1::Reason_Name(candidate.reason()), candidate.reason());
  object.number("confidence", candidate.confidence());
  object.boolean("rebinding", candidate.rebinding());
  object.text("forwarder", candidate.forwarder());
  // Times come last of all, as protobuf's writer puts them.
  if (candidate.has_answered_at()) {
    object.timestamp("answered_at", candidate.answered_at());
  }
  if (candidate.has_valid_until()) {
    object.timestamp("valid_until", candidate.valid_until());
  }
  if (candidate.has_expired_by()) {
    object.duration("expired_by", candidate.expired_by());
  }
  object.close();
}

void append_coverage(std::string& out, const v1::LookupCoverage& coverage) {
  json::Object object(out);
  object.boolean("covered", coverage.covered());
  if (coverage.has_covered_from()) {
    object.timestamp("covered_from", coverage.covered_from());
  }
  object.close();
}

void append_hint(std::string& out, const v1::Hint& hint) {
  json::Object object(out);
  append_enum(object.key("kind"), v1::HintKind_Name(hint.kind()), hint.kind());
  object.text("name", hint.name());
  object.text("client", hint.client());
  object.text("address", hint.address());
  if (hint.has_at()) {
    object.timestamp("at", hint.at());
  }
  object.close();
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The plain forms, read from the front of a text.
class Plain {
 public:
  explicit Plain(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take(char wanted) {
    const bool found = rest_.starts_with(wanted);
    rest_.remove_prefix(found ? 1 : 0);
    return found;
  }

  // All digits that are there.
  std::optional<int64_t> number() {
    size_t length = 0;
    int64_t value = 0;
    while (length < rest_.size() && length <= kNanoDigits && is_digit(rest_[length])) {
      value = value * 10 + (rest_[length++] - '0');
    }
    if (length == 0 || length > kNanoDigits) {
      return std::nullopt;
    }
    rest_.remove_prefix(length);
    return value;
  }

  // A point and 1 to 9 digits, as nanoseconds; 0 without a point.
  std::optional<int32_t> nanos() {
    if (!take('.')) {
      return 0;
    }
    const size_t before = rest_.size();
    auto value = number();
    if (!value) {
      return std::nullopt;
    }
    for (size_t digits = before - rest_.size(); digits < kNanoDigits; ++digits) {
      *value *= 10;
    }
    return static_cast<int32_t>(*value);
  }

 private:
  std::string_view rest_;
};

bool read_duration(std::string_view text, google::protobuf::Duration& out) {
  Plain in(text);
  const auto seconds = in.number();
  const auto nanos = seconds ? in.nanos() : std::nullopt;
  if (!nanos || !in.take('s') || !in.at_end()) {
    return false;
  }
  out.set_seconds(*seconds);
  out.set_nanos(*nanos);
  return true;
}

bool read_port(const json::Value& value, v1::LookupRequest& out) {
  Plain in(value.text);
  const auto port = value.kind == json::Kind::kNumber ? in.number() : std::nullopt;
  if (!port || !in.at_end()) {
    return false;
  }
  out.set_port(static_cast<uint32_t>(*port));
  return true;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

enum Field { kAddress, kClient, kAt, kTolerance, kPort, kProto, kMinCoverage, kFields };
constexpr std::string_view kNames[] = {"address", "client", "at",          "tolerance",
                                       "port",    "proto",  "min_coverage"};
static_assert(std::size(kNames) == kFields);

// What was read before, beside the question.
struct Seen {
  std::bitset<kFields> fields;
  std::string_view at;  // its tolerance may come behind it
};

// False for what is not plain.
bool read_field(std::string_view key, const json::Value& value, v1::LookupRequest& out,
                Seen& seen) {
  const auto field = static_cast<size_t>(std::ranges::find(kNames, key) - std::begin(kNames));
  if (field == kFields || seen.fields[field]) {
    return false;
  }
  seen.fields.set(field);
  if (field == kPort) {
    return read_port(value, out);
  }
  if (field == kAt) {
    seen.at = json::plain_of(value).value_or("");
    return !seen.at.empty();
  }
  if (value.kind != json::Kind::kString || value.escaped || !is_ascii(value.text)) {
    return false;
  }
  switch (field) {
    case kAddress:
      out.set_address(value.text.data(), value.text.size());
      return true;
    case kClient:
      out.set_client(value.text.data(), value.text.size());
      return true;
    case kTolerance:
      return read_duration(value.text, *out.mutable_tolerance());
    case kProto:
      out.set_proto(value.text.data(), value.text.size());
      return true;
    default:
      return read_duration(value.text, *out.mutable_min_coverage());
  }
}

}  // namespace

void append_json(std::string& out, const v1::LookupResponse& answer) {
  json::Object object(out);
  append_enum(object.key("verdict"), v1::Verdict_Name(answer.verdict()), answer.verdict());
  object.boolean("ambiguous", answer.ambiguous());
  object.list("candidates", answer.candidates(), append_candidate);
  if (answer.has_coverage()) {
    append_coverage(object.key("coverage"), answer.coverage());
  }
  object.list("hints", answer.hints(), append_hint);
  object.boolean("truncated", answer.truncated());
  object.close();
}

void append_json(std::string& out, const v1::LookupError& error) {
  json::Object object(out);
  append_enum(object.key("code"), google::rpc::Code_Name(error.code()), error.code());
  object.text("reason", error.reason());
  object.text("message", error.message());
  object.text("field", error.field());
  if (error.has_retry_after()) {
    object.duration("retry_after", error.retry_after());
  }
  object.close();
}

bool read_plain_question(std::string_view line, WallTime now, v1::LookupRequest& question) {
  Seen seen;
  json::Members members(line);
  while (const auto member = members.next()) {
    if (member->key.escaped || !read_field(member->key.text, member->value, question, seen)) {
      return false;
    }
  }
  return members.whole() && (seen.at.empty() || set_moment(seen.at, now, question).ok());
}

}  // namespace etymon::cli

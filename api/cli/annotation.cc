#include "api/cli/annotation.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "api/cli/json/write.h"

namespace etymon::cli {
namespace {

constexpr std::string_view kVerdictPrefix = "VERDICT_";

const v1::Candidate* best(const v1::LookupResult& result) {
  return result.answer().candidates_size() > 0 ? &result.answer().candidates(0) : nullptr;
}

// Blanks, quotes, separators and all that is not printable ASCII as \DDD.
void append_safe(std::string& out, std::string_view text, char separator) {
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > 0x20 && octet < 0x7F && c != '"' && c != separator) {
      out += c;
      continue;
    }
    out += '\\';
    out += static_cast<char>('0' + octet / 100);
    out += static_cast<char>('0' + octet / 10 % 10);
    out += static_cast<char>('0' + octet % 10);
  }
}

// The members of one JSON object, appended to a string.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  void close() { out_ += '}'; }

  std::string& key(std::string_view name) {
    out_ += first_ ? "" : ",";
    first_ = false;
    json::append_string(out_, name);
    out_ += ':';
    return out_;
  }

  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      json::append_string(key(name), value);
    }
  }

  void time(std::string_view name, const google::protobuf::Timestamp& value) {
    json::append_timestamp(key(name), value.seconds(), value.nanos());
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_chain(Object& object, const v1::Candidate& candidate) {
  std::string& out = object.key("chain");
  out += '[';
  for (int i = 0; i < candidate.chain_size(); ++i) {
    out += i == 0 ? "" : ",";
    json::append_string(out, candidate.chain(i));
  }
  out += ']';
}

void append_candidate(Object& object, const v1::Candidate& candidate) {
  if (candidate.chain_size() > 1) {
    append_chain(object, candidate);
  }
  object.text("answered_to", candidate.client());
  object.time("answered_at", candidate.answered_at());
  object.time("valid_until", candidate.valid_until());
  if (candidate.has_expired_by()) {
    json::append_duration(object.key("expired_by"), candidate.expired_by().seconds(),
                          candidate.expired_by().nanos());
  }
  json::append_number(object.key("deliveries"), uint64_t{candidate.deliveries()});
  json::append_number(object.key("confidence"), candidate.confidence());
}

// The names of the candidates behind the first, each once, in their order: a name may have as many
// candidates as there are hosts that were told it.
std::vector<std::string_view> other_names(const v1::LookupResponse& answer) {
  std::vector<std::string_view> names;
  std::unordered_set<std::string_view> known;
  for (const v1::Candidate& candidate : answer.candidates()) {
    if (known.insert(candidate.name()).second && known.size() > 1) {
      names.push_back(candidate.name());
    }
  }
  return names;
}

void append_others(Object& object, const v1::LookupResponse& answer) {
  if (answer.candidates_size() < 2) {
    return;  // the quick way for most answers
  }
  const std::vector<std::string_view> names = other_names(answer);
  if (names.empty()) {
    return;
  }
  std::string& out = object.key("others");
  const size_t told = std::min(names.size(), kOthersMax);
  for (size_t i = 0; i < told; ++i) {
    out += i == 0 ? '[' : ',';
    json::append_string(out, names[i]);
  }
  out += ']';
  if (names.size() > told) {
    json::append_number(object.key("others_left_out"), uint64_t{names.size() - told});
  }
}

}  // namespace

std::string_view verdict_word(v1::Verdict verdict) {
  const std::string_view name = v1::Verdict_Name(verdict);
  return name.starts_with(kVerdictPrefix) ? name.substr(kVerdictPrefix.size()) : "UNSPECIFIED";
}

Outcome outcome_of(const v1::LookupResult& result) {
  if (result.has_error()) {
    return Outcome::kError;
  }
  const v1::Verdict verdict = result.answer().verdict();
  if (verdict == v1::VERDICT_OTHER_CLIENT) {
    return Outcome::kOfOthers;
  }
  if (result.answer().ambiguous()) {
    return Outcome::kAmbiguous;
  }
  const bool named = verdict == v1::VERDICT_LIVE || verdict == v1::VERDICT_EXPIRED;
  return named ? Outcome::kNamed : Outcome::kUnnamed;
}

v1::LookupResult no_answer(const Error& error) {
  const bool nobody_spoke =
      error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded;
  v1::LookupResult result;
  result.mutable_error()->set_reason(nobody_spoke ? "SERVER_UNREACHABLE" : "LOOKUP_FAILED");
  result.mutable_error()->set_message(error.message);
  return result;
}

std::string text_annotation(const v1::LookupRequest& question, const v1::LookupResult& result) {
  std::string out;
  if (result.has_error()) {
    out += " verdict=ERROR reason=";
    append_safe(out, result.error().reason(), ' ');
    return out;
  }
  if (const v1::Candidate* candidate = best(result)) {
    out += " name=";
    append_safe(out, candidate->name(), ' ');
  }
  out += " verdict=";
  out += verdict_word(result.answer().verdict());
  out += result.answer().ambiguous() ? " ambiguous=true" : "";
  out += question.has_at() ? "" : " as_of=now";
  return out;
}

std::string column_annotation(const v1::LookupResult& result, char separator) {
  std::string out(1, separator);
  const v1::Candidate* candidate = best(result);
  append_safe(out, candidate == nullptr ? "-" : candidate->name(), separator);
  out += separator;
  out += result.has_error() ? "ERROR" : verdict_word(result.answer().verdict());
  out += separator;
  out += result.answer().ambiguous() ? 'T' : 'F';
  return out;
}

std::string json_annotation(const v1::LookupRequest& question, const v1::LookupResult& result) {
  std::string out;
  Object object(out);
  if (result.has_error()) {
    object.text("error", result.error().reason());
    object.text("message", result.error().message());
  } else if (const v1::Candidate* candidate = best(result)) {
    object.text("name", candidate->name());
  }
  if (result.has_answer()) {
    object.text("verdict", verdict_word(result.answer().verdict()));
    object.key("ambiguous") += result.answer().ambiguous() ? "true" : "false";
  }
  object.text("client", question.client());
  object.text("address", question.address());
  if (question.has_at()) {
    object.time("at", question.at());
  }
  if (const v1::Candidate* candidate = best(result)) {
    append_candidate(object, *candidate);
  }
  append_others(object, result.answer());
  if (result.answer().coverage().has_covered_from()) {
    object.time("covered_from", result.answer().coverage().covered_from());
  }
  object.close();
  return out;
}

}  // namespace etymon::cli

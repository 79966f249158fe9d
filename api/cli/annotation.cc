#include "api/cli/annotation.h"

#include <algorithm>
#include <span>
#include <unordered_set>
#include <vector>

#include "api/cli/json/object.h"

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

// A member that is left out where it is empty.
void add_text(json::Object& object, const json::Key& name, std::string_view value) {
  if (!value.empty()) {
    object.text(name, value);
  }
}

void add_candidate(json::Object& object, const v1::Candidate& candidate) {
  if (candidate.chain_size() > 1) {
    object.list("chain", candidate.chain(), json::append_string);
  }
  add_text(object, "answered_to", candidate.client());
  object.timestamp("answered_at", candidate.answered_at());
  object.timestamp("valid_until", candidate.valid_until());
  if (candidate.has_expired_by()) {
    object.duration("expired_by", candidate.expired_by());
  }
  object.number("deliveries", uint64_t{candidate.deliveries()});
  object.number("confidence", candidate.confidence());
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

void add_others(json::Object& object, const v1::LookupResponse& answer) {
  if (answer.candidates_size() < 2) {
    return;  // the quick way for most answers
  }
  const std::vector<std::string_view> names = other_names(answer);
  if (names.empty()) {
    return;
  }
  const std::span told = std::span(names).first(std::min(names.size(), kOthersMax));
  object.list("others", told, json::append_string);
  if (names.size() > told.size()) {
    object.number("others_left_out", uint64_t{names.size() - told.size()});
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
  json::Object object(out);
  if (result.has_error()) {
    add_text(object, "error", result.error().reason());
    add_text(object, "message", result.error().message());
  } else if (const v1::Candidate* candidate = best(result)) {
    add_text(object, "name", candidate->name());
  }
  if (result.has_answer()) {
    add_text(object, "verdict", verdict_word(result.answer().verdict()));
    object.boolean("ambiguous", result.answer().ambiguous());
  }
  add_text(object, "client", question.client());
  add_text(object, "address", question.address());
  if (question.has_at()) {
    object.timestamp("at", question.at());
  }
  if (const v1::Candidate* candidate = best(result)) {
    add_candidate(object, *candidate);
  }
  add_others(object, result.answer());
  if (result.answer().coverage().has_covered_from()) {
    object.timestamp("covered_from", result.answer().coverage().covered_from());
  }
  object.close();
  return out;
}

}  // namespace etymon::cli

#include "api/cli/lookup_rows.h"

#include "api/cli/annotation.h"
#include "api/cli/delivery_text.h"
#include "api/cli/moments.h"
#include "api/cli/question.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {

namespace {

// The steps behind the asked name, as in the rows of deliveries.
std::string chain_of(const v1::Candidate& candidate) {
  std::string chain;
  for (int step = 1; step < candidate.chain_size(); ++step) {
    chain += (chain.empty() ? "" : " ") + printable(candidate.chain(step));
  }
  return chain;
}

std::string candidate_columns(const v1::Candidate& candidate) {
  return csv_field(printable(candidate.name())) + "," + csv_field(chain_of(candidate)) + "," +
         printable(candidate.client()) + "," + format_time(from_proto(candidate.answered_at())) +
         "," + format_time(from_proto(candidate.valid_until())) + "," +
         origin_word(candidate.origin()) + "," + std::to_string(candidate.deliveries()) +
         (candidate.rebinding() ? ",true," : ",false,") +
         csv_field(printable(candidate.forwarder()));
}

constexpr const char* kNoCandidate = ",,,,,,,,";

// What is printed as it was asked, whichever way that was spelled.
std::string address_column(const std::string& asked) {
  return csv_field(printable(told_address(asked)));
}

}  // namespace

std::string lookup_csv(const AnsweredLookup& lookup) {
  const v1::LookupRequest& question = lookup.question;
  const v1::LookupResponse& answer = lookup.answer;
  const WallTime at = question.has_at() ? from_proto(question.at()) : lookup.asked_at;
  const std::string asked = format_time(at) + "," + address_column(question.client()) + ",";
  const std::string verdict = "," + std::string(verdict_word(answer.verdict())) +
                              (answer.ambiguous() ? ",true," : ",false,");
  if (answer.candidates().empty()) {
    return asked + address_column(question.address()) + verdict + kNoCandidate + "\n";
  }
  std::string rows;
  for (const v1::Candidate& candidate : answer.candidates()) {
    rows += asked;
    rows += printable(candidate.address());
    rows += verdict;
    rows += candidate_columns(candidate);
    rows += '\n';
  }
  return rows;
}

std::string lookup_csv_error(const v1::LookupRequest& question) {
  const std::string at = question.has_at() ? format_time(from_proto(question.at())) : "";
  return at + "," + address_column(question.client()) + "," + address_column(question.address()) +
         ",ERROR,false," + kNoCandidate + "\n";
}

std::vector<std::string> names_of(const v1::LookupResponse& answer) {
  std::vector<std::string> names;
  if (answer.verdict() == v1::VERDICT_OTHER_CLIENT) {
    return names;
  }
  for (const v1::Candidate& candidate : answer.candidates()) {
    names.push_back(printable(candidate.name()));
  }
  return names;
}

}  // namespace etymon::cli

#include "tests/integration/dns_client.h"

#include <algorithm>
#include <sstream>

#include "tests/support/process.h"

namespace etymon::testing {
namespace {

// Both tools print ";; ->>HEADER<<- ... status: NOERROR, id: 1", with ',' or ';' behind the word.
std::string status_in(const std::string& output) {
  constexpr std::string_view kMark = "status: ";
  const size_t mark = output.find(kMark);
  if (mark == std::string::npos) {
    return {};
  }
  const size_t begin = mark + kMark.size();
  return output.substr(begin, output.find_first_of(",;\n", begin) - begin);
}

std::vector<AnswerRecord> answers_in(const std::string& output) {
  std::vector<AnswerRecord> answers;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    AnswerRecord record;
    std::string record_class;
    std::istringstream words(line);
    if (!line.starts_with(';') &&
        words >> record.owner >> record.ttl >> record_class >> record.type >> record.data) {
      record.owner.pop_back();
      answers.push_back(record);
    }
  }
  return answers;
}

}  // namespace

uint32_t DnsReply::ttl() const {
  const auto smallest = std::ranges::min_element(answers, {}, &AnswerRecord::ttl);
  return smallest == answers.end() ? 0 : smallest->ttl;
}

DnsReply DnsClient::ask(const std::string& name, const std::string& type, Over over) const {
  std::vector<std::string> command = {
      "@127.0.0.1", "-p",      std::to_string(port_), "-b", host_, name, type, "+noall",
      "+answer",    "+time=10"};
  if (tool_ == Tool::kDig) {
    command.insert(command.begin(), {"dig", "-r"});  // without the user's .digrc
    command.insert(command.end(), {"+comments", "+tries=1"});
  } else {
    command.insert(command.begin(), "kdig");
    command.insert(command.end(), {"+header", "+retry=0"});
  }
  if (over == Over::kTcp) {
    command.push_back("+tcp");
  }
  const std::string output = run(command).out;
  return {status_in(output), answers_in(output)};
}

}  // namespace etymon::testing

#include "tests/scenario/expectation.h"

#include <algorithm>

#include "resolver/wire/message.h"
#include "tests/scenario/question.h"

namespace etymon::scenario {
namespace {

constexpr uint16_t kServerIdOption = 3;        // RFC 5001
constexpr uint16_t kKeepaliveOption = 11;      // RFC 7828
constexpr uint16_t kExtendedErrorOption = 15;  // RFC 8914

struct Flag {
  const char* word;
  uint16_t bit;
};

// Those that a scenario speaks of; the others hold for every answer.
constexpr Flag kFlags[] = {{"aa", wire::kFlagAa}, {"tc", wire::kFlagTc}, {"ad", wire::kFlagAd}};

Error wrong(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what};
}

std::string option_text(const EdnsOption& option) {
  const ByteView data = as_bytes(option.data);
  if (option.code == kExtendedErrorOption && data.size() >= 2) {
    return "ede=" + std::to_string(load_u16(data.data()));
  }
  if (option.code == kKeepaliveOption && data.size() == 2) {
    return "keepalive=" + std::to_string(load_u16(data.data()));
  }
  if (option.code == kSubnetOption) {
    return "subnet=" + subnet_text(option.data);
  }
  if (option.code == kCookieOption && data.size() == sizeof(wire::ReplyCookie)) {
    return "cookie";
  }
  if (option.code == kServerIdOption) {
    return "nsid=" + option.data;
  }
  return "option " + std::to_string(option.code);
}

std::vector<std::string> option_texts(const TextMessage& message) {
  std::vector<std::string> texts;
  if (message.opt) {
    std::ranges::transform(message.opt->options, std::back_inserter(texts), option_text);
  }
  return texts;
}

std::string text_of(const TextRecord& record) {
  constexpr const char* kParts[] = {"", "authority: ", "additional: "};
  return kParts[static_cast<size_t>(record.part)] + record.text;
}

}  // namespace

Result<Expectation> Expectation::read(const Step& step) {
  Expectation expected;
  if (step.words.size() == 3 && step.words[2] == "nothing") {
    return expected;
  }
  const Result<Rcode> rcode = rcode_from_text(step.has(2) ? step.words[2] : "");
  Result<Words> words =
      Words::read(step.words, 3, {"aa", "tc", "ad", "unrecorded", "rebinding", "cookie"},
                  {"for", "from", "valid", "through", "ede", "nsid", "keepalive", "subnet", "scope",
                   "times", "withheld"});
  Result<std::vector<TextRecord>> records = read_records(step.below);
  if (!rcode.ok() || !words.ok()) {
    return rcode.ok() ? words.error() : rcode.error();
  }
  const Result<uint32_t> times = words->number("times", 1);
  if (!records.ok() || !times.ok()) {
    return records.ok() ? times.error() : records.error();
  }
  expected.rcode_ = *rcode;
  expected.words_ = *std::move(words);
  expected.records_ = *std::move(records);
  std::ranges::sort(expected.records_);
  expected.times_ = *times;
  return expected;
}

Status Expectation::check(const std::optional<Received>& received,
                          const std::string& client) const {
  if (!rcode_) {
    return received ? wrong(client + " got " + describe(*received)) : Status();
  }
  if (!received) {
    return wrong(client + " got nothing");
  }
  for (const Status& status :
       {check_head(*received), check_options(received->message), check_records(received->message),
        check_record(*received), check_guard(received->answer)}) {
    if (!status.ok()) {
      return wrong(client + " got " + describe(*received) + ": " + status.error().message);
    }
  }
  return {};
}

Status Expectation::check_head(const Received& received) const {
  const TextMessage& message = received.message;
  if (message.rcode != *rcode_) {
    return wrong("another response code");
  }
  for (const Flag& flag : kFlags) {
    if (((message.flags & flag.bit) != 0) != words_.has(flag.word)) {
      return wrong(std::string("the flag ") + flag.word + " differs");
    }
  }
  const std::optional<std::string> name = words_.value("for");
  return name && *name != message.qname ? wrong("another question") : Status();
}

Status Expectation::check_options(const TextMessage& message) const {
  std::vector<std::string> wanted;
  for (const char* name : {"nsid", "keepalive", "ede"}) {
    if (const auto value = words_.value(name)) {
      wanted.push_back(std::string(name) + "=" + *value);
    }
  }
  if (const auto subnet = words_.value("subnet")) {
    const auto scope = words_.value("scope");
    wanted.push_back("subnet=" + *subnet + (scope ? " scope=" + *scope : ""));
  }
  if (words_.has("cookie")) {
    wanted.emplace_back("cookie");
  }
  std::vector<std::string> got = option_texts(message);
  std::ranges::sort(wanted);
  std::ranges::sort(got);
  return got == wanted ? Status() : wrong("other EDNS options");
}

Status Expectation::check_records(const TextMessage& message) const {
  std::vector<TextRecord> got = message.records;
  std::ranges::sort(got);
  if (got == records_) {
    return {};
  }
  for (const TextRecord& record : got) {
    if (std::ranges::find(records_, record) == records_.end()) {
      return wrong("not expected: " + text_of(record));
    }
  }
  for (const TextRecord& record : records_) {
    if (std::ranges::find(got, record) == got.end()) {
      return wrong("missing: " + text_of(record));
    }
  }
  return wrong("a record comes more or less often than expected");
}

Status Expectation::check_record(const Received& received) const {
  const std::optional<std::string> origin = words_.value("from");
  if (words_.has("unrecorded") == received.delivery.has_value()) {
    return wrong(received.delivery ? "it was recorded" : "it was not recorded");
  }
  if (origin && *origin != to_text(received.delivery->origin)) {
    return wrong(std::string("it is recorded as from ") + to_text(received.delivery->origin));
  }
  const IpAddress none;
  const IpAddress& forwarder = received.delivery ? received.delivery->forwarder : none;
  if ((forwarder == none ? "" : forwarder.text()) != words_.value("through").value_or("")) {
    return wrong("it is recorded as come through " + forwarder.text());
  }
  const std::optional<std::string> valid = words_.value("valid");
  const uint32_t validity_s = received.delivery ? received.delivery->validity_s : 0;
  return valid && *valid != std::to_string(validity_s)
             ? wrong("it is recorded as valid for " + std::to_string(validity_s) + " s")
             : Status();
}

// What was withheld is an answer of a name that led inside, too.
Status Expectation::check_guard(const Answer& answer) const {
  const std::optional<std::string> withheld = words_.value("withheld");
  if (answer.rebinding != (words_.has("rebinding") || withheld)) {
    return wrong(answer.rebinding ? "it is recorded as rebinding" : "it is not so recorded");
  }
  std::string got;
  for (const IpAddress& address : answer.withheld) {
    got += (got.empty() ? "" : ",") + address.text();
  }
  return got == withheld.value_or("") ? Status() : wrong("recorded as withheld: '" + got + "'");
}

std::string describe(const Received& received) {
  std::string text = to_text(received.message.rcode);
  for (const Flag& flag : kFlags) {
    text += (received.message.flags & flag.bit) != 0 ? std::string(" ") + flag.word : "";
  }
  for (const std::string& option : option_texts(received.message)) {
    text += " " + option;
  }
  return text + " for " + received.message.qname + " with " +
         std::to_string(received.message.records.size()) + " records";
}

}  // namespace etymon::scenario

#include "api/cli/dnsmasq_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace etymon::cli {
namespace {

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

std::optional<unsigned> number_of(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value <= most ? std::optional(value) : std::nullopt;
}

// What stands behind "dnsmasq[3001]: "; nothing when the line is another program's.
std::optional<std::string_view> words_of_dnsmasq(std::string_view line) {
  constexpr std::string_view kProgram = "dnsmasq[";
  constexpr std::string_view kEnd = "]: ";
  const size_t begin = line.find(kProgram);
  const size_t end = begin == line.npos ? begin : line.find(kEnd, begin);
  return end == line.npos ? std::nullopt : std::optional(line.substr(end + kEnd.size()));
}

// "www.example", or nothing; dnsmasq writes the root as ".".
std::optional<DomainName> name_of(std::string_view text) {
  const auto name = DomainName::from_text(text);
  return name && !text.empty() ? std::optional(name->canonical()) : std::nullopt;
}

std::optional<RecordType> type_of(std::string_view text) {
  constexpr std::string_view kNumber = "type=";
  if (text.starts_with(kNumber)) {
    const auto number = number_of(text.substr(kNumber.size()), 65'535);
    return number ? std::optional(static_cast<RecordType>(*number)) : std::nullopt;
  }
  const auto type = record_type_from_text(text);
  return type ? std::optional(*type) : std::nullopt;
}

// "SOURCE NAME is WHAT": answered by an upstream, from the cache, or from what the source names, a
// file of hosts by whichever path it was configured with. Only how an answer was validated is told
// in the same way.
bool is_answer(std::string_view verb, std::string_view link) {
  return link == "is" && verb != "validation";
}

// Instead of an answer: it was that of another client, whose lines are the ones before.
constexpr std::string_view kDuplicate = "reply query is duplicate";

}  // namespace

DnsmasqLog::Line DnsmasqLog::add(std::string_view line) {
  const auto words = words_of_dnsmasq(line);
  if (!words) {
    return Line::kForeign;
  }
  std::string_view rest = *words;
  const std::string_view serial = take_word(rest);
  const std::string_view client = take_word(rest);
  if (!number_of(serial, UINT32_MAX) || client.find('/') == client.npos) {
    return Line::kOther;
  }
  const WallTime now = clock_.wall();  // the log may be written while it is read
  const auto written = times_.dated_header(line);
  if (!written) {
    return Line::kWrong;
  }
  const WallTime at = written->start;
  if (at > now) {
    return Line::kFuture;
  }
  const std::string key = std::string(serial) + " " + std::string(client);
  if (rest == kDuplicate) {
    return share_answer(key, at);
  }
  if (!answered_.empty() && answered_ != key) {
    settle(by_key_.at(answered_));
  }
  if (rest.starts_with("query[")) {
    return add_question(key, at, rest);
  }
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return Line::kOther;  // Its question was asked before the log began.
  }
  Waiting& waiting = found->second->second;
  const Line told = add_answer(waiting, at, rest);
  if (waiting.is_answered) {
    answered_ = key;
  }
  return told;
}

// "query[A] www.example from 192.168.1.7".
DnsmasqLog::Line DnsmasqLog::add_question(const std::string& key, WallTime at,
                                          std::string_view what) {
  const std::string_view verb = take_word(what);
  const auto name = name_of(take_word(what));
  const bool has_from = take_word(what) == "from";
  const auto client = IpAddress::from_text(take_word(what));
  const auto type = verb.ends_with(']') ? type_of(verb.substr(6, verb.size() - 7)) : std::nullopt;
  if (!name || !has_from || !client || !type) {
    return Line::kWrong;
  }
  if (const auto before = by_key_.find(key); before != by_key_.end()) {
    settle(before->second);
  }
  if (waiting_.size() >= kWaitingMax) {
    settle(waiting_.begin());
  }
  Waiting waiting;
  waiting.delivery.at = at;
  waiting.delivery.client = *client;
  waiting.delivery.answer.question = {*name, *type, RecordClass::kIn};
  waiting.delivery.answer.chain = {*name};
  waiting_.emplace_back(key, std::move(waiting));
  by_key_[key] = std::prev(waiting_.end());
  return Line::kOurs;
}

// "forwarded NAME to SERVER", or "reply NAME is WHAT" with one of the sources in place of "reply".
DnsmasqLog::Line DnsmasqLog::add_answer(Waiting& waiting, WallTime at, std::string_view what) {
  const std::string_view verb = take_word(what);
  const std::string_view named = take_word(what);
  const std::string_view link = take_word(what);
  Answer& answer = waiting.delivery.answer;
  if (verb == "forwarded" && link == "to") {
    std::string server(what.substr(0, what.find('#')));
    const auto address = IpAddress::from_text(server);
    const auto port =
        server.size() < what.size() ? number_of(what.substr(server.size() + 1), 65'535) : 53;
    if (address && port) {
      answer.upstream = {*address, static_cast<uint16_t>(*port)};
    }
    return Line::kOurs;
  }
  if (!is_answer(verb, link)) {
    return Line::kOther;
  }
  waiting.is_answered = true;
  waiting.delivery.at = std::max(waiting.delivery.at, at);
  const auto name = name_of(named);
  if (waiting.follows_alias && name && answer.chain.size() <= kChainMax) {
    answer.chain.push_back(*name);
  }
  waiting.follows_alias = what == "<CNAME>";
  if (what == "NXDOMAIN") {
    answer.rcode = Rcode::kNxDomain;
  } else if (named == "error") {
    const auto rcode = rcode_from_text(what.substr(0, what.find(' ')));
    answer.rcode = rcode ? *rcode : Rcode::kServFail;
  } else if (const auto address = IpAddress::from_text(what);
             address && name == answer.chain.back() && answer.addresses.size() < kAddressesMax) {
    answer.addresses.push_back({*address, address->is_v4() ? Via::kA : Via::kAaaa});
  }
  return Line::kOurs;
}

DnsmasqLog::Line DnsmasqLog::share_answer(const std::string& key, WallTime at) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return Line::kOther;  // as in add()
  }
  Waiting& waiting = found->second->second;
  capture::ObservedDelivery& delivery = waiting.delivery;
  const auto before = by_key_.find(answered_);
  const bool is_shared =
      before != by_key_.end() &&
      before->second->second.delivery.answer.question == delivery.answer.question;
  if (!is_shared) {
    settle(found->second);
    return Line::kOther;
  }
  delivery.answer = before->second->second.delivery.answer;
  delivery.at = std::max(delivery.at, at);
  waiting.is_answered = true;
  if (key != answered_) {
    settle(before->second);
  }
  answered_ = key;
  return Line::kOurs;
}

void DnsmasqLog::settle(Questions::iterator question) {
  if (question->second.is_answered) {
    sort_addresses(question->second.delivery.answer);
    tell_(question->second.delivery);
  }
  if (answered_ == question->first) {
    answered_.clear();
  }
  by_key_.erase(question->first);
  waiting_.erase(question);
}

void DnsmasqLog::finish() {
  while (!waiting_.empty()) {
    settle(waiting_.begin());
  }
}

}  // namespace etymon::cli

#include "tests/scenario/upstream_steps.h"

#include <algorithm>
#include <set>
#include <utility>

#include "resolver/wire/message.h"
#include "tests/scenario/question.h"
#include "tests/scenario/spoiling.h"

namespace etymon::scenario {
namespace {

// What an upstream without words of its own adds to our cookie.
constexpr const char* kTheirCookie = "theirs!!";

// Words of a message that is seen, beside those of any question.
const std::set<std::string> kSeenOnly = {"spelled", "port", "id", "some"};

using upstream::Counters;

const std::map<std::string, uint64_t Counters::*> kCounts = {
    {"questions", &Counters::questions},       {"answers", &Counters::answers},
    {"failures", &Counters::failures},         {"unanswered", &Counters::unanswered},
    {"rejected", &Counters::rejected},         {"udp_messages", &Counters::udp_messages},
    {"tcp_messages", &Counters::tcp_messages}, {"timeouts", &Counters::timeouts},
    {"unreachable", &Counters::unreachable},   {"exhausted", &Counters::exhausted},
    {"mismatches", &Counters::mismatches},     {"case_mismatches", &Counters::case_mismatches},
    {"moved_to_tcp", &Counters::moved_to_tcp}, {"truncated", &Counters::truncated},
    {"edns_refused", &Counters::edns_refused}, {"bad_cookies", &Counters::bad_cookies},
    {"in_flight", &Counters::in_flight},       {"ports", &Counters::ports}};

Error wrong(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what};
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char octet) {
    return static_cast<char>(to_lower(static_cast<uint8_t>(octet)));
  });
  return text;
}

bool is_lower(const std::string& name) {
  return lower(name) == name;
}

bool is_mixed(const std::string& name) {
  return !is_lower(name) && std::ranges::any_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
}

// The same name, whatever its case; a '%' in the pattern is any number.
bool fits(const std::string& name, const std::string& pattern) {
  const size_t number = pattern.find('%');
  if (number == std::string::npos) {
    return lower(name) == lower(pattern);
  }
  const std::string head = lower(pattern.substr(0, number));
  const std::string tail = lower(pattern.substr(number + 1));
  const std::string whole = lower(name);
  return whole.size() > head.size() + tail.size() && whole.starts_with(head) &&
         whole.ends_with(tail) &&
         whole.substr(head.size(), whole.size() - head.size() - tail.size())
                 .find_first_not_of("0123456789") == std::string::npos;
}

std::string cookie_of(const TextMessage& message) {
  return option_of(message, kCookieOption);
}

std::string unseen(const std::vector<Message>& sent) {
  std::string text;
  for (const Message& message : sent) {
    text += message.seen ? "" : "; " + message.to.text() + " is asked " + describe(message);
  }
  return text.empty() ? "; nothing else was sent" : text;
}

// "2..7".
Result<std::pair<uint32_t, uint32_t>> read_range(const std::string& text) {
  const size_t dots = std::min(text.find(".."), text.size());
  const Result<uint32_t> first = number_from(text.substr(0, dots));
  const Result<uint32_t> last = number_from(text.substr(std::min(dots + 2, text.size())));
  if (!first.ok() || !last.ok()) {
    return wrong("write: some=MIN..MAX");
  }
  return std::pair(*first, *last);
}

// To the size that is wanted, with an option that means nothing else (RFC 7830).
Status pad(TextMessage& message, const Words& words) {
  constexpr uint16_t kPaddingOption = 12;
  constexpr size_t kOptionHead = 4;
  const Result<std::string> plain = write_message(message);
  const Result<uint32_t> size = words.number("size", 0);
  if (!plain.ok() || !size.ok() || *size == 0) {
    return !plain.ok() ? plain.error() : size.ok() ? Status() : size.error();
  }
  if (!message.opt || *size < plain->size() + kOptionHead) {
    return wrong("size= goes with edns, and is larger than the answer");
  }
  const std::string padding(*size - plain->size() - kOptionHead, '\0');
  message.opt->options.push_back({kPaddingOption, padding});
  return {};
}

Status check_health(const daemon::PoolAsker& asker, const Endpoint& upstream, bool up) {
  for (const upstream::ServerStatus& status : asker.status()) {
    if (status.endpoint == upstream && status.up != up) {
      return wrong(status.up ? "it is up" : "it is down");
    }
  }
  return {};
}

}  // namespace

struct UpstreamSteps::Meant {
  Endpoint upstream;
  ScriptedQuestion question;
  Words words;
};

Status UpstreamSteps::perform(Network& network, const Endpoint& upstream, const Step& step) {
  const std::string verb = step.has(1) ? step.words[1] : "";
  const std::string second = step.has(2) ? step.words[2] : "";
  if (verb == "is" && second == "asked" && step.has(3)) {
    return is_asked(network, upstream, step);
  }
  if (verb == "is" && (second == "up" || second == "down") && !step.has(3)) {
    return check_health(network.asker(), upstream, second == "up");
  }
  if (verb == "answers") {
    return answers(network, upstream, step);
  }
  return verb == "fails" ? fails(network, upstream, step)
                         : wrong("an upstream is asked, is up or down, answers or fails");
}

Status UpstreamSteps::end(Network& network) {
  const auto left = std::ranges::find(network.sent(), false, &Message::seen);
  return left == network.sent().end()
             ? Status()
             : wrong("an upstream was asked a question of which nothing is said" +
                     unseen(network.sent()));
}

Status UpstreamSteps::is_asked(Network& network, const Endpoint& upstream, const Step& step) {
  if (step.words[3] == "nothing") {
    const bool asked = std::ranges::any_of(network.sent(), [&](const Message& message) {
      return !message.seen && message.to == upstream;
    });
    return asked ? wrong("it was asked" + unseen(network.sent())) : Status();
  }
  std::vector<std::string> own;
  std::vector<std::string> usual;
  for (const std::string& word : step.words) {
    (kSeenOnly.contains(word.substr(0, word.find('='))) ? own : usual).push_back(word);
    if (word.starts_with("cookie=") && word != "cookie=kept") {
      return wrong("what cookie of ours it is cannot be known: cookie, or cookie=kept");
    }
  }
  Result<ScriptedQuestion> question = read_question(usual, 3);
  Result<Words> words = Words::read(own, 0, {}, kSeenOnly);
  if (!question.ok() || !words.ok()) {
    return question.ok() ? words.error() : question.error();
  }
  const Meant meant{upstream, *std::move(question), *std::move(words)};
  if (meant.words.value("some")) {
    return sees_some(network, meant);
  }
  for (uint32_t i = 1; i <= meant.question.times; ++i) {
    if (Status seen = sees_one(network, meant, i); !seen.ok()) {
      return seen;
    }
  }
  return {};
}

Status UpstreamSteps::sees_some(Network& network, const Meant& meant) {
  const auto range = read_range(*meant.words.value("some"));
  if (!range.ok()) {
    return range.error();
  }
  size_t count = 0;
  for (Message& message : network.sent()) {
    if (!message.seen && is_meant(message, meant) &&
        fits(message.text.qname, meant.question.message.qname)) {
      message.seen = true;
      ++count;
    }
  }
  return count >= range->first && count <= range->second
             ? Status()
             : wrong("it was asked that " + std::to_string(count) + " times");
}

Status UpstreamSteps::sees_one(Network& network, const Meant& meant, uint32_t number) {
  const std::string name = lower(numbered(meant.question.message.qname, number));
  const auto found = std::ranges::find_if(network.sent(), [&](const Message& message) {
    return !message.seen && lower(message.text.qname) == name && is_meant(message, meant);
  });
  if (found == network.sent().end()) {
    return wrong("it was not asked that" + unseen(network.sent()));
  }
  if (!has_name(ports_, meant.words.value("port").value_or(""), found->port)) {
    return wrong("it came from another port");
  }
  if (!has_name(ids_, meant.words.value("id").value_or(""), found->text.id)) {
    return wrong("it came with another id");
  }
  found->seen = true;
  return {};
}

// All but the name. AD goes with every question, which the network has checked.
bool UpstreamSteps::is_meant(const Message& message, const Meant& meant) const {
  const TextMessage& text = message.text;
  TextMessage wanted = meant.question.message;
  if (!cookie_of(wanted).empty()) {
    const auto kept = cookies_.find(message.to);
    EdnsOption& cookie = *std::ranges::find(wanted.opt->options, kCookieOption, &EdnsOption::code);
    const std::string ours = cookie_of(text).substr(0, wire::kClientCookieSize);
    cookie.data = !meant.question.cookie_kept ? ours
                  : kept != cookies_.end()    ? kept->second
                                              : "none was given";
  }
  const auto spelled = meant.words.value("spelled");
  return message.to == meant.upstream && message.transport == meant.question.transport &&
         text.flags == (wanted.flags | wire::kFlagAd) && text.qtype == wanted.qtype &&
         text.qclass == wanted.qclass && text.opt == wanted.opt &&
         (spelled != "mixed" || is_mixed(text.qname)) &&
         (spelled != "lower" || is_lower(text.qname));
}

// One name means one port, or id, and another name another one.
bool UpstreamSteps::has_name(std::map<std::string, int>& names, const std::string& name,
                             int number) {
  if (name.empty()) {
    return true;
  }
  const auto known = names.find(name);
  if (known != names.end()) {
    return known->second == number;
  }
  const bool taken =
      std::ranges::any_of(names, [number](const auto& named) { return named.second == number; });
  names.emplace(name, number);
  return !taken;
}

// The oldest message to which an answer is still taken; all of them with the word `all`.
Result<std::vector<Message>> UpstreamSteps::find_open(Network& network, const Endpoint& upstream,
                                                      const Step& step, const Words& words) {
  if (!step.has(4)) {
    return wrong("write: ADDRESS answers|fails NAME TYPE ...");
  }
  const Result<RecordType> type = record_type_from_text(step.words[3]);
  if (!type.ok()) {
    return type.error();
  }
  const Transport transport = words.has("tcp") ? Transport::kTcp : Transport::kUdp;
  const auto named = [&](const std::map<std::string, int>& names, const char* word, int number) {
    const auto value = words.value(word);
    const auto known = names.find(value.value_or(""));
    return !value || (known != names.end() && known->second == number);
  };
  std::vector<Message> found;
  for (const Message& message : network.sent()) {
    if (message.to == upstream && message.transport == transport &&
        fits(message.text.qname, step.words[2]) && message.text.qtype == *type &&
        named(ports_, "port", message.port) && named(ids_, "id", message.text.id) &&
        network.is_open(message) && (found.empty() || words.has("all"))) {
      found.push_back(message);
    }
  }
  return found.empty() ? Result<std::vector<Message>>(wrong("no answer to that is waited for"))
                       : found;
}

Status UpstreamSteps::answers(Network& network, const Endpoint& upstream, const Step& step) {
  const Result<Words> words =
      Words::read(step.words, 5, {"aa", "ad", "tc", "edns", "cookie", "tcp", "all"},
                  {"cookie", "scope", "subnet", "size", "wrong", "times", "port", "id", "to"});
  if (!words.ok()) {
    return words.error();
  }
  const Result<std::vector<Message>> meant = find_open(network, upstream, step, *words);
  if (!meant.ok()) {
    return meant.error();
  }
  for (const Message& message : *meant) {
    if (Status done = answer(network, message, step, *words); !done.ok()) {
      return done;
    }
  }
  return {};
}

Status UpstreamSteps::answer(Network& network, const Message& message, const Step& step,
                             const Words& words) {
  Result<TextMessage> response = read_response(step, words, message.text);
  const Result<std::string> theirs = octets_from(words.value("cookie").value_or(""));
  const Result<uint32_t> times = words.number("times", 1);
  if (!response.ok() || !theirs.ok() || !times.ok()) {
    return !response.ok() ? response.error() : theirs.ok() ? times.error() : theirs.error();
  }
  if (words.has("cookie") || words.value("cookie")) {
    const std::string cookie = cookie_of(message.text).substr(0, wire::kClientCookieSize) +
                               (theirs->empty() ? kTheirCookie : *theirs);
    response->opt->options.push_back({kCookieOption, cookie});
    cookies_[message.to] = words.value("wrong") ? cookies_[message.to] : cookie;
  }
  if (Status told = answer_subnet(words, message.text, *response); !told.ok()) {
    return told;
  }
  if (Status padded = pad(*response, words); !padded.ok()) {
    return padded;
  }
  const auto to = ports_.find(words.value("to").value_or(""));
  if (words.value("to") && to == ports_.end()) {
    return wrong("no port was called " + *words.value("to"));
  }
  for (uint32_t i = 1; i <= *times; ++i) {
    const Result<std::string> octets =
        write_spoiled(*response, words.value("wrong").value_or(""), i);
    if (!octets.ok()) {
      return octets.error();
    }
    network.deliver(to == ports_.end() ? message.port : to->second, *octets);
  }
  return {};
}

Status UpstreamSteps::fails(Network& network, const Endpoint& upstream, const Step& step) {
  const Result<Words> words = Words::read(step.words, 5, {"tcp"}, {"port", "id"});
  if (!words.ok()) {
    return words.error();
  }
  const Result<std::vector<Message>> meant = find_open(network, upstream, step, *words);
  if (!meant.ok()) {
    return meant.error();
  }
  const int port = meant->front().port;
  if (step.words[4] == "garbage") {
    network.deliver(port, "\1\2\3");
  } else if (step.words[4] == (words->has("tcp") ? "closed" : "unreachable")) {
    network.break_off(port);
  } else {
    return wrong("an upstream fails with garbage, unreachable over UDP, or closed over TCP");
  }
  return {};
}

Status check_counts(const daemon::PoolAsker& asker, const Step& step) {
  std::set<std::string> values;
  for (const auto& [name, member] : kCounts) {
    values.insert(name);
  }
  const Result<Words> words = Words::read(step.words, 1, {}, values);
  if (!words.ok()) {
    return words.error();
  }
  for (const auto& [name, member] : kCounts) {
    uint64_t count = 0;
    for (const Counters& counters : asker.counters()) {
      count += counters.*member;
    }
    const Result<uint32_t> wanted = words->number(name, static_cast<uint32_t>(count));
    if (!wanted.ok() || *wanted != count) {
      return wanted.ok() ? wrong(name + " is " + std::to_string(count)) : wanted.error();
    }
  }
  return {};
}

}  // namespace etymon::scenario

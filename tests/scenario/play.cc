#include "tests/scenario/play.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "api/daemon/settings.h"
#include "resolver/base/time_text.h"
#include "resolver/wire/message.h"
#include "tests/scenario/expectation.h"
#include "tests/scenario/question.h"
#include "tests/scenario/script.h"
#include "tests/scenario/stage.h"
#include "tests/scenario/upstream_steps.h"
#include "tests/scenario/words.h"

namespace etymon::scenario {
namespace {

const Endpoint kUpstream{IpAddress::v4(0xC6336435), 53};  // 198.51.100.53 (RFC 5737)

Error wrong(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what};
}

class Play {
 public:
  Status perform(const Step& step) {
    const std::string& verb = step.words.front();
    Status done = verb == "set"        ? set(step)
                  : verb == "client"   ? introduce(step)
                  : verb == "file"     ? write_file(step)
                  : verb == "wait"     ? wait(step)
                  : verb == "route"    ? route(step)
                  : verb == "flush"    ? flush(step)
                  : verb == "upstream" ? upstream(step)
                  : verb == "explore"  ? explore(step)
                  : verb == "sockets"  ? fail_sockets(step)
                  : verb == "counted"  ? counted(step)
                                       : somebody(step);
    if (!done.ok()) {
      return done;
    }
    const std::vector<std::string> complaints =
        stage_ == nullptr ? std::vector<std::string>() : stage_->take_complaints();
    return complaints.empty() ? Status() : wrong(complaints.front());
  }

  // Nothing may have happened that the scenario does not tell.
  Status end() {
    for (const auto& [name, address] : clients_) {
      if (stage().waiting(address) > 0) {
        return wrong("at the end " + name + " has an answer of which nothing is said: " +
                     describe(*stage().take(address)));
      }
    }
    if (stage().network() != nullptr) {
      return UpstreamSteps::end(*stage().network());
    }
    const auto unseen = std::ranges::find(stage().asked(), false, &Asked::seen);
    return unseen == stage().asked().end()
               ? Status()
               : wrong("the upstream was asked a question of which nothing is said: " +
                       describe(*unseen));
  }

 private:
  // Made when the first thing happens: then all settings are known.
  Stage& stage() {
    if (stage_ == nullptr) {
      stage_ = std::make_unique<Stage>(config_, files_);
    }
    return *stage_;
  }

  Status set(const Step& step) {
    if (stage_ != nullptr) {
      return wrong("settings come before anything happens");
    }
    if (step.words.size() < 3) {
      return wrong("write: set KEY VALUE...");
    }
    const daemon::Setting* setting = daemon::find_setting(step.words[1]);
    if (setting == nullptr) {
      return wrong("there is no setting '" + step.words[1] + "'");
    }
    return setting->apply(std::span(step.words).subspan(2), config_);
  }

  Status route(const Step& step) {
    const daemon::Setting* setting = daemon::find_setting("upstream.domains");
    daemon::Config config;
    Status read = setting->apply(std::span(step.words).subspan(1), config);
    if (stage().network() != nullptr) {
      return wrong("the pools of upstream.addresses keep their routes");
    }
    if (read.ok()) {
      stage().route(config.routes);
    }
    return read;
  }

  Status flush(const Step& step) {
    using Extent = cache::AnswerCache::Extent;
    if (step.words.size() != 2) {
      return wrong("write: flush NAME, or *.NAME");
    }
    const std::string& text = step.words[1];
    const bool subtree = text.starts_with("*.");
    const auto name = DomainName::from_text(text == "*." ? "." : text.substr(subtree ? 2 : 0));
    if (!name.ok()) {
      return name.error();
    }
    stage().flush(*name, subtree ? Extent::kSubtree : Extent::kName);
    return {};
  }

  Status write_file(const Step& step) {
    if (step.words.size() != 2) {
      return wrong("write: file PATH, and its lines below");
    }
    std::string text;
    for (const std::string& line : step.below) {
      text += line + "\n";
    }
    if (stage_ == nullptr) {
      files_[step.words[1]] = text;
    } else {
      stage_->write(step.words[1], text);
    }
    return {};
  }

  Status introduce(const Step& step) {
    if (step.words.size() != 4 || step.words[2] != "at") {
      return wrong("write: client NAME at ADDRESS");
    }
    const Result<IpAddress> address = IpAddress::from_text(step.words[3]);
    if (!address.ok()) {
      return address.error();
    }
    clients_[step.words[1]] = *address;
    return {};
  }

  Status wait(const Step& step) {
    if (step.words.size() != 2) {
      return wrong("write: wait DURATION");
    }
    const Result<Microseconds> span = parse_duration(step.words[1]);
    if (!span.ok()) {
      return span.error();
    }
    stage().wait(*span);
    return {};
  }

  Status somebody(const Step& step) {
    const Result<Endpoint> address = Endpoint::from_text(step.words[0], kUpstream.port);
    return address.ok() ? one_upstream(*address, step) : client(step);
  }

  Status one_upstream(const Endpoint& address, const Step& step) {
    if (stage().network() == nullptr) {
      return wrong("upstreams have addresses where upstream.addresses is set");
    }
    Status done = upstream_steps_.perform(*stage().network(), address, step);
    stage().turn();
    return done;
  }

  Status explore(const Step& step) {
    if (stage().network() == nullptr || step.has(1)) {
      return wrong("write: explore; where upstream.addresses is set");
    }
    stage().network()->explore();
    return {};
  }

  Status fail_sockets(const Step& step) {
    const Result<uint32_t> number = number_from(step.has(2) ? step.words[2] : "");
    if (stage().network() == nullptr || !number.ok() || step.words[1] != "fail" || step.has(3)) {
      return wrong("write: sockets fail N; where upstream.addresses is set");
    }
    stage().network()->fail_sockets(*number);
    return {};
  }

  Status counted(const Step& step) {
    return stage().network() == nullptr ? wrong("there are pools where upstream.addresses is set")
                                        : check_counts(stage().network()->asker(), step);
  }

  Status client(const Step& step) {
    const auto found = clients_.find(step.words[0]);
    if (found == clients_.end()) {
      return wrong("there is no verb and no client '" + step.words[0] + "'");
    }
    const std::string verb = step.has(1) ? step.words[1] : "";
    if (verb == "asks") {
      return asks(step, found->second);
    }
    if (verb == "sends") {
      return sends(step, found->second);
    }
    return verb == "gets" ? gets(step, found->first, found->second)
                          : wrong("a client asks, sends or gets");
  }

  Status asks(const Step& step, const IpAddress& client) {
    Result<ScriptedQuestion> question = read_question(step.words, 2);
    if (!question.ok()) {
      return question.error();
    }
    if (question->cookie_kept) {
      show_kept_cookie(step.words[0], question->message);
    }
    std::vector<std::string> messages;
    for (uint32_t i = 1; i <= question->times; ++i) {
      const Result<std::string> message = write_query(*question, i, ++last_id_);
      if (!message.ok()) {
        return message.error();
      }
      messages.push_back(*message);
      if (!question->together || i == question->times) {
        stage().send(client, std::exchange(messages, {}), question->transport, question->via);
      }
    }
    return {};
  }

  void show_kept_cookie(const std::string& client, TextMessage& message) {
    for (EdnsOption& option : message.opt->options) {
      option.data = option.code == kCookieOption ? cookies_[client] : option.data;
    }
  }

  void keep_cookie(const std::string& client, const TextMessage& message) {
    for (const EdnsOption& option :
         message.opt ? message.opt->options : std::vector<EdnsOption>()) {
      if (option.code == kCookieOption) {
        cookies_[client] = option.data;
      }
    }
  }

  Status sends(const Step& step, const IpAddress& client) {
    const Result<std::string> octets = octets_from(step.has(2) ? step.words[2] : "");
    const Result<Words> words = Words::read(step.words, 3, {"tcp"}, {});
    if (!octets.ok() || !words.ok()) {
      return octets.ok() ? words.error() : octets.error();
    }
    stage().send(client, {*octets}, words->has("tcp") ? Transport::kTcp : Transport::kUdp);
    return {};
  }

  Status gets(const Step& step, const std::string& name, const IpAddress& client) {
    const Result<Expectation> expected = Expectation::read(step);
    if (!expected.ok()) {
      return expected.error();
    }
    for (uint32_t i = 0; i < expected->times(); ++i) {
      const std::optional<Received> received = stage().take(client);
      if (Status holds = expected->check(received, name); !holds.ok()) {
        return holds;
      }
      if (received) {
        keep_cookie(name, received->message);
      }
    }
    return {};
  }

  Status upstream(const Step& step) {
    if (stage().network() != nullptr) {
      return wrong("say which upstream: by its address");
    }
    const std::string verb = step.has(1) ? step.words[1] : "";
    if (verb == "is" && step.has(3) && step.words[2] == "asked") {
      return is_asked(step);
    }
    if (verb == "answers") {
      return answers(step);
    }
    return verb == "fails" ? fails(step) : wrong("an upstream is asked, answers or fails");
  }

  Status is_asked(const Step& step) {
    std::vector<Asked>& asked = stage().asked();
    if (step.words[3] == "nothing") {
      const auto unseen = std::ranges::find(asked, false, &Asked::seen);
      return unseen == asked.end() ? Status() : wrong("it was asked " + describe(*unseen));
    }
    const Result<ScriptedQuestion> question = read_question(step.words, 3);
    if (!question.ok()) {
      return question.error();
    }
    for (uint32_t i = 1; i <= question->times; ++i) {
      const auto found = std::ranges::find_if(asked, [&](const Asked& candidate) {
        return !candidate.seen && is_question(candidate, *question, i);
      });
      if (found == asked.end()) {
        return wrong("it was not asked that" + all_asked());
      }
      found->seen = true;
    }
    return {};
  }

  std::string all_asked() {
    std::string text = "; open are:";
    for (const Asked& asked : stage().asked()) {
      text += " " + describe(asked) + (asked.seen ? " (seen)" : "");
    }
    return stage().asked().empty() ? "; no question is open" : text;
  }

  // The open question of which the step speaks; words behind name and type are the answer's.
  Result<size_t> find_asked(const Step& step) {
    if (!step.has(3)) {
      return wrong("write: upstream answers|fails NAME TYPE ...");
    }
    const Result<ScriptedQuestion> question = read_question({step.words[2], step.words[3]}, 0);
    if (!question.ok()) {
      return question.error();
    }
    const std::vector<Asked>& asked = stage().asked();
    const auto found = std::ranges::find_if(
        asked, [&](const Asked& candidate) { return names_same(candidate, *question); });
    if (found == asked.end()) {
      return wrong("it was not asked that" + all_asked());
    }
    return static_cast<size_t>(found - asked.begin());
  }

  Status answers(const Step& step) {
    const Result<size_t> asked = find_asked(step);
    if (!asked.ok()) {
      return asked.error();
    }
    const Result<std::string> message = write_response(step, stage().asked()[*asked]);
    if (!message.ok()) {
      return message.error();
    }
    stage().answer(*asked, forward::UpstreamResponse{*message, kUpstream});
    return {};
  }

  Status fails(const Step& step) {
    const std::map<std::string, ErrorCode> codes = {{"timeout", ErrorCode::kDeadlineExceeded},
                                                    {"unreachable", ErrorCode::kUnavailable},
                                                    {"busy", ErrorCode::kResourceExhausted}};
    const Result<size_t> asked = find_asked(step);
    if (!asked.ok()) {
      return asked.error();
    }
    const std::string how = step.has(4) ? step.words[4] : "";
    if (how == "garbage") {
      stage().answer(*asked, forward::UpstreamResponse{"\1\2\3", kUpstream});
    } else if (codes.contains(how)) {
      stage().answer(*asked, wrong_with(codes.at(how)));
    } else {
      return wrong("an upstream fails with timeout, unreachable, busy or garbage");
    }
    return {};
  }

  static Error wrong_with(ErrorCode code) { return {code, "as the scenario says"}; }

  daemon::Config config_;
  std::map<std::string, IpAddress> clients_ = {{"phone", IpAddress::v4(0xC0A80107)},
                                               {"laptop", IpAddress::v4(0xC0A80108)}};
  std::map<std::string, std::string> files_;  // those that are there when it begins
  std::unique_ptr<Stage> stage_;
  UpstreamSteps upstream_steps_;
  std::map<std::string, std::string> cookies_;  // that clients got last, by their names
  uint16_t last_id_ = 0;
};

}  // namespace

Status play(const std::string& file, std::string_view text) {
  const Result<std::vector<Step>> steps = read_script(text);
  if (!steps.ok()) {
    return wrong(file + ":" + steps.error().message);
  }
  if (steps->empty()) {
    return wrong(file + ":1: nothing happens here");
  }
  Play playing;
  for (const Step& step : *steps) {
    if (const Status done = playing.perform(step); !done.ok()) {
      return wrong(file + ":" + std::to_string(step.line) + ": " + done.error().message);
    }
  }
  const Status ended = playing.end();
  return ended.ok() ? ended
                    : wrong(file + ":" + std::to_string(steps->back().line) + ": " +
                            ended.error().message);
}

}  // namespace etymon::scenario

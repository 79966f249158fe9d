// Doubles around a Forwarder: a recorder and a sink that write down, in one order, what happens to
// them, and an upstream that the test answers for.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "resolver/forward/asker.h"
#include "resolver/forward/turn.h"
#include "resolver/model/recorder.h"

namespace etymon::forward {

using Events = std::vector<std::string>;

class ListingRecorder final : public Recorder {
 public:
  explicit ListingRecorder(Events& events) : events_(events) {}

  AnswerId remember(const Answer& answer) override {
    answers_.push_back(std::move(answer));
    return answers_.size();
  }

  bool knows(AnswerId id) const override { return !withdrawn.contains(id); }

  using Recorder::record;
  Recorded record(std::span<const Delivery> turn, RecordTicket&) override {
    events_.push_back("record " + std::to_string(turn.size()));
    deliveries_.insert(deliveries_.end(), turn.begin(), turn.end());
    return outcome;
  }
  Recorded give_up(std::span<const Delivery>, RecordTicket&) override { return Recorded::kLost; }

  const std::vector<Delivery>& deliveries() const { return deliveries_; }
  const Answer& answer_of(const Delivery& delivery) const {
    return answers_.at(delivery.answer - 1);
  }

  Recorded outcome = Recorded::kYes;
  std::set<AnswerId> withdrawn;

 private:
  Events& events_;
  std::vector<Answer> answers_;
  std::vector<Delivery> deliveries_;
};

class ListingSink final : public AnswerSink {
 public:
  ListingSink(Events& events, std::string name) : events_(events), name_(std::move(name)) {}

  void send(std::span<const Outgoing> answers) override {
    events_.push_back("send " + name_ + " " + std::to_string(answers.size()));
    for (const Outgoing& answer : answers) {
      sent.emplace_back(answer.to, std::string(as_text(answer.message)));
    }
  }

  bool takes(const ReplyTo& /*to*/) override { return !gone; }

  std::vector<std::pair<ReplyTo, std::string>> sent;
  bool gone = false;  // the connection

 private:
  Events& events_;
  std::string name_;
};

// Keeps the questions until the test answers them.
class HeldAsker final : public Asker {
 public:
  void ask(const UpstreamQuestion& question, Done done) override {
    asked.push_back(question);
    done_.push_back(std::move(done));
  }

  void answer(size_t index, std::string message, const Endpoint& upstream) {
    done_.at(index)(UpstreamResponse{std::move(message), upstream});
  }
  void fail(size_t index) { done_.at(index)(Error{ErrorCode::kDeadlineExceeded, "no answer"}); }

  std::vector<UpstreamQuestion> asked;

 private:
  std::vector<Done> done_;
};

}  // namespace etymon::forward

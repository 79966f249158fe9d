#include "tests/bench/history_workload.h"

#include <string>

namespace etymon::bench {
namespace {

constexpr uint32_t kClients = 200;
// One name in twenty does not exist, another one has only text.
constexpr uint32_t kWithoutAddress = 20;
constexpr uint32_t kNamesOfASite = 8;

DomainName name_of(uint32_t number) {
  return *DomainName::from_text("host" + std::to_string(number % kNamesOfASite) + ".site" +
                                std::to_string(number / kNamesOfASite) + ".example.com");
}

Answer answer_of(uint32_t number) {
  Answer answer = store::numbered_answer(number);
  answer.question.name = name_of(number);
  answer.chain.front() = answer.question.name;
  switch (number % kWithoutAddress) {
    case 7:
      answer.chain.resize(1);
      answer.addresses.clear();
      answer.rcode = Rcode::kNxDomain;
      break;
    case 13:
      answer.question.type = RecordType::kTxt;
      answer.chain.resize(1);
      answer.addresses.clear();
      break;
    default:
      break;
  }
  return answer;
}

class Mixed final : public HistoryWorkload {
 public:
  explicit Mixed(uint32_t names) : zipf_(names), expires_(names) {
    for (uint32_t number = 0; number < names; ++number) {
      answers_.push_back(answer_of(number));
    }
  }

  Told next(WallTime now) override {
    constexpr uint32_t kTtls[] = {30, 60, 300, 3600};
    Told told;
    told.at = now;
    told.answer = static_cast<uint32_t>(zipf_.draw(dice_));
    told.client = store::numbered_client(static_cast<uint32_t>(dice_() % kClients));
    WallTime& expires = expires_[told.answer];
    told.origin = now < expires ? Origin::kCache : Origin::kUpstream;
    if (told.origin == Origin::kUpstream) {
      expires = now + Seconds(kTtls[told.answer % std::size(kTtls)]);
    }
    told.validity_s = static_cast<uint32_t>((expires - now) / Seconds(1));
    return told;
  }

  const Answer& answer(uint32_t number) override { return answers_[number]; }

 private:
  std::mt19937 dice_{1};
  store::Zipf zipf_;
  std::vector<WallTime> expires_;
  std::vector<Answer> answers_;
};

class NewPairs final : public HistoryWorkload {
 public:
  Told next(WallTime now) override {
    const uint32_t number = next_++;
    return {now, store::numbered_client(number % kClients), number, 300};
  }

  const Answer& answer(uint32_t number) override {
    answer_ = answer_of(number);
    return answer_;
  }

 private:
  uint32_t next_ = 0;
  Answer answer_;
};

}  // namespace

std::unique_ptr<HistoryWorkload> mixed_history(uint32_t names) {
  return std::make_unique<Mixed>(names);
}

std::unique_ptr<HistoryWorkload> history_of_new_pairs() {
  return std::make_unique<NewPairs>();
}

}  // namespace etymon::bench

#include "tests/bench/history_questions.h"

#include <algorithm>

namespace etymon::bench {
namespace {

constexpr size_t kKept = 100'000;
constexpr Microseconds kSpan = std::chrono::hours(1);
constexpr unsigned kPrefixLength = 120;  // an IPv4 /24
constexpr unsigned kNeverTold = 10;      // one address in so many

IpAddress never_told(uint64_t n) {
  return IpAddress::v4(0xC6330000U + static_cast<uint32_t>(n % 65'536));
}

DomainName parent(const DomainName& name) {
  const std::string text = name.text();
  return *DomainName::from_text(text.substr(text.find('.') + 1));
}

}  // namespace

void Sample::add(const Told& told) {
  first_ = count_ == 0 ? told.at : first_;
  last_ = told.at;
  ++count_;
  if (kept_.size() < kKept) {
    kept_.push_back(told);
  } else if (const uint64_t place = dice_() % count_; place < kKept) {
    kept_[place] = told;
  }
}

std::vector<HistoryQuestion> Sample::questions(QuestionKind kind, size_t count,
                                               HistoryWorkload& workload) const {
  Dice dice(count_ + static_cast<uint64_t>(kind));
  std::vector<HistoryQuestion> questions;
  questions.reserve(count);
  while (questions.size() < count) {
    questions.push_back(question(kind, workload, dice));
  }
  return questions;
}

HistoryQuestion Sample::question(QuestionKind kind, HistoryWorkload& workload, Dice& dice) const {
  const Told& told = draw(kind, workload, dice);
  const Answer& answer = workload.answer(told.answer);
  HistoryQuestion question{.kind = kind, .client = told.client, .name = answer.question.name};
  const WallTime moment = draw_moment(dice);
  question.span = {moment - kSpan, moment};
  if (kind == QuestionKind::kSubtree) {
    question.name = parent(question.name);
  }
  if (!answer.addresses.empty()) {
    const bool never = dice() % kNeverTold == 0;
    const IpAddress address =
        never ? never_told(dice()) : answer.addresses[dice() % answer.addresses.size()].address;
    question.address = kind == QuestionKind::kAddress ? IpPrefix(address)
                                                      : IpPrefix::around(address, kPrefixLength);
  }
  return question;
}

const Told& Sample::draw(QuestionKind kind, HistoryWorkload& workload, Dice& dice) const {
  const bool needs_address = kind == QuestionKind::kAddress || kind == QuestionKind::kAddresses ||
                             kind == QuestionKind::kPrefix;
  while (true) {
    const Told& told = kept_[dice() % kept_.size()];
    if (!needs_address || !workload.answer(told.answer).addresses.empty()) {
      return told;
    }
  }
}

WallTime Sample::draw_moment(Dice& dice) const {
  const auto length = static_cast<uint64_t>((last_ - first_).count());
  return first_ + Microseconds(static_cast<int64_t>(dice() % (length + 1)));
}

}  // namespace etymon::bench

// AnswerMemory: answers to questions that were asked before, for lines that ask them again. Belongs
// to one thread; the answers it gives out are filled in by another.
//
// Two generations of a bounded number each: when the younger is full it becomes the older, and the
// older is let go. What is asked for again moves up. So the memory is bounded, and whatever was
// needed among the last kRememberedMax questions is there.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "api/cli/annotation.h"
#include "api/cli/question.h"

namespace etymon::cli {

// An answer as it is written behind each line that asks for it. Filled in once, before the first of
// these lines is written, by the thread that writes them.
struct Annotation {
  std::string written;
  Outcome outcome = Outcome::kUnnamed;
  // Any thread: no answer came, so that later lines ask again.
  std::atomic<bool> unanswered = false;
};

class AnswerMemory {
 public:
  static constexpr size_t kRememberedMax = 16'384;  // some 5 MiB in each generation

  // Null when it is not known, or no answer came.
  std::shared_ptr<Annotation> find(const QuestionKey& key) {
    if (const auto young = young_.find(key); young != young_.end()) {
      return answered(young->second);
    }
    const auto old = old_.find(key);
    if (old == old_.end() || answered(old->second) == nullptr) {
      return nullptr;
    }
    std::shared_ptr<Annotation> annotation = old->second;
    remember(key, annotation);
    return annotation;
  }

  void remember(const QuestionKey& key, std::shared_ptr<Annotation> annotation) {
    if (young_.size() == kRememberedMax) {
      old_.swap(young_);
      young_.clear();
    }
    young_.insert_or_assign(key, std::move(annotation));
  }

 private:
  static std::shared_ptr<Annotation> answered(const std::shared_ptr<Annotation>& annotation) {
    return annotation != nullptr && annotation->unanswered ? nullptr : annotation;
  }

  using Generation = std::unordered_map<QuestionKey, std::shared_ptr<Annotation>, QuestionKeyHash>;

  Generation young_;
  Generation old_;
};

}  // namespace etymon::cli

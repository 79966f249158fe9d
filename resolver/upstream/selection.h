// Selection: which upstream a question asks next. Inside this folder only; belongs to one loop
// thread; the question's Asking owns it.
#pragma once

#include <cstddef>
#include <optional>

#include "resolver/upstream/course.h"

namespace etymon::upstream {

class Selection {
 public:
  explicit Selection(const Course& course) : course_(course) {}

  // The most promising one; nothing when nobody is left. Those that are up come before those that
  // are down, then those that this question bothered least, then the fastest, then the configured
  // order.
  std::optional<size_t> next(Among among);

  // The one that is down and that this question tries again.
  std::optional<size_t> probed() const { return probed_; }

 private:
  std::optional<size_t> first_choice();
  std::optional<size_t> due_for_probing();
  std::optional<size_t> explored() const;

  const Course& course_;
  std::optional<size_t> probed_;
};

}  // namespace etymon::upstream

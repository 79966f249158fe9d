// Stint: for how long a call that reads page after page may read for one of them, before others
// have their turn. Belongs to the call.
//
// Short, so that nobody waits long for those who read for days. A page of which nothing came, as
// the store reads hours as a whole, is read anew for twice as long, up to what any reading may
// take; behind one that came through there is half as much again.
#pragma once

#include <algorithm>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::service {

class Stint {
 public:
  Stint(Milliseconds first, Milliseconds most)
      : first_(std::min(first, most)), most_(most), time_(first_) {}

  Milliseconds time() const { return time_; }

  // After a page that came through.
  void shorten() { time_ = std::max(time_ / 2, first_); }

  // After a page that failed. True: there was too little time, and for the next one there is more.
  bool lengthen_after(const Error& error) {
    if (error.code != ErrorCode::kUnavailable || time_ >= most_) {
      return false;
    }
    time_ = std::min(2 * time_, most_);
    return true;
  }

 private:
  const Milliseconds first_;
  const Milliseconds most_;
  Milliseconds time_;
};

}  // namespace etymon::service

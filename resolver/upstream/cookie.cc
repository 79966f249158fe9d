#include "resolver/upstream/cookie.h"

#include <algorithm>

namespace etymon::upstream {

std::string Cookie::octets() const {
  return std::string(as_text(ours_)) + theirs_;
}

Cookie::Shown Cookie::judge(ByteView message) const {
  const std::optional<ByteView> shown = wire::cookie_in(message);
  if (!shown) {
    return theirs_.empty() ? Shown::kNone : Shown::kMissing;
  }
  const bool ours = wire::is_cookie_size(shown->size()) &&
                    std::ranges::equal(shown->first(wire::kClientCookieSize), ours_);
  return ours ? Shown::kOurs : Shown::kWrong;
}

void Cookie::learn(ByteView message) {
  const std::optional<ByteView> shown = wire::cookie_in(message);
  if (shown && shown->size() > wire::kClientCookieSize) {
    theirs_ = as_text(shown->subspan(wire::kClientCookieSize));
  }
}

}  // namespace etymon::upstream

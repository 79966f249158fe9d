#include "resolver/wire/cookie.h"

#include "resolver/wire/options.h"

namespace etymon::wire {

std::optional<ByteView> cookie_in(ByteView message) {
  return option_in(message, OptionCode::kCookie);
}

}  // namespace etymon::wire

// Cookie: by what one upstream and we know each other (RFC 7873). Inside this folder only; belongs
// to one loop thread.
//
// Ours is drawn once for each upstream; its own is kept as it last gave it. A packet that shows
// another cookie than ours is no answer. One that shows none, from an upstream that gave us one
// before, may be forged: it is asked over TCP, and if it shows none there, it has given them up.
#pragma once

#include <string>

#include "resolver/base/random.h"
#include "resolver/wire/cookie.h"

namespace etymon::upstream {

class Cookie {
 public:
  explicit Cookie(Random& random) { random.fill(ours_); }

  // What is sent: ours, and theirs if there is one.
  std::string octets() const;

  enum class Shown {
    kOurs,
    kNone,
    kMissing,  // none, although it gave us one before
    kWrong,
  };
  // What a message shows that answers one with our cookie; nothing is learned.
  Shown judge(ByteView message) const;
  // Of a message that is believed: keeps theirs.
  void learn(ByteView message);
  // It answered without one over a connection.
  void forget() { theirs_.clear(); }

 private:
  wire::ClientCookie ours_{};
  std::string theirs_;
};

}  // namespace etymon::upstream

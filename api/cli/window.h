// Window: -A, -B and --at, as several verbs have them. Used by one thread, at the start.
#pragma once

#include <optional>
#include <string>

#include "api/cli/moments.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace etymon::cli {

class Window {
 public:
  // `this` must stay where it is while the app parses.
  void add_to(CLI::App& verb);

  // Sets `start` and `end` of a message, where they were given. Error kInvalidArgument: one line
  // that names the argument.
  template <class Message>
  Status set_in(Message& message, WallTime now) const {
    const Result<Bounds> bounds = read(now);
    if (!bounds) {
      return bounds.error();
    }
    if (bounds->start) {
      *message.mutable_start() = to_proto(*bounds->start);
    }
    if (bounds->end) {
      *message.mutable_end() = to_proto(*bounds->end);
    }
    return {};
  }

 private:
  struct Bounds {
    std::optional<WallTime> start;
    std::optional<WallTime> end;
  };
  Result<Bounds> read(WallTime now) const;

  std::string after_;
  std::string before_;
  std::string at_;
};

}  // namespace etymon::cli

#include "resolver/upstream/attempts.h"

#include <algorithm>

namespace etymon::upstream {

void Attempts::lose_patience() {
  std::ranges::for_each(tries_, [](const auto& attempt) { attempt->lose_patience(); });
}

Path Attempts::path_to(size_t server) const {
  return progress_[server].refused ? Path::kStream : path_;
}

bool Attempts::may_ask(size_t server, Among among) const {
  const Progress& progress = progress_[server];
  return !progress.unreachable && !progress.cannot_help &&
         (among == Among::kAll || !awaits(server));
}

bool Attempts::awaits(size_t server) const {
  return std::ranges::any_of(tries_, [&](const auto& attempt) {
    const Sent& sent = attempt->sent();
    return attempt->hopeful() && sent.server == server &&
           (path_to(server) == Path::kUdp || sent.path == Path::kStream);
  });
}

bool Attempts::hopeful() const {
  return std::ranges::any_of(tries_, [this](const auto& attempt) {
    return attempt->hopeful() && !progress_[attempt->sent().server].cannot_help;
  });
}

bool Attempts::refused_at_most() const {
  return std::ranges::any_of(tries_, [this](const auto& attempt) {
    const Progress& progress = progress_[attempt->sent().server];
    return attempt->open() && !attempt->distrusted() && !attempt->cut() && !progress.unreachable &&
           !progress.cannot_help;
  });
}

}  // namespace etymon::upstream

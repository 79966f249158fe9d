#include "store/removal/purge.h"

#include <string>

namespace etymon::store {
namespace {

// Of a table's last level, rewritten at once: some 2 to 4 seconds.
constexpr uint64_t kPieceOctets = 128 << 20;

}  // namespace

void Purge::begin(std::deque<Table> tables) {
  pieces_.clear();
  octets_ = 0;
  tables_left_ = std::move(tables);
}

// The pieces follow each other without a gap: what lies between two files of the last level may be
// in one of a level above.
void Purge::cut(Table table) {
  std::string first;
  for (std::string& point : tables_.cut_points(table, kPieceOctets)) {
    pieces_.push_back({table, {first, point}});
    first = std::move(point);
    first.push_back('\0');
  }
  pieces_.push_back({table, {first, {}}});
}

Status Purge::step(std::atomic<bool>& stop) {
  if (pieces_.empty() && !tables_left_.empty()) {
    cut(tables_left_.front());
    tables_left_.pop_front();
  }
  if (pieces_.empty()) {
    return {};
  }
  const auto [table, piece] = std::move(pieces_.front());
  pieces_.pop_front();
  octets_ += tables_.octets_of(table, piece);
  const Status done = tables_.rewrite(table, piece, stop);
  if (!done) {
    pieces_.clear();
    tables_left_.clear();
  }
  return done;
}

}  // namespace etymon::store

// Journal entry: what one write of the journal holds - some deliveries, and the answers they name.
//
// The entries between two folds stand on their own: an answer is defined in the first entry since
// the last fold that names it, so refilling the tail needs nothing but the journal. Pure functions.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/delivery.h"
#include "store/journal/answer_book.h"
#include "store/journal/journal_filter.h"

namespace etymon::store {

struct JournalEntry {
  struct Definition {
    AnswerId id = 0;
    std::string answer;  // encode_answer()

    friend bool operator==(const Definition&, const Definition&) = default;
  };

  std::vector<Definition> definitions;
  std::vector<Delivery> deliveries;
};

// `out` is replaced. REQUIRES: times are clamped (keys.h).
void encode_entry(std::span<const KnownAnswerPtr> definitions, std::span<const Delivery> deliveries,
                  std::string& out);

// Error kDataLoss: not the bytes of an entry.
Result<JournalEntry> decode_entry(std::string_view bytes);

// What is behind the tables' position has no gaps and stands on its own. Errors kDataLoss: entry
// `next` does not follow the one before it; or `entry` names an answer that neither it nor, by
// `is_known`, one before it defines.
Status check_follows(Sequence before, Sequence next);
Status check_named(const JournalEntry& entry, const std::function<bool(AnswerId)>& is_known);

}  // namespace etymon::store

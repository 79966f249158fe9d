// PairRows: what the rows of one pair in `by_address` say, added to its evidence row by row.
//
// A row is an outline of a day, and leaves sightings out; where the moment falls between two of
// those that it shows, the hour's own row in `deliveries` is read. The outline of an answer with
// several addresses stands under one of them, to which the rows of the others lead. Private to
// store/; one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/few_map.h"
#include "resolver/base/result.h"
#include "resolver/model/history.h"
#include "store/journal/answer_book.h"
#include "store/model/queries.h"
#include "store/reading/evidence.h"
#include "store/tables/address_rows.h"
#include "store/tables/outlines.h"
#include "store/tables/row_cache.h"

namespace etymon::store {

class PairRows {
 public:
  // All outlive it. It moves the cursors `homes` and `hours` of `rows`.
  PairRows(const EvidenceQuery& query, AddressRows& rows, AnswerBook& book, RowCache& cache);

  // What comes next is of another pair.
  void begin() { answers_.clear(); }

  // REQUIRES: newest day first. `is_cut`: not all of its day counts. Errors: as the disk says;
  // kDataLoss; kNotFound: the answer is gone by now.
  Status add(const AddressKey& key, std::string_view value, bool is_cut, EvidenceGroup& group);

  // When each answer was told first, of those rows that were only counted. Errors as add().
  Status add_firsts(EvidenceGroup& group);

 private:
  // What has been read of one answer.
  struct AnswerRows {
    KnownAnswerPtr known;
    unsigned decoded = 0;
    std::optional<AddressKey> oldest_counted;  // the last row of which only the head was read
    std::optional<Sighting> first;             // of that row; it may stand under another address
  };

  Status add_outline(const AddressKey& key, std::string_view outline, AnswerRows& answer,
                     EvidenceGroup& group);
  Status show_skipped_at(WallTime edge, const AddressKey& key);
  Status add_first_at_home(const AnswerRows& answer, EvidenceGroup& group);
  Result<std::string_view> outline_at_home(AddressKey key, const KnownAnswer& known);
  Result<std::string_view> read_row(RowCursor& rows, Table table);

  const EvidenceQuery& query_;
  const Day last_day_;
  AddressRows& rows_;
  AnswerBook& book_;
  RowCache& cache_;
  FewMap<AnswerId, AnswerRows> answers_;
  std::string key_;                  // of a row that is looked for
  CachedRowsPtr row_;                // the last that was found by its key
  std::vector<Outlined>& outlined_;  // of the row at hand, in the room of `rows_`
  std::vector<Sighting> sightings_;  // of an hour of it
};

}  // namespace etymon::store

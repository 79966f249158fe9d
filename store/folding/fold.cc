#include "store/folding/fold.h"

#include <algorithm>
#include <array>
#include <compare>
#include <numeric>

#include "resolver/base/bytes.h"
#include "resolver/base/flat_map.h"
#include "store/folding/fold_rows.h"

namespace etymon::store {
namespace {

// The stored number of each answer that is not in the tables yet. The hash stands here once more,
// because sorting by what a pointer leads to waits for memory at every comparison.
struct Stored {
  KnownAnswerPtr known;
  AnswerId id;
  uint64_t hash;
  bool is_new;
};

// Answers that nobody was told yet come along a few at a time, so that they do not pile up.
constexpr size_t kUntoldPerFold = 4096;

struct Found {
  std::vector<Stored> stored;                 // that the tables may not have, each once
  FlatMap<AnswerId, FoldedAnswer> by_number;  // all of them
};

// Its number there. Where that cannot be read it counts as new: it then stands there twice, which
// is less than a fold that can never be done.
Result<std::optional<AnswerId>> known_to(const Tables& tables, const KnownAnswer& known) {
  auto id = tables.id_of(known.hash(), known.bytes());
  const bool is_unreadable =
      !id && (id.error().code == ErrorCode::kDataLoss || id.error().code == ErrorCode::kNotFound ||
              id.error().code == ErrorCode::kIo);
  return is_unreadable ? Result(std::optional<AnswerId>()) : std::move(id);
}

// What the part or the book has. Asked one by one: the loops need the book, and a million answers
// in one step kept them waiting until records were lost. And once: while the journal is mended, the
// book may take for new what the tables have.
Result<Found> find_stored(const TailPart& part, const AnswerBook& book, const Tables& tables) {
  std::vector<KnownAnswerPtr> candidates = book.oldest_unstored(kUntoldPerFold);
  for (const TailPart::AnswerDeliveries& answer : part.answers()) {
    candidates.push_back(answer.known);
  }
  Found found;
  for (const KnownAnswerPtr& known : candidates) {
    if (found.by_number.contains(known->id())) {
      continue;
    }
    if (const std::optional<AnswerId> id = book.stored_id(known)) {
      found.by_number.emplace(known->id(), FoldedAnswer{*id, false});
      continue;
    }
    const Result<std::optional<AnswerId>> id = known_to(tables, *known);
    if (!id) {
      return id.error();
    }
    const Stored& one = found.stored.emplace_back(
        Stored{known, id->value_or(known->id()), known->hash(), !id->has_value()});
    found.by_number.emplace(known->id(), FoldedAnswer{one.id, one.is_new});
  }
  return found;
}

void add_answers(TableFile& file, std::vector<Stored>& stored) {
  std::ranges::sort(stored, {}, &Stored::id);
  std::string key;
  for (const Stored& answer : stored) {
    if (answer.is_new) {
      key.clear();
      append_id(key, answer.id);
      file.add(key, answer.known->bytes());
    }
  }
}

void add_answer_ids(TableFile& file, std::vector<Stored>& stored) {
  std::ranges::sort(stored, {}, &Stored::hash);
  std::string ids;
  for (size_t i = 0; i < stored.size(); ++i) {
    if (stored[i].is_new) {
      append_id(ids, stored[i].id);
    }
    const bool more = i + 1 < stored.size() && stored[i + 1].hash == stored[i].hash;
    if (!more && !ids.empty()) {
      file.add(answer_hash_key(stored[i].hash), ids);
      ids.clear();
    }
  }
}

// The part's answers with the numbers under which the tables know them: found just now, or by an
// earlier fold while this part was filling.
std::vector<FoldedAnswer> table_ids(const TailPart& part, const Found& found) {
  std::vector<FoldedAnswer> folded;
  folded.reserve(part.answers().size());
  for (const TailPart::AnswerDeliveries& answer : part.answers()) {
    folded.push_back(found.by_number.find(answer.known->id())->second);
  }
  return folded;
}

}  // namespace

Status fold(const TailPart& part, Tables& tables, AnswerBook& book) {
  auto found = find_stored(part, book, tables);
  if (!found) {
    return found.error();
  }
  std::vector<Stored>& stored = found->stored;
  std::array<std::unique_ptr<TableFile>, kTableCount> files;
  for (size_t i = 0; i < kTableCount; ++i) {
    files[i] = tables.new_file(static_cast<Table>(i));
  }
  const auto file = [&](Table table) -> TableFile& { return *files[static_cast<size_t>(table)]; };

  add_answers(file(Table::kAnswers), stored);
  add_answer_ids(file(Table::kAnswerIds), stored);
  const FoldRows rows(part, table_ids(part, *found));
  rows.add_deliveries(file(Table::kDeliveries));
  std::string position;
  ByteWriter(position).u64(*part.last());
  file(Table::kByAddress).replace(kFoldedKey, position);
  rows.add_by_address(file(Table::kByAddress));
  rows.add_by_name(file(Table::kByName));
  rows.add_by_client(file(Table::kByClient));

  std::vector<const TableFile*> finished;
  for (const auto& table_file : files) {
    const Status status = table_file->finish();
    if (!status) {
      return status;
    }
    if (!table_file->is_empty()) {
      finished.push_back(table_file.get());
    }
  }
  const Status ingested = tables.ingest(finished);
  if (ingested) {
    for (const Stored& answer : stored) {
      book.note_stored(answer.known, answer.id);
    }
  }
  return ingested;
}

}  // namespace etymon::store

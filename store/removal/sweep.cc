#include "store/removal/sweep.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/base/hash.h"
#include "store/tables/id_set.h"
#include "store/tables/sets.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

// Answers removed by one ingest: a few megabytes of memory.
constexpr size_t kAtOnce = 50'000;
constexpr size_t kIdOctets = 5;

const rocksdb::Slice kEnd = to_slice(kBehindAllKeys);

struct Stored {
  AnswerId id;
  uint64_t hash;
};

struct Parts {
  Tables& tables;
  AnswerBook& book;
  const Tail& tail;
};

AnswerId id_at_end(std::string_view key) {
  ByteReader reader(key.substr(key.size() - std::min(key.size(), kIdOctets)));
  return read_id(reader);
}

Result<IdSet> referred_to(const Tables& tables, const AnswerBook& book, const Tail& tail) {
  IdSet ids;
  for (const AnswerId id : tail.answer_ids()) {
    ids.insert(id);
    ids.insert(book.true_id(id));
  }
  const OpenTablesPtr opened = tables.opened();
  const auto names = opened->scan(Table::kByName, kEnd);
  for (names->SeekToFirst(); names->Valid(); names->Next()) {
    ids.insert(id_at_end(to_view(names->key())));
  }
  const Status read = is_read(*names, Table::kByName);
  return read ? Result<IdSet>(std::move(ids)) : read.error();
}

// What is left of the ids of a hash.
Status add_without(const Tables& tables, std::span<const Stored> same_hash, TableFile& file) {
  const std::string key = answer_hash_key(same_hash.front().hash);
  Result<std::vector<AnswerId>> ids = tables.ids_of(key);
  if (!ids) {
    return ids.error();
  }
  std::erase_if(*ids, [&](AnswerId id) {
    return std::ranges::find(same_hash, id, &Stored::id) != same_hash.end();
  });
  std::string left;
  std::ranges::for_each(*ids, [&left](AnswerId id) { append_id(left, id); });
  left.empty() ? file.remove(key) : file.replace(key, left);
  return {};
}

// REQUIRES: sorted by id, not empty.
Status remove_stored(Tables& tables, std::vector<Stored> answers) {
  const auto by_id = tables.new_file(Table::kAnswers);
  std::string key;
  for (const Stored& answer : answers) {
    key.clear();
    append_id(key, answer.id);
    by_id->remove(key);
  }
  std::ranges::sort(answers, {}, &Stored::hash);
  const auto by_hash = tables.new_file(Table::kAnswerIds);
  for (size_t begin = 0, end = 0; begin < answers.size(); begin = end) {
    while (end < answers.size() && answers[end].hash == answers[begin].hash) {
      ++end;
    }
    const Status added =
        add_without(tables, std::span(answers).subspan(begin, end - begin), *by_hash);
    if (!added) {
      return added;
    }
  }
  for (TableFile* file : {by_id.get(), by_hash.get()}) {
    const Status finished = file->finish();
    if (!finished) {
      return finished;
    }
  }
  return tables.ingest({by_id.get(), by_hash.get()});
}

using Ids = std::unordered_set<AnswerId>;

Ids ids_of(const std::vector<Stored>& answers) {
  Ids ids;
  std::ranges::for_each(answers, [&](const Stored& answer) { ids.insert(answer.id); });
  return ids;
}

// A turn that lasted longer than any should may have named what leaves: that stays.
void keep_named(const AnswerBook& book, const Tail& tail, Ids& leaving) {
  for (const AnswerId id : tail.answer_ids()) {
    leaving.erase(id);
    leaving.erase(book.true_id(id));
  }
}

Result<Swept> remove_unused(const Parts& parts, std::vector<Stored> answers, bool squeezes) {
  Ids unused = ids_of(answers);
  Ids leaving = unused;
  parts.book.begin_sweep(leaving, squeezes);
  if (squeezes) {
    keep_named(parts.book, parts.tail, leaving);
  }
  std::erase_if(answers, [&](const Stored& answer) { return !leaving.contains(answer.id); });
  std::erase_if(unused, [&](AnswerId id) { return leaving.contains(id); });
  const Status removed = answers.empty() ? Status() : remove_stored(parts.tables, answers);
  parts.book.end_sweep(leaving);
  const size_t withdrawn = squeezes ? parts.book.withdraw(unused) : 0;
  return removed ? Result<Swept>(Swept{answers.size(), withdrawn}) : removed.error();
}

Result<Swept> forget_unused(const Parts& parts, std::vector<Stored> answers) {
  auto& [tables, book, tail] = parts;
  const Ids leaving = ids_of(answers);
  const Status set_aside = book.begin_forgetting(leaving);
  const Status removed =
      set_aside && !answers.empty() ? remove_stored(tables, std::move(answers)) : set_aside;
  book.end_forgetting(leaving);
  return removed ? Result<Swept>(Swept{leaving.size(), 0}) : removed.error();
}

Result<Swept> sweep_some(const Parts& parts, Sweep how, std::vector<Stored> answers) {
  return how == Sweep::kForget ? forget_unused(parts, std::move(answers))
                               : remove_unused(parts, std::move(answers), how == Sweep::kSqueeze);
}

}  // namespace

// The answer of the highest number mostly stays: numbers go on behind it after the next start.
// Where it is forgotten, its number may come again then; nothing refers to it any more.
Result<Swept> sweep_answers(Tables& tables, AnswerBook& book, const Tail& tail, Sweep how) {
  const Result<IdSet> used = referred_to(tables, book, tail);
  const Result<AnswerId> last = tables.last_answer();
  if (!used || !last) {
    return used ? last.error() : used.error();
  }
  Swept swept;
  std::vector<Stored> unused;
  const OpenTablesPtr opened = tables.opened();
  const auto rows = opened->scan(Table::kAnswers, kEnd);
  for (rows->SeekToFirst(); rows->Valid();) {
    const AnswerId id = id_at_end(to_view(rows->key()));
    if ((how == Sweep::kForget || id != *last) && !used->contains(id)) {
      unused.push_back({id, hash_bytes(as_bytes(to_view(rows->value())))});
    }
    rows->Next();
    if (unused.size() < kAtOnce && (rows->Valid() || unused.empty())) {
      continue;
    }
    const Result<Swept> some = sweep_some({tables, book, tail}, how, std::exchange(unused, {}));
    if (!some) {
      return some.error();
    }
    swept.removed += some->removed;
    swept.withdrawn += some->withdrawn;
  }
  const Status read = is_read(*rows, Table::kAnswers);
  return read ? Result<Swept>(swept) : read.error();
}

}  // namespace etymon::store

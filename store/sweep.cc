#include "store/sweep.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/base/hash.h"
#include "store/id_set.h"
#include "store/sets.h"

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
  const Status read = to_status(names->status(), "cannot read the table by_name");
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

Result<uint64_t> remove_unused(Tables& tables, AnswerBook& book, std::vector<Stored> answers) {
  std::unordered_set<AnswerId> leaving;
  std::ranges::for_each(answers, [&](const Stored& answer) { leaving.insert(answer.id); });
  book.begin_sweep(leaving);
  std::erase_if(answers, [&](const Stored& answer) { return !leaving.contains(answer.id); });
  const Status removed = answers.empty() ? Status() : remove_stored(tables, answers);
  book.end_sweep(leaving);
  return removed ? Result<uint64_t>(answers.size()) : removed.error();
}

Result<uint64_t> forget_unused(Tables& tables, AnswerBook& book, std::vector<Stored> answers) {
  std::unordered_set<AnswerId> leaving;
  std::ranges::for_each(answers, [&](const Stored& answer) { leaving.insert(answer.id); });
  const Status set_aside = book.begin_forgetting(leaving);
  const Status removed =
      set_aside && !answers.empty() ? remove_stored(tables, std::move(answers)) : set_aside;
  book.end_forgetting(leaving);
  return removed ? Result<uint64_t>(leaving.size()) : removed.error();
}

}  // namespace

// By default the answer of the highest number stays: numbers go on behind it after the next start.
// Where it is forgotten, its number may come again then; nothing refers to it any more.
Result<uint64_t> sweep_answers(Tables& tables, AnswerBook& book, const Tail& tail, Sweep how) {
  const Result<IdSet> used = referred_to(tables, book, tail);
  const Result<AnswerId> last = tables.last_answer();
  if (!used || !last) {
    return used ? last.error() : used.error();
  }
  uint64_t removed = 0;
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
    const auto remove = how == Sweep::kForget ? forget_unused : remove_unused;
    const Result<uint64_t> some = remove(tables, book, std::exchange(unused, {}));
    if (!some) {
      return some.error();
    }
    removed += *some;
  }
  const Status read = to_status(rows->status(), "cannot read the table answers");
  return read ? Result<uint64_t>(removed) : read.error();
}

}  // namespace etymon::store

#include "store/journal/answer_book.h"

#include <algorithm>
#include <utility>

#include "resolver/base/hash.h"
#include "store/tables/answer_codec.h"
#include "store/tables/tables.h"

namespace etymon::store {
namespace {

// Answers that are looked at for one that may go, whenever one comes beyond the bound.
constexpr int kLooksMax = 16;
// Numbers that are looked up under one hold of the lock, which loops wait for.
constexpr size_t kKeptAtOnce = 10'000;

}  // namespace

AnswerBook::AnswerBook(const Tables& tables, AnswerId last_id, const Options& options)
    : tables_(tables),
      held_for_(options.held_for),
      seed_(options.seed),
      fresh_for_(options.fresh_for),
      last_id_(last_id),
      state_(State(options)) {}

AnswerId AnswerBook::remember(const Answer& answer) {
  std::string bytes = encode_answer(answer);
  const uint64_t mark = hash_bytes(as_bytes(bytes), seed_);
  auto state = state_.lock();
  if (const KnownAnswerPtr known = state->find_equal(mark, bytes)) {
    give(*state, known->id());
    return known->id();
  }
  if (last_id_ >= kAnswerIdMax) {
    return 0;
  }
  const AnswerId id = ++last_id_;
  give(*state, id);
  state->insert({std::make_shared<const KnownAnswer>(id, std::move(bytes), seed_)});
  return id;
}

// Who asks for very many names would have any room for the numbers that were given. So where they
// take too much, a span ends early, and what was given before the last two is known no more.
void AnswerBook::give(State& state, AnswerId id) {
  state.give(id);
  if (state.given.pages() > state.given_pages_max) {
    state.given_before = std::exchange(state.given, {});
    state.withdrawn_before = std::exchange(state.withdrawn, {});
    given_up_to_ = last_id_.load();
  }
}

bool AnswerBook::knows(AnswerId id) const {
  if (!any_withdrawn_ && id > given_up_to_) {
    return true;
  }
  auto state = state_.lock();
  return !state->is_withdrawn(id) && (id > given_up_to_ || state->is_given(id));
}

Result<KnownAnswerPtr> AnswerBook::find(AnswerId id) {
  uint64_t sweeps = 0;
  std::optional<std::string> packed;
  {
    auto state = state_.lock();
    sweeps = state->sweeps;
    id = state->second_numbers.use(id);
    if (state->leaving.contains(id)) {
      return Error{ErrorCode::kNotFound, "answer " + std::to_string(id) + " was let go"};
    }
    if (KnownAnswerPtr known = state->use(id)) {
      return known;
    }
    packed = state->packed.find(id);
  }
  if (packed) {
    return std::make_shared<const KnownAnswer>(id, *std::move(packed), seed_);
  }
  Result<std::string> bytes = tables_.answer(id);
  if (!bytes) {
    return bytes.error();
  }
  Result<KnownAnswerPtr> known = KnownAnswer::read(id, std::move(*bytes), seed_);
  if (known) {
    auto state = state_.lock();
    if (const KnownAnswerPtr other = state->use(id)) {  // Set aside in the meantime.
      return other;
    }
    if (state->sweeps == sweeps && sweeps % 2 == 0) {
      state->packed.insert(id, (*known)->bytes());
    }
  }
  return known;
}

void AnswerBook::expect(std::span<const AnswerId> ids) const {
  auto state = state_.lock();
  for (const AnswerId id : ids) {
    state->by_id.prefetch(id);
  }
  state->packed.fetch_entries(ids);
  state->packed.fetch_bytes(ids);
}

Result<KnownAnswerPtr> AnswerBook::learn(AnswerId id, std::string_view bytes) {
  Result<KnownAnswerPtr> known = KnownAnswer::read(id, std::string(bytes), seed_);
  if (known) {
    auto state = state_.lock();
    if (const KnownAnswerPtr other = state->use(id)) {  // Defined before, for an earlier part.
      return other;
    }
    last_id_ = std::max(last_id_.load(), id);
    state->insert({*known});
  }
  return known;
}

std::vector<KnownAnswerPtr> AnswerBook::oldest_unstored(size_t count) const {
  std::vector<KnownAnswerPtr> answers;
  auto state = state_.lock();
  for (auto it = state->unstored.rbegin(); it != state->unstored.rend() && answers.size() < count;
       ++it) {
    answers.push_back(it->known);
  }
  return answers;
}

std::optional<AnswerId> AnswerBook::stored_id(const KnownAnswerPtr& known) const {
  auto state = state_.lock();
  const AnswerId id = state->second_numbers.true_id(known->id());
  const auto entry = state->by_id.find(id);
  // What the book has no more is stored: of other answers those alone go from it that nobody has
  // (bound_unstored), or that nobody may use and the tail does not name (let_numbers_age).
  const bool is_unstored = entry != state->by_id.end() && entry->second->place != Place::kStored;
  return is_unstored ? std::nullopt : std::optional(id);
}

void AnswerBook::note_stored(const KnownAnswerPtr& known, AnswerId id) {
  auto state = state_.lock();
  const auto entry = state->by_id.find(known->id());
  if (entry == state->by_id.end() || entry->second->place == Place::kStored) {
    return;
  }
  if (id == known->id()) {
    state->settle(entry->second);
    return;
  }
  state->erase(entry->second);
  state->second_numbers.note(known->id(), id);
  state->give_back(id);
  // What was set aside under one number may come back under another.
  state->second_numbers.erase(id);
  for (IdSet* given : {&state->given, &state->given_before}) {
    if (given->contains(known->id())) {
      given->insert(id);
    }
  }
  if (!state->by_id.contains(id)) {
    state->insert({std::make_shared<const KnownAnswer>(id, known->bytes(), seed_), Place::kStored});
  }
}

AnswerId AnswerBook::true_id(AnswerId id) const {
  return state_.lock()->second_numbers.true_id(id);
}

size_t AnswerBook::withdraw(const std::unordered_set<AnswerId>& unused) {
  auto state = state_.lock();
  size_t count = 0;
  for (const AnswerId id : unused) {
    if (state->is_given(id) && !state->is_fresh(id)) {
      state->withdrawn.insert(id);
      ++count;
    }
  }
  any_withdrawn_ = any_withdrawn_ || count > 0;
  note_withdrawn(*state);
  return count;
}

// An answer that was withdrawn is so under each of its numbers.
void AnswerBook::note_withdrawn(State& state) {
  if (!any_withdrawn_) {
    return;
  }
  std::vector<AnswerId> also;
  state.second_numbers.visit([&](AnswerId second, AnswerId id) {
    if (state.is_withdrawn(id)) {
      also.push_back(second);
    }
  });
  std::ranges::for_each(also, [&](AnswerId second) { state.withdrawn.insert(second); });
}

void AnswerBook::begin_sweep(std::unordered_set<AnswerId>& leaving, bool withdrawn) {
  auto state = state_.lock();
  ++state->sweeps;
  std::erase_if(leaving, [&](AnswerId id) {
    return state->is_given(id) && !(withdrawn && state->is_withdrawn(id));
  });
  for (const AnswerId id : leaving) {
    state->leaving.insert(id);
    state->packed.erase(id);
    const auto entry = state->by_id.find(id);
    if (entry != state->by_id.end()) {
      state->erase(entry->second);
    }
  }
}

void AnswerBook::end_sweep(const std::unordered_set<AnswerId>& left) {
  auto state = state_.lock();
  ++state->sweeps;
  state->leaving = {};
  state->second_numbers.remove_if([&](AnswerId, AnswerId id) { return left.contains(id); });
}

// What is set aside is read before it leaves: afterwards nobody can. A number that is given out
// meanwhile goes by an answer that is in the book.
Status AnswerBook::begin_forgetting(const std::unordered_set<AnswerId>& leaving) {
  ++state_.lock()->sweeps;
  for (const AnswerId id : leaving) {
    KnownAnswerPtr known;
    bool is_given = false;
    {
      auto state = state_.lock();
      const auto entry = state->by_id.find(id);
      known = entry == state->by_id.end() ? nullptr : entry->second->known;
      is_given = state->is_given(id);
    }
    if (is_given && known == nullptr) {
      const Result<std::string> bytes = tables_.answer(id);
      const Result<KnownAnswerPtr> read =
          bytes ? KnownAnswer::read(id, *bytes, seed_) : bytes.error();
      if (!read) {
        note_withdrawn(*state_.lock());
        return read.error();
      }
      known = *read;
    }
    auto state = state_.lock();
    state->packed.erase(id);
    const auto entry = state->by_id.find(id);
    if (entry != state->by_id.end()) {
      state->erase(entry->second);
    }
    if (known != nullptr && state->is_given(id)) {
      state->insert({std::move(known), Place::kAside});
      any_withdrawn_ = state->bound_aside() || any_withdrawn_;
    }
  }
  note_withdrawn(*state_.lock());
  return {};
}

void AnswerBook::end_forgetting(const std::unordered_set<AnswerId>& left) {
  auto state = state_.lock();
  ++state->sweeps;
  state->second_numbers.remove_if(
      [&](AnswerId, AnswerId id) { return left.contains(id) && !state->is_given(id); });
}

void AnswerBook::set_unstored_aside(size_t at_once,
                                    const std::function<bool(const Answer&)>& leaving) {
  for (size_t left = unstored_count(); left > 0;) {
    const std::vector<KnownAnswerPtr> some = turn_unstored(std::min(left, at_once));
    left = some.empty() ? 0 : left - some.size();
    for (const KnownAnswerPtr& known : some) {
      if (leaving(*decode_answer(known->bytes()))) {
        set_aside(known);
      }
    }
  }
  note_withdrawn(*state_.lock());
}

// Those that were not used for longest come before the others: once all had their turn, the order
// is the same again.
std::vector<KnownAnswerPtr> AnswerBook::turn_unstored(size_t count) {
  std::vector<KnownAnswerPtr> turned;
  auto state = state_.lock();
  Order& unstored = state->unstored;
  for (count = std::min(count, unstored.size()); count > 0; --count) {
    turned.push_back(unstored.back().known);
    unstored.splice(unstored.begin(), unstored, std::prev(unstored.end()));
  }
  return turned;
}

void AnswerBook::set_aside(const KnownAnswerPtr& known) {
  auto state = state_.lock();
  const auto entry = state->by_id.find(known->id());
  if (entry != state->by_id.end() && entry->second->place == Place::kUnstored) {
    state->erase(entry->second);
    state->insert({known, Place::kAside});
    any_withdrawn_ = state->bound_aside() || any_withdrawn_;
  }
}

void AnswerBook::let_numbers_age(MonotonicTime now,
                                 const std::function<std::vector<AnswerId>()>& named) {
  {
    auto state = state_.lock();
    if (!state->fresh_since || now - *state->fresh_since >= fresh_for_) {
      state->fresh_before = std::exchange(state->fresh, {});
      state->fresh_since = now;
    }
    if (state->given_since && now - *state->given_since < held_for_) {
      return;
    }
  }
  IdSet in_tail;
  std::ranges::for_each(named(), [&](AnswerId id) { in_tail.insert(id); });
  auto state = state_.lock();
  state->given_before =
      state->given_since ? std::exchange(state->given, {}) : std::move(state->given_before);
  state->given_since = now;
  state->withdrawn_before = std::exchange(state->withdrawn, {});
  any_withdrawn_ = !state->withdrawn_before.is_empty();
  state->second_numbers.remove_if([&](AnswerId second, AnswerId) {
    return !state->is_given(second) && !in_tail.contains(second);
  });
  for (auto it = state->aside.begin(); it != state->aside.end();) {
    const auto entry = it++;
    const AnswerId id = entry->known->id();
    if (!state->is_given(id) && !in_tail.contains(id)) {
      state->erase(entry);
    }
  }
}

// What the tail names is kept, for the fold would take it for stored. A turn for which a number was
// looked up before the fold may come into the tail afterwards; but no later than another part of
// the tail begins: who has the pen does one after the other. So nothing goes before that.
void AnswerBook::bound_second_numbers(uint64_t parts_begun,
                                      const std::function<std::vector<AnswerId>()>& named) {
  {
    auto state = state_.lock();
    if (!state->second_numbers.is_full() || state->parts_begun == parts_begun) {
      return;
    }
    state->parts_begun = parts_begun;
  }
  const std::vector<AnswerId> in_tail = named();
  for (std::span<const AnswerId> left = in_tail; !left.empty();) {
    const size_t count = std::min(left.size(), kKeptAtOnce);
    state_.lock()->second_numbers.keep(left.first(count));
    left = left.subspan(count);
  }
  const SecondNumbers::Numbers gone = state_.lock()->second_numbers.let_go();
}

AnswerBook::Order& AnswerBook::State::list_of(const Entry& entry) {
  switch (entry.place) {
    case Place::kStored:
      return stored;
    case Place::kAside:
      return aside;
    case Place::kUnstored:
      break;
  }
  return unstored;
}

AnswerId AnswerBook::last_id() const {
  return last_id_;
}

size_t AnswerBook::unstored_count() const {
  return state_.lock()->unstored.size();
}

size_t AnswerBook::second_number_count() const {
  return state_.lock()->second_numbers.size();
}

void AnswerBook::State::give(AnswerId id) {
  given.insert(id);
  fresh.insert(id);
  give_back(id);
}

void AnswerBook::State::give_back(AnswerId id) {
  withdrawn.erase(id);
  withdrawn_before.erase(id);
}

KnownAnswerPtr AnswerBook::State::use(AnswerId id) {
  const auto found = by_id.find(id);
  return found == by_id.end() ? nullptr : touch(found->second);
}

KnownAnswerPtr AnswerBook::State::touch(Order::iterator entry) {
  Order& list = list_of(*entry);
  list.splice(list.begin(), list, entry);
  return entry->known;
}

KnownAnswerPtr AnswerBook::State::find_equal(uint64_t mark, std::string_view bytes) {
  const auto found = by_content.find(Bytes{mark, bytes});
  return found == by_content.end() ? nullptr : touch(found->entry);
}

void AnswerBook::State::insert(Entry entry) {
  Order& list = list_of(entry);
  list.push_front(std::move(entry));
  const KnownAnswer& known = *list.front().known;
  by_id[known.id()] = list.begin();
  by_content.insert({known.mark(), list.begin()});
  keep_to_capacity();
  bound_unstored();
}

// It is in the tables now. Stays where it is but for its place in the order: a fold settles tens of
// thousands, and the loops need the book meanwhile.
void AnswerBook::State::settle(Order::iterator entry) {
  Order& list = list_of(*entry);
  entry->place = Place::kStored;
  stored.splice(stored.begin(), list, entry);
  keep_to_capacity();
}

void AnswerBook::State::keep_to_capacity() {
  if (stored.size() > capacity) {
    const auto oldest = std::prev(stored.end());
    packed.insert(oldest->known->id(), oldest->known->bytes());
    erase(oldest);
  }
}

// What the tail holds, or anybody reads just now, is used: the fold will ask for it.
void AnswerBook::State::bound_unstored() {
  for (int looks = 0; unstored.size() > unstored_max && looks < kLooksMax; ++looks) {
    const auto oldest = std::prev(unstored.end());
    if (oldest->known.use_count() > 1) {
      unstored.splice(unstored.begin(), unstored, oldest);
    } else {
      erase(oldest);
    }
  }
}

// True: of some the numbers were withdrawn, so that whoever may still use them asks anew.
bool AnswerBook::State::bound_aside() {
  bool any = false;
  for (int looks = 0; aside.size() > aside_max && looks < kLooksMax; ++looks) {
    const auto oldest = std::prev(aside.end());
    if (oldest->known.use_count() > 1) {
      aside.splice(aside.begin(), aside, oldest);
      continue;
    }
    withdrawn.insert(oldest->known->id());
    erase(oldest);
    any = true;
  }
  return any;
}

void AnswerBook::State::erase(Order::iterator entry) {
  const KnownAnswerPtr known = entry->known;
  by_content.erase(Content{known->mark(), entry});
  by_id.erase(known->id());
  list_of(*entry).erase(entry);
}

}  // namespace etymon::store

// Answer book: which answer has which number.
//
// The same content gets the same number as long as the book remembers it (the most recently used
// `capacity` answers). By its number alone an answer is found for longer, in `packed_octets` of
// memory, and in the tables behind them. What the book has forgotten, or knew in an earlier life of
// the process, gets a new number here, without any reading of the disk: a loop thread asks. The
// fold, which may read, then finds the older number in the tables, and the book translates from
// then on.
//
// Whoever was given a number may use it for as long as `held_for`: until then the answer stays
// known. The book notes which numbers were given in the present and the last span of that length.
// But what outsiders can make any number of is bounded. While the disk takes nothing, or less than
// is asked for, answers are in no table yet: of more than `unstored_max` those go that nothing
// recorded names and that were not used for longest. Of more than `aside_max` that were forgotten
// and may be told again those go, too; whoever has such a number is told to ask anew. And of more
// than `second_numbers_max` numbers of answers that the tables know under another one
// (second_numbers.h) those go that the tail does not name and that were not used for longest. A
// turn that names one of either afterwards is lost, and counted as such.
//
// Where the tables are too large, an answer that no row leads to any more cannot stay for as long
// as a cache might hold it: whoever asks for many names would have all the room. Its number is
// withdrawn. From then on loops, which ask knows(), do not use it; a while later it goes.
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/flat_map.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"
#include "store/tables/id_set.h"
#include "store/tables/known_answer.h"
#include "store/tables/packed_answers.h"
#include "store/tables/second_numbers.h"

namespace etymon::store {

class Tables;

class AnswerBook {
 public:
  // A cache may keep an answer for seven days, and serve it stale for as many; the day is spare.
  static constexpr Seconds kHeldForMax = std::chrono::days(15);

  struct Options {
    size_t capacity;
    size_t packed_octets = 0;
    size_t unstored_max = 200'000;          // some 60 MiB
    size_t aside_max = 200'000;             // some 100 MB
    size_t second_numbers_max = 1'000'000;  // 20 to 40 MB
    // Of numbers that were given, and as many in the span before: 2^28 of them, in 32 MiB.
    size_t given_pages_max = 8192;
    Seconds held_for = kHeldForMax;
    // No number is withdrawn that was given within this time, twice as long at most: an import may
    // be waiting with it.
    Seconds fresh_for{600};
    // Unpredictable where outsiders choose what is answered, so that nobody can choose answers that
    // share a place in the book.
    uint64_t seed = 0;
  };
  // Numbers begin behind `last_id`. `tables` must outlive the book.
  AnswerBook(const Tables& tables, AnswerId last_id, const Options& options);

  // Never reads the disk. 0, which names nothing: it is a new one, and there is no number left.
  AnswerId remember(const Answer& answer);

  // Whether whoever was given this number may go on using it. False: it was withdrawn.
  bool knows(AnswerId id) const;

  // What goes by this number, under its one true number, which may be another. Reads the tables
  // when it is nowhere in memory. Error: kNotFound, kDataLoss, or as the disk says.
  Result<KnownAnswerPtr> find(AnswerId id);

  // These are about to be found: what waits for memory waits for all of them together.
  void expect(std::span<const AnswerId> ids) const;

  // An answer that a journal entry defines. Error kDataLoss: no answer in these bytes.
  Result<KnownAnswerPtr> learn(AnswerId id, std::string_view bytes);

  // Up to `count` answers that are in no table yet, those first that were not used for longest.
  // They stay in the book until note_stored(), or as long as whoever asked has them.
  std::vector<KnownAnswerPtr> oldest_unstored(size_t count) const;

  // The number by which the tables know `known`; nothing: the tables may not have it.
  std::optional<AnswerId> stored_id(const KnownAnswerPtr& known) const;

  // The fold has put `known` into the tables, or found it there, as `id`.
  void note_stored(const KnownAnswerPtr& known, AnswerId id);

  // The number by which the tables know, or will know, what goes by `id`.
  AnswerId true_id(AnswerId id) const;

  // No row leads to these any more. Withdraws those that were given, but not just now.
  // Tells how many. A number that is given again is not withdrawn any more.
  size_t withdraw(const std::unordered_set<AnswerId>& unused);

  // What goes by these numbers is about to leave the tables. Takes out of `leaving` what somebody
  // may still use, and forgets the rest. Until end_sweep() nothing read from the tables is
  // remembered, so that nobody comes to know an answer again that is just leaving, nor can what
  // leaves be found. `withdrawn`: what was withdrawn leaves, too.
  void begin_sweep(std::unordered_set<AnswerId>& leaving, bool withdrawn);
  void end_sweep(const std::unordered_set<AnswerId>& left);

  // These are about to be forgotten. Those that somebody may still use are set aside: they keep
  // their numbers, in memory alone, until they are told again or nobody can use them any more; of
  // too many, those that were used last, and the numbers of the others are withdrawn.
  // Until end_forgetting() as for a sweep. Error: one of these cannot be read.
  Status begin_forgetting(const std::unordered_set<AnswerId>& leaving);
  void end_forgetting(const std::unordered_set<AnswerId>& left);
  // Sets aside what is in no table yet and what `leaving` says, so that the next fold does not
  // bring it along. So many are looked at under one hold of the lock.
  void set_unstored_aside(size_t at_once, const std::function<bool(const Answer&)>& leaving);

  // Now and then, with the time that it is. `named` gives the numbers by which the tail knows its
  // answers; it is asked once in a span of that length.
  void let_numbers_age(MonotonicTime now, const std::function<std::vector<AnswerId>()>& named);

  // After each fold, which alone adds to the numbers of answers that are stored under another one:
  // bounds them, to what one fold adds. `parts_begun` of the tail, so far; `named` as above, asked
  // when there are too many.
  void bound_second_numbers(uint64_t parts_begun,
                            const std::function<std::vector<AnswerId>()>& named);

  AnswerId last_id() const;
  size_t unstored_count() const;
  size_t second_number_count() const;

 private:
  enum class Place : uint8_t {
    kUnstored,  // waits for the next fold
    kStored,    // is in the tables
    kAside,     // is in no table, and waits for being told
  };
  struct Entry {
    KnownAnswerPtr known;
    Place place = Place::kUnstored;
  };
  using Order = std::list<Entry>;  // most recently used first

  // An entry in the table by content, and bytes to look one up by. Equal marks are possible.
  struct Content {
    uint64_t mark = 0;
    Order::iterator entry;
  };
  struct Bytes {
    uint64_t mark = 0;
    std::string_view bytes;
  };
  struct ContentHash {
    using is_transparent = void;
    size_t operator()(const auto& content) const { return content.mark; }
  };
  struct SameContent {
    using is_transparent = void;
    bool operator()(const Content& a, const Content& b) const { return a.entry == b.entry; }
    bool operator()(const Content& a, const Bytes& b) const {
      return a.mark == b.mark && a.entry->known->bytes() == b.bytes;
    }
  };

  struct State {
    explicit State(const Options& options)
        : capacity(options.capacity),
          unstored_max(options.unstored_max),
          aside_max(options.aside_max),
          given_pages_max(options.given_pages_max),
          packed(options.packed_octets),
          second_numbers(options.second_numbers_max) {}

    const size_t capacity;
    const size_t unstored_max;
    const size_t aside_max;
    const size_t given_pages_max;
    Order stored;
    Order unstored;
    Order aside;
    PackedAnswers packed;  // in the tables, and none of the others
    FlatMap<AnswerId, Order::iterator> by_id;
    FlatSet<Content, ContentHash, SameContent> by_content;
    SecondNumbers second_numbers;  // while somebody may use them
    uint64_t parts_begun = 0;      // when the older ones went last
    IdSet given;                   // since `given_since`
    IdSet given_before;            // in the span before
    std::optional<MonotonicTime> given_since;
    IdSet fresh;  // as `given`, for the time in which none is withdrawn
    IdSet fresh_before;
    std::optional<MonotonicTime> fresh_since;
    IdSet withdrawn;         // in the span of `given`
    IdSet withdrawn_before;  // in the one before
    IdSet leaving;           // while a sweep is under way
    uint64_t sweeps = 0;     // odd: one is under way

    KnownAnswerPtr use(AnswerId id);
    KnownAnswerPtr find_equal(uint64_t mark, std::string_view bytes);
    KnownAnswerPtr touch(Order::iterator entry);
    bool is_given(AnswerId id) const { return given.contains(id) || given_before.contains(id); }
    bool is_fresh(AnswerId id) const { return fresh.contains(id) || fresh_before.contains(id); }
    bool is_withdrawn(AnswerId id) const {
      return withdrawn.contains(id) || withdrawn_before.contains(id);
    }
    void give(AnswerId id);
    void give_back(AnswerId id);
    Order& list_of(const Entry& entry);
    void insert(Entry entry);
    void settle(Order::iterator entry);
    void keep_to_capacity();
    void bound_unstored();
    bool bound_aside();
    void erase(Order::iterator entry);
  };

  std::vector<KnownAnswerPtr> turn_unstored(size_t count);
  void set_aside(const KnownAnswerPtr& known);
  void note_withdrawn(State& state);
  void give(State& state, AnswerId id);

  const Tables& tables_;
  const Seconds held_for_;
  const uint64_t seed_;
  const Seconds fresh_for_;
  std::atomic<AnswerId> last_id_;           // changes with state_ locked; each turn asks
  std::atomic<bool> any_withdrawn_{false};  // likewise; each answer from a cache asks
  // Numbers up to this one are known if they were given since; likewise.
  std::atomic<AnswerId> given_up_to_{0};
  Guarded<State> state_;
};

}  // namespace etymon::store

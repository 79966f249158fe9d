// Import sieve: holds back what the store has, so that a second import of the same capture, or an
// import of the store's own export, adds nothing.
//
// The same delivery is the same answer to the same client at the same microsecond, whoever saw it
// and whoever passed it on. The same answer is the same content: by number, the book, the tail and
// the tables may know it differently (answer_book.h). One thread; lives for one call of ingest().
// Reads the disk where an answer may be known of old.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/delivery.h"
#include "store/journal/answer_book.h"
#include "store/journal/tail.h"
#include "store/tables/kept.h"
#include "store/tables/keys.h"
#include "store/tables/known_answer.h"
#include "store/tables/tables.h"

namespace etymon::store {

class ImportSieve {
 public:
  // All of them must outlive it.
  ImportSieve(const Tail& tail, const Tables& tables, AnswerBook& book)
      : tail_(tail), tables_(tables), book_(book) {}

  // Whether the store has it not yet, nor did this import bring it before. REQUIRES: the book knows
  // its answer. Error: as the disk says.
  Result<bool> passes(const Delivery& delivery);

 private:
  using Times = std::set<WallTime>;
  struct InTail {
    Hour hour = 0;
    IpAddress client;
    WallTime at;

    friend auto operator<=>(const InTail&, const InTail&) = default;
  };

  // What is looked for together.
  struct Group {
    Hour hour = 0;
    IpAddress client;
    KnownAnswerPtr answer;
  };
  struct ContentHash {
    size_t operator()(const KnownAnswerPtr& answer) const { return answer->mark(); }
  };
  struct SameContent {
    bool operator()(const KnownAnswerPtr& a, const KnownAnswerPtr& b) const {
      return a->bytes() == b->bytes();
    }
  };
  template <class Value>
  using ByContent = std::unordered_map<KnownAnswerPtr, Value, ContentHash, SameContent>;

  Result<Times> known(const Group& group);
  void add_from_tail(const Group& group, Times& times);
  const std::vector<InTail>& in_tail(const KnownAnswerPtr& answer);
  static void add_from_part(const TailPart& part, size_t answer, std::vector<InTail>& all);
  Status add_from_tables(const Group& group, Times& times) const;

  const Tail& tail_;
  const Tables& tables_;
  AnswerBook& book_;
  // What the tail has of an answer, sorted: looking through it for each hour of each client took
  // longer than all the rest of an import of few names. Cleared when it has grown too large.
  ByContent<std::vector<InTail>> in_tail_;
  size_t in_tail_count_ = 0;
  ByContent<std::map<std::pair<Hour, IpAddress>, Times>> seen_;
};

}  // namespace etymon::store

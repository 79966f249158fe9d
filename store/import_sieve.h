// Import sieve: holds back what was imported before, so that a second import of the same capture
// adds nothing.
//
// The same delivery is the same answer to the same client at the same microsecond, imported. What
// this daemon answered itself is never meant: it may well tell a client the same twice in one turn.
// One thread; lives for one call of ingest(). Reads the disk where an answer may be known of old.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <tuple>

#include "resolver/base/result.h"
#include "resolver/model/delivery.h"
#include "store/answer_book.h"
#include "store/kept.h"
#include "store/keys.h"
#include "store/tables.h"
#include "store/tail.h"

namespace etymon::store {

class ImportSieve {
 public:
  // All of them must outlive it.
  ImportSieve(const Tail& tail, const Tables& tables, AnswerBook& book)
      : tail_(tail), tables_(tables), book_(book) {}

  // Whether it is in no import yet, this one so far included. REQUIRES: the book knows its answer.
  // Error: as the disk says.
  Result<bool> passes(const Delivery& delivery);

 private:
  using Times = std::set<WallTime>;

  Result<Times> imported(const DeliveryKey& group) const;
  void add_from_tail(const DeliveryKey& group, Times& times) const;
  Status add_from_tables(const DeliveryKey& group, Times& times) const;

  const Tail& tail_;
  const Tables& tables_;
  AnswerBook& book_;
  // By hour, client and the answer's number in the book.
  std::map<std::tuple<Hour, IpAddress, AnswerId>, Times> seen_;
};

}  // namespace etymon::store

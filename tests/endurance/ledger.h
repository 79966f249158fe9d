// Ledger: everything that was given to a store, to be held against what the store tells later.
//
// Delivery number n is known by its name, which is its own (nN) or shared by every twentieth (sN),
// and by its time, which is its own always. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/endurance/rounds.h"

namespace etymon::endurance {

struct Entry {
  uint64_t number = 0;
  std::string name = {};
  std::string client = {};
  WallTime at = {};
  bool imported = false;
  size_t begun = 0;                 // the disk's position when it was given to the store
  std::optional<size_t> done = {};  // and when the store had said yes
  MonotonicTime done_at = {};
  // The disk's position when letting it go, or forgetting it, began: it may be missing from then
  // on.
  std::optional<size_t> going = {};
  std::optional<size_t> gone = {};  // and when the store had said that it was done
};

// What a store told of the ledger's entries, in their order: is it there?
using Presence = std::vector<bool>;

class Ledger {
 public:
  // The answer of delivery `number`: one or two addresses, some behind a CNAME.
  static Answer answer(uint64_t number);

  // The next delivery, to one of a few clients.
  Delivery next(store::Store& store, WallTime at, std::mt19937& dice);
  // The same, as an importer has it.
  store::Observed next_observed(WallTime at, std::mt19937& dice);

  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }

  // Keeps those that are there, as promised for ever, and of the others those that are still going,
  // which may come back.
  void keep(const Presence& presence);

  // Those from before this moment were let go: the store is not to tell them any more.
  void let_go(WallTime before);

  // Reads everything back, delivery by delivery and by the addresses. Whatever nobody delivered, or
  // was delivered once and is told twice, is a finding; so is what the two tell differently, and a
  // missing entry whose moment the coverage claims. Nothing when the store says that it is damaged,
  // which goes to `damage`.
  std::optional<Presence> compare(const store::Store& store, Report& report,
                                  std::string& damage) const;

  // The same one by one, by name, client and time, for a store that may have lost any of them, and
  // which of them were let go. At most 10,000 entries. Findings as above.
  void compare_each(const store::Store& store, Report& report) const;

 private:
  Entry& add(WallTime at, std::mt19937& dice);
  Result<Presence> list(const store::Store& store, Report& report) const;
  void find_missing(const store::Store& store, const Presence& presence, Report& report) const;

  uint64_t next_ = 0;
  std::vector<Entry> entries_;
  std::vector<Entry> let_go_;
};

}  // namespace etymon::endurance

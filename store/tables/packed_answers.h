// Packed answers: bytes of answers by their numbers, in little memory, so that what a cache still
// delivers can be recorded without reading the tables.
//
// For answers that are in the tables already: any of them may go at any time. When room is wanted,
// the next in turn goes, unless it was asked for since its turn came last. A plain value; its owner
// (the answer book) guards it. Private to store/.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "resolver/base/flat_map.h"
#include "resolver/model/delivery.h"

namespace etymon::store {

class PackedAnswers {
 public:
  // Octets of memory, all included, about; 0: nothing is kept.
  explicit PackedAnswers(size_t octets_max) : octets_max_(octets_max) {}

  // What is there by this number stays as it is.
  void insert(AnswerId id, std::string_view bytes);
  std::optional<std::string> find(AnswerId id);
  // Asks for the memory in which find() will look, and then for what it will read there, so that it
  // need not wait for memory that it has asked for itself.
  void fetch_entries(std::span<const AnswerId> ids) const;
  void fetch_bytes(std::span<const AnswerId> ids) const;
  void erase(AnswerId id);

  size_t size() const { return entries_.size(); }
  size_t octets() const { return octets_; }
  // Of those that are there, and of not many more that were.
  size_t turns() const { return turns_.size(); }

 private:
  // One block of memory: the number of octets, and they. (A string would take twice as much.)
  using Block = std::unique_ptr<char[]>;  // NOLINT(modernize-avoid-c-arrays)
  struct Entry {
    Block block;
    bool is_used = false;  // since its turn came last
  };

  using Entries = FlatMap<AnswerId, Entry>;

  static size_t octets_of(std::string_view bytes);
  static std::string_view bytes_in(const Block& block);
  void remove(Entries::iterator entry);
  void make_room();
  void drop_gone_turns();

  const size_t octets_max_;
  size_t octets_ = 0;
  Entries entries_;
  std::deque<AnswerId> turns_;  // whose turn to go comes next; some may have gone before
  size_t gone_ = 0;             // erased since all of the gone ones were taken out of turns_
};

}  // namespace etymon::store

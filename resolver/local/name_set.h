// NameSet: many names in little room, and whether a name or one above it is among them.
//
// Filled by one thread, constant from then on; any thread. A name costs its wire octets and 12 to
// 23 octets of table: a million of usual length some 45 MiB. Names are compared, never their hashes
// alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace etymon::local {

class NameSet {
 public:
  // `hash_seed`: unpredictable, since strangers choose what is looked for.
  explicit NameSet(uint64_t hash_seed) : seed_(hash_seed) {}

  // Wire octets in lower case. Nothing when it is there already, or when the names together have
  // 4 GiB.
  void add(std::string_view name);
  void add_all(const NameSet& other);

  // Gives back the room that further names would have had.
  void shrink() { names_.shrink_to_fit(); }

  // The closest of `name` and the names above it that is in the set; empty when there is none. As
  // a view into `name`, wire octets in lower case.
  std::string_view closest(std::string_view name) const;

  size_t size() const { return size_; }
  size_t bytes() const { return names_.capacity() + slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t at = 0;   // of the name's octets, and 1; 0: free
    uint32_t tag = 0;  // of its hash: most names that are not meant need no look at their octets
  };
  // Where the name is, or the free slot where it would be.
  size_t slot_of(std::string_view name) const;
  void grow();

  const uint64_t seed_;
  std::string names_;        // one behind the other; each ends with its root label
  std::vector<Slot> slots_;  // a power of two, at most three quarters of it taken
  size_t size_ = 0;
};

}  // namespace etymon::local

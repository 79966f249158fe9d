// Digest: what a set of facts amounts to, in whatever order they come.
//
// Two tables tell the same facts in different orders; with one digest each, a pass over each is
// enough to compare them, in no memory at all. The hashes of the facts are added up, so a fact told
// twice counts twice. 128 bits, two independent hashes: chance does not make two sets equal.
// A plain value.
#pragma once

#include <cstdint>
#include <string_view>

#include "resolver/base/bytes.h"
#include "resolver/base/hash.h"

namespace etymon::store {

class Digest {
 public:
  // The same fact, `times` over.
  void add(std::string_view fact, uint64_t times = 1) {
    low_ += hash_bytes(as_bytes(fact)) * times;
    high_ += hash_bytes(as_bytes(fact), kOtherSeed) * times;
    facts_ += times;
  }

  uint64_t facts() const { return facts_; }

  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  static constexpr uint64_t kOtherSeed = 0x9E3779B97F4A7C15;

  uint64_t low_ = 0;
  uint64_t high_ = 0;
  uint64_t facts_ = 0;
};

}  // namespace etymon::store

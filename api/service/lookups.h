// Lookups: a question of the API answered from the store. Without gRPC; any thread, no state.
#pragma once

#include <cstddef>
#include <functional>

#include "api/service/failure.h"
#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"
#include "resolver/model/nat64_prefix.h"
#include "store/attribution/attribution.h"
#include "store/store.h"

namespace etymon::service {

// What one lookup may take.
struct LookupBounds {
  // Of an address and a host that are looked at: some second of reading where disks are slow.
  static constexpr size_t kPairsMax = 100'000;
  // Of them what is read while others wait: hardly a lookup of one address has as many, and they
  // take some milliseconds.
  static constexpr size_t kQuickPairsMax = 1000;

  // What of other hosts is wanted: which were told, and more pairs than that are refused; or
  // whether any was told anything, all that its caller may know, and as little as can be is read
  // for it.
  enum class Others { kTold, kWhether };

  size_t pairs_max = kPairsMax;
  Others others = Others::kTold;
  std::function<bool()> should_stop = {};  // asked now and then; empty: never
};

// Questions that came together: they are asked at one moment, and one look at the store is for all
// of them. One thread at a time; let go of soon, as a Look is.
class LookupRound {
 public:
  // Store and clock outlive it.
  LookupRound(const store::Store& store, const Clock& clock, const Nat64Prefix& nat64);

  // Part of the evidence is no answer, because what is not read may be the newest, or the only one
  // there is. LOOKUP_TOO_WIDE, READ_TOO_LONG: the bounds were reached. Other failures are those of
  // the question and of the store.
  Outcome<attribution::LookupAnswer> answer(const v1::LookupRequest& request,
                                            const LookupBounds& bounds);

 private:
  const store::Store& store_;
  const Clock& clock_;
  const Nat64Prefix nat64_;
  const WallTime asked_at_;
  store::Look look_;
};

class Lookups {
 public:
  // Store and clock outlive it. `nat64`: where an address stands for an IPv4 one, which then is
  // looked up, too.
  Lookups(const store::Store& store, const Clock& clock, const Nat64Prefix& nat64 = {})
      : store_(store), clock_(clock), nat64_(nat64) {}

  LookupRound round() const { return {store_, clock_, nat64_}; }

  // A round of one question.
  Outcome<attribution::LookupAnswer> answer(const v1::LookupRequest& request,
                                            const LookupBounds& bounds) const {
    return round().answer(request, bounds);
  }

 private:
  const store::Store& store_;
  const Clock& clock_;
  const Nat64Prefix nat64_;
};

// Whether it was the bounds: larger ones may lead to an answer.
bool is_beyond_bounds(const Failure& failure);

}  // namespace etymon::service

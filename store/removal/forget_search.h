// Forget search: which deliveries an order is about, found in steps. Private to store/.
//
// Every delivery has a row of its asked name in `by_name`, so no other table is needed to find it.
// Fold thread.
#pragma once

#include <string>
#include <string_view>

#include "resolver/base/result.h"
#include "store/removal/forget_rows.h"
#include "store/tables/forget_log.h"
#include "store/tables/tables.h"

namespace etymon::store {

class ForgetSearch {
 public:
  // Both must outlive it. `order`: with what it is about.
  ForgetSearch(const Tables& tables, const PendingForget& order);

  // Takes the next thousands out into `rows`. They count as taken with advance(), which whoever
  // could not write them leaves out: the next collect() begins with them again. Errors: kDataLoss,
  // kIo.
  struct Collected {
    bool is_all = false;
    std::string from;  // behind them
  };
  Result<Collected> collect(ForgetRows& rows) const;
  void advance(Collected collected) { from_ = std::move(collected.from); }

  // Octets of the files that it has been through, and of all it goes through, about.
  uint64_t octets() const;
  uint64_t octets_max() const;

 private:
  Status collect_row(ForgetRows& rows, std::string_view key, std::string_view value) const;
  bool leads(ForgetRows& rows, std::string_view key, const NameKey& row) const;

  const Tables& tables_;
  const PendingForget& order_;
  const KeyRange range_;  // of `by_name`
  std::string from_;
};

}  // namespace etymon::store

// Which records of a response belong to its answer, and the chain they form. Internal to wire.
#pragma once

#include <cstdint>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/base/small_vector.h"
#include "resolver/wire/records.h"
#include "resolver/wire/response.h"

namespace etymon::wire {

// One for each record of an index: whether it stays.
using Keeping = SmallVector<bool, 16>;

struct Selection {
  Keeping keep;
  SmallVector<ExpandedName, 2> chain;  // the asked name first; they live as long as the index
  bool has_terminal = false;           // a record of the asked type stands at the chain's end
  uint32_t answer_ttl_s = UINT32_MAX;  // smallest of the kept answer records
  uint32_t chain_ttl_s = UINT32_MAX;   // the same without signatures
  // Not empty: not all that the records brought is told. All that they had brought.
  std::vector<IpAddress> withheld;

  const ExpandedName& end_of_chain() const { return chain.back(); }
};

// Follows the chain from the asked name through CNAME and DNAME (RFC 1034 section 3.6.2, RFC 6672),
// in whatever order the records stand, and keeps it with the records of the asked type at its end
// and the signatures of both. Of the other sections everything is kept but OPT and TSIG; what leads
// to addresses there is for select_addresses() to judge. Errors (kInvalidArgument): the chain loops
// or is longer than kChainMax. REQUIRES: the index is of a response to that question.
Result<Selection> select_answer(const MessageIndex& index, const AskedQuestion& asked);

}  // namespace etymon::wire

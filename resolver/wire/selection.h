// Which records of a response belong to its answer, and the chain they form. Internal to wire.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/base/small_vector.h"
#include "resolver/wire/records.h"
#include "resolver/wire/response.h"

namespace etymon::wire {

struct Selection {
  std::vector<bool> keep;              // one for each record of the index
  SmallVector<std::string, 2> chain;   // expanded names, lower case; the asked one first
  bool has_terminal = false;           // a record of the asked type stands at the chain's end
  uint32_t answer_ttl_s = UINT32_MAX;  // smallest of the kept answer records
  uint32_t chain_ttl_s = UINT32_MAX;   // the same without signatures
  std::vector<IpAddress> withheld;     // of records that are not kept for their sake

  ExpandedName end_of_chain() const { return expanded_name(chain.back()); }
};

// Follows the chain from the asked name through CNAME and DNAME (RFC 1034 section 3.6.2, RFC 6672),
// in whatever order the records stand, and keeps it with the records of the asked type at its end
// and the signatures of both. Of the other sections everything is kept but OPT and TSIG. Errors
// (kInvalidArgument): the chain loops or is longer than kChainMax.
Result<Selection> select_answer(const MessageIndex& index, const AskedQuestion& asked);

}  // namespace etymon::wire

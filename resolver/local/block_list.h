// Block lists: names that are not to be resolved, each with all names below it, and names that are
// all the same.
//
// Filled by one thread, constant from then on; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "resolver/local/name_set.h"
#include "resolver/local/passed_over.h"
#include "resolver/wire/own_answer.h"

namespace etymon::local {

// What is said of a blocked name.
enum class BlockAnswer {
  kNxDomain,
  kNullAddress,  // 0.0.0.0 and ::, which lead nowhere; nothing of other types
};

// Adds the names of a text to `set`: one on a line ("ads.example", "*.ads.example"), as a hosts
// file has them ("0.0.0.0 ads.example"), where names without a dot are the machine's own and stay
// out, or as lists for browsers do ("||ads.example^"; "!" and "[" begin their remarks). Returns the
// lines that make no sense here: exceptions ("@@"), rules with options ("$"), for parts of pages
// ("##") or by patterns, settings of other programs, URLs.
PassedOver read_name_list(std::string_view text, NameSet& set);

class BlockList {
 public:
  struct Options {
    BlockAnswer answer = BlockAnswer::kNxDomain;
    uint32_t ttl_s = 10;
  };

  BlockList(Options options, uint64_t hash_seed)
      : options_(options), blocked_(hash_seed), allowed_(hash_seed) {}

  NameSet& blocked() { return blocked_; }
  NameSet& allowed() { return allowed_; }
  const NameSet& blocked() const { return blocked_; }
  const NameSet& allowed() const { return allowed_; }

  // What to say of `qname`, wire octets in lower case; nothing when it is not blocked, or allowed
  // at its own name or at any above it.
  std::optional<wire::OwnAnswer> answer(std::string_view qname, RecordType type) const;

 private:
  const Options options_;
  NameSet blocked_;
  NameSet allowed_;
};

}  // namespace etymon::local

// Knowledge: what we answer without asking anybody, because it is about this network or because
// its owner wants it so.
//
// Immutable once made, so that all loops share one; whoever changes it makes another and hands it
// to each Forwarder. Any thread.
#pragma once

#include <memory>
#include <optional>

#include "resolver/local/special_names.h"
#include "resolver/wire/message.h"
#include "resolver/wire/opt.h"
#include "resolver/wire/response.h"

namespace etymon::local {

// What is to be answered.
struct Finding {
  wire::ParsedResponse response;
  wire::ExtendedError reason = wire::ExtendedError::kSynthesized;
};

class Knowledge {
 public:
  struct Parts {
    std::shared_ptr<const SpecialNames> special_names;
  };

  explicit Knowledge(Parts parts) : parts_(std::move(parts)) {}

  // What we know of the question; nothing when it is to be asked upstream.
  std::optional<Finding> find(const wire::QueryView& query) const;

 private:
  const Parts parts_;
};

}  // namespace etymon::local

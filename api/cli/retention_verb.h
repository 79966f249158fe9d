// The verb retention: how much history is to be kept, as values. Used by one thread, at the start.
#pragma once

#include <string>

#include "api/cli/consent.h"
#include "api/cli/format.h"
#include "etymon/v1/admin.pb.h"
#include "resolver/base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace etymon::cli {

struct RetentionCommand {
  v1::SetRetentionRequest request;  // what is not set stays as it is
  Consent consent = Consent::kAsk;  // to keeping less than before
  Format format = Format::kText;
};

// The options as they were written.
class RetentionFlags {
 public:
  // `this` must stay where it is while the app parses.
  void add_to(CLI::App& verb);

  // Error kInvalidArgument: one line that names the argument. What is out of range the server says.
  Result<RetentionCommand> command() const;

 private:
  std::string keep_;
  std::string keep_bytes_;
  bool yes_ = false;
  bool json_ = false;
};

}  // namespace etymon::cli

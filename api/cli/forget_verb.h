// The verb forget: what is to be forgotten, as values. Used by one thread, at the start.
#pragma once

#include <string>

#include "api/cli/consent.h"
#include "api/cli/format.h"
#include "api/cli/window.h"
#include "etymon/v1/upkeep.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace etymon::cli {

struct ForgetCommand {
  v1::ForgetRequest request;
  Consent consent = Consent::kAsk;
  Format format = Format::kText;
};

// The options as they were written.
class ForgetFlags {
 public:
  // `this` must stay where it is while the app parses.
  void add_to(CLI::App& verb);

  // Error kInvalidArgument: one line that names the argument.
  Result<ForgetCommand> command(WallTime now) const;

 private:
  Status set_client(v1::ForgetRequest& request) const;
  Status set_name_in(v1::ForgetRequest& request) const;

  std::string client_;
  std::string name_;
  Window window_;
  bool count_only_ = false;
  bool yes_ = false;
  bool json_ = false;
};

}  // namespace etymon::cli

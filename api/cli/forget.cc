#include "api/cli/forget.h"

#include <unistd.h>

#include <string>

#include "api/cli/consent.h"
#include "api/cli/json.h"
#include "api/cli/progress.h"
#include "api/cli/streams.h"
#include "api/cli/upkeep_text.h"

namespace etymon::cli {
namespace {

Result<v1::ForgetReport> follow(const v1::ForgetRequest& request, Tools tools) {
  Progress progress(STDERR_FILENO, tools.clock);
  const char* what = request.count_only() ? "counting" : "forgetting";
  return tools.client.forget(request, [&](double share) { progress.show(what, share); });
}

// What has gone does not come back, so nothing goes by a slip of the fingers.
bool is_confirmed(const v1::ForgetReport& counted) {
  return says_yes(forget_text(counted, Forgetting::kCounted) + "This cannot be undone. Forget it?");
}

Result<bool> is_wanted(const ForgetCommand& command, Tools tools) {
  if (command.request.count_only() || command.consent == Consent::kGiven) {
    return true;
  }
  if (const Status askable = can_ask("forget it"); !askable) {
    return askable.error();
  }
  v1::ForgetRequest count = command.request;
  count.set_count_only(true);
  const Result<v1::ForgetReport> counted = follow(count, tools);
  return counted ? Result<bool>(is_confirmed(*counted)) : counted.error();
}

}  // namespace

Result<ExitStatus> run_forget(const ForgetCommand& command, Tools tools) {
  const Result<bool> wanted = is_wanted(command, tools);
  if (!wanted) {
    return wanted.error();
  }
  if (!*wanted) {
    return printed("nothing was forgotten\n", ExitStatus::kNo);
  }
  const Result<v1::ForgetReport> report = follow(command.request, tools);
  if (!report) {
    return report.error();
  }
  const auto what = command.request.count_only() ? Forgetting::kCounted : Forgetting::kDone;
  return printed(command.format == Format::kJson ? json_line(*report) : forget_text(*report, what));
}

}  // namespace etymon::cli

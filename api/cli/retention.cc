#include "api/cli/retention.h"

#include "api/cli/consent.h"
#include "api/cli/json.h"
#include "api/cli/moments.h"
#include "api/cli/streams.h"
#include "api/cli/upkeep_text.h"

namespace etymon::cli {
namespace {

bool keeps_less(const v1::SetRetentionRequest& wanted, const v1::SetRetentionResponse& now) {
  return (wanted.has_keep() && from_proto(wanted.keep()) < from_proto(now.keep())) ||
         (wanted.has_keep_bytes() && wanted.keep_bytes() < now.keep_bytes());
}

// As the status tells it, for which the role ask is enough.
Result<v1::SetRetentionResponse> in_force(Tools tools) {
  const Result<v1::GetStatusResponse> status = tools.client.status();
  if (!status) {
    return status.error();
  }
  v1::SetRetentionResponse now;
  *now.mutable_keep() = status->store().keep();
  now.set_keep_bytes(status->store().keep_bytes());
  return now;
}

// What is let go does not come back, so nothing goes by a slip of the fingers.
Result<bool> is_wanted(const RetentionCommand& command, Tools tools) {
  if (command.consent == Consent::kGiven) {
    return true;
  }
  const Result<v1::SetRetentionResponse> now = in_force(tools);
  if (!now) {
    return now.error();
  }
  if (!keeps_less(command.request, *now)) {
    return true;
  }
  if (const Status askable = can_ask("keep less"); !askable) {
    return askable.error();
  }
  return says_yes(retention_text(*now) +
                  "Less is wanted: what is beyond it goes within minutes, which cannot be undone. "
                  "Keep less?");
}

Result<ExitStatus> told(const Result<v1::SetRetentionResponse>& now, Format format) {
  return now ? printed(format == Format::kJson ? json_line(*now) : retention_text(*now))
             : now.error();
}

}  // namespace

Result<ExitStatus> run_retention(const RetentionCommand& command, Tools tools) {
  if (!command.request.has_keep() && !command.request.has_keep_bytes()) {
    return told(in_force(tools), command.format);
  }
  const Result<bool> wanted = is_wanted(command, tools);
  if (!wanted) {
    return wanted.error();
  }
  if (!*wanted) {
    return printed("nothing was changed\n", ExitStatus::kNo);
  }
  return told(tools.client.set_retention(command.request), command.format);
}

}  // namespace etymon::cli

#include "api/cli/retention_verb.h"

#include <CLI/CLI.hpp>

#include "api/cli/moments.h"
#include "resolver/base/size_text.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {
namespace {

Error invalid(const std::string& argument, const Error& why) {
  return {ErrorCode::kInvalidArgument, argument + ": " + why.message};
}

}  // namespace

void RetentionFlags::add_to(CLI::App& verb) {
  verb.add_option("--keep", keep_, "Let deliveries go that are older, 1h to 36500d")
      ->type_name("DURATION");
  verb.add_option("--keep-bytes", keep_bytes_,
                  "Let the oldest go when the tables take more, each client's own,\n"
                  "1MiB to 16384GiB")
      ->type_name("SIZE");
  verb.add_flag("-y,--yes", yes_,
                "Do not ask before less is kept; needed where standard input is no terminal");
  verb.add_flag("-j,--json", json_, "As JSON, in one line");
}

Result<RetentionCommand> RetentionFlags::command() const {
  RetentionCommand command;
  if (!keep_.empty()) {
    const Result<Microseconds> keep = parse_duration(keep_);
    if (!keep) {
      return invalid("--keep", keep.error());
    }
    *command.request.mutable_keep() = to_proto(*keep);
  }
  if (!keep_bytes_.empty()) {
    const Result<uint64_t> bytes = parse_size(keep_bytes_);
    if (!bytes) {
      return invalid("--keep-bytes", bytes.error());
    }
    command.request.set_keep_bytes(*bytes);
  }
  command.consent = yes_ ? Consent::kGiven : Consent::kAsk;
  command.format = json_ ? Format::kJson : Format::kText;
  return command;
}

}  // namespace etymon::cli

#include "api/cli/forget_verb.h"

#include <CLI/CLI.hpp>

#include "api/cli/name_text.h"
#include "resolver/model/ip_address.h"

namespace etymon::cli {
namespace {

Error invalid(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

}  // namespace

void ForgetFlags::add_to(CLI::App& verb) {
  verb.add_option("--client", client_, "What this host was told, or the hosts of a prefix")
      ->type_name("IP|PREFIX");
  verb.add_option("--name", name_, "What has this name (*.NAME: or one below), asked or on the way")
      ->type_name("NAME");
  window_.add_to(verb);
  verb.add_flag("-n,--count", count_only_, "Only say how many it would be");
  verb.add_flag("-y,--yes", yes_, "Do not ask; needed where standard input is no terminal");
  verb.add_flag("-j,--json", json_, "As JSON, in one line");
}

Status ForgetFlags::set_client(v1::ForgetRequest& request) const {
  if (const auto client = IpPrefix::from_text(client_); !client_.empty() && !client) {
    return invalid("--client: " + client.error().message);
  }
  request.set_client(client_);
  return {};
}

Status ForgetFlags::set_name_in(v1::ForgetRequest& request) const {
  if (name_.empty()) {
    return {};
  }
  if (is_like_address(name_)) {
    return invalid("--name: '" + name_ +
                   "' is no name, and what was answered with an address cannot be forgotten by it; "
                   "--client is the host that was told");
  }
  const Status set = set_name(name_, request);
  return set ? set : invalid("--name: '" + name_ + "' is no name; " + set.error().message);
}

Result<ForgetCommand> ForgetFlags::command(WallTime now) const {
  ForgetCommand command;
  v1::ForgetRequest& request = command.request;
  Status status = set_client(request);
  status = status ? set_name_in(request) : status;
  status = status ? window_.set_in(request, now) : status;
  if (!status) {
    return status.error();
  }
  if (client_.empty() && name_.empty() && !request.has_start() && !request.has_end()) {
    return invalid("forget wants to know what: --client, --name, --after, --before or --at");
  }
  request.set_count_only(count_only_);
  command.format = json_ ? Format::kJson : Format::kText;
  command.consent = yes_ ? Consent::kGiven : Consent::kAsk;
  return command;
}

}  // namespace etymon::cli

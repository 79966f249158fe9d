#include "api/service/access.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "resolver/base/regular_file.h"

namespace etymon::service {
namespace {

// A change of the file holds after so long at most.
constexpr Seconds kLookEvery(1);

// The token of "authorization: Bearer TOKEN", whatever the case of the scheme (RFC 9110
// section 11.1).
std::optional<std::string_view> bearer_token(const grpc::CallbackServerContext& context) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto found = context.client_metadata().find("authorization");
  if (found == context.client_metadata().end()) {
    return std::nullopt;
  }
  const std::string_view value(found->second.data(), found->second.size());
  const bool is_bearer = value.size() >= kScheme.size() &&
                         strncasecmp(value.data(), kScheme.data(), kScheme.size()) == 0;
  return is_bearer ? value.substr(kScheme.size()) : std::string_view();
}

std::string property(const grpc::CallbackServerContext& context, const char* name) {
  const auto values = context.auth_context()->FindPropertyValues(name);
  return values.empty() ? std::string() : std::string(values[0].data(), values[0].size());
}

Failure unauthenticated(const char* reason, std::string message) {
  return {google::rpc::UNAUTHENTICATED, reason, {}, std::move(message)};
}

}  // namespace

Access::Access(AccessOptions options, Tls tls, const Clock& clock, OnNotice on_notice)
    : options_(std::move(options)),
      tls_(std::move(tls)),
      clock_(clock),
      on_notice_(std::move(on_notice)) {}

Status Access::load() {
  if (options_.callers_file.empty()) {
    return {};
  }
  const std::string stamp = stamp_of(options_.callers_file);
  auto callers = read_callers(options_.callers_file, tls_);
  if (!callers) {
    return callers.error();
  }
  auto state = state_.lock();
  state->callers = std::make_shared<const Callers>(*std::move(callers));
  state->stamp = stamp;
  state->look_at = clock_.monotonic() + kLookEvery;
  return {};
}

std::shared_ptr<const Callers> Access::callers() const {
  std::string before;
  {
    auto state = state_.lock();
    if (options_.callers_file.empty() || clock_.monotonic() < state->look_at) {
      return state->callers;
    }
    state->look_at = clock_.monotonic() + kLookEvery;
    before = state->stamp;
  }
  if (const std::string stamp = stamp_of(options_.callers_file); stamp != before) {
    read_again(stamp);
  }
  return state_.lock()->callers;
}

// Without the lock while the disk is waited for. Of two who read at once either may be the last: if
// it was the one with the older file, its stamp is another one at the next look.
void Access::read_again(const std::string& stamp) const {
  auto read = read_callers(options_.callers_file, tls_);
  const std::string complaint = read ? std::string() : stamp + read.error().message;
  std::string told;
  {
    auto state = state_.lock();
    told = std::exchange(state->complaint, complaint);
    // What the machine lacks now, descriptors say, is tried again; a mistake stays one.
    if (read || read.error().code != ErrorCode::kIo) {
      state->stamp = stamp;
    }
    if (read) {
      state->callers = std::make_shared<const Callers>(*std::move(read));
    }
  }
  if (!on_notice_ || (!read && told == complaint)) {
    return;
  }
  if (read) {
    on_notice_(api::LogLevel::kInfo, "the API's callers were read again");
  } else {
    on_notice_(api::LogLevel::kWarning,
               "the API's callers stay as they were: " + read.error().message);
  }
}

Outcome<Caller> Access::identify(const grpc::CallbackServerContext& context) const {
  if (const auto token = bearer_token(context)) {
    const auto caller = callers()->by_secret(*token);
    return caller ? Outcome<Caller>(*caller)
                  : unauthenticated("TOKEN_UNKNOWN", "nobody has this token");
  }
  // Its file's mode has let it in already; and it never has TLS.
  if (context.peer().starts_with("unix")) {
    return Caller{kUnixCaller, Role::kAdmin, {}};
  }
  // Without TLS there are loopback addresses only, besides; whatever else there may come to be must
  // prove who it is.
  const bool is_plain = property(context, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME) == "insecure";
  if (!is_plain) {
    const std::string name = property(context, GRPC_X509_CN_PROPERTY_NAME);
    const auto caller = callers()->by_common_name(name);
    return caller ? Outcome<Caller>(*caller)
                  : unauthenticated("CALLER_UNKNOWN",
                                    "a token, or a certificate that is listed, is needed");
  }
  return Caller{kLoopbackCaller, options_.loopback, {}};
}

}  // namespace etymon::service

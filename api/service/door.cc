#include "api/service/door.h"

#include <vector>

namespace etymon::service {
namespace {

bool may_hear_of(const Caller& caller, std::string_view client) {
  const auto address = IpAddress::from_text(client);
  return address && caller.may_ask_about(*address);
}

std::optional<Failure> missing_role(const Caller& caller, const Errand& errand) {
  if (caller.may(errand.role)) {
    return std::nullopt;
  }
  std::string message = "'" + caller.name + "' has the role " + std::string(text_of(caller.role)) +
                        "; this wants " + std::string(text_of(errand.role));
  if (caller.name == kLoopbackCaller) {
    message += ": use the unix socket, or a token";
  }
  return Failure{.code = google::rpc::PERMISSION_DENIED,
                 .reason = "ROLE_MISSING",
                 .message = std::move(message)};
}

// A limited caller must name a host that it may ask about.
std::optional<Failure> out_of_bounds(const Caller& caller, const Errand& errand) {
  if (!caller.is_limited() || !errand.about_hosts || may_hear_of(caller, errand.client)) {
    return std::nullopt;
  }
  return Failure{google::rpc::PERMISSION_DENIED, "CLIENT_OUT_OF_BOUNDS",
                 std::string(errand.client_field),
                 "'" + caller.name + "' may ask about some clients only, one at a time"};
}

// What the host was told at another of its addresses is the host's all the same.
bool may_hear(const Caller& caller, const attribution::Candidate& candidate) {
  return candidate.reason == attribution::Reason::kSameHost ||
         caller.may_ask_about(candidate.client);
}
bool may_hear(const Caller& caller, const attribution::Hint& hint) {
  return caller.may_ask_about(hint.client);
}

template <class Rows>
void keep_own(const Caller& caller, Rows& rows) {
  std::erase_if(rows, [&](const auto& row) { return !may_hear(caller, row); });
}

}  // namespace

Errand errand(const char* method, const v1::LookupRequest& request) {
  return {.method = method,
          .client = request.client(),
          .subject = request.address(),
          .filter = &request};
}

Errand errand(const char* method, const v1::DeliveryFilter& filter) {
  return {.method = method,
          .client = filter.client(),
          .client_field = "filter.client",
          .subject = filter.name().empty() ? filter.address() : filter.name(),
          .filter = &filter};
}

void Door::note(std::string_view caller, const grpc::CallbackServerContext& context,
                const Errand& errand, const std::optional<Failure>& refusal) const {
  if (audit_.is_on()) {
    const std::string peer = context.peer();
    const std::string filter = errand.filter == nullptr ? "" : errand.filter->ShortDebugString();
    audit_.write({.caller = caller,
                  .peer = peer,
                  .method = errand.method,
                  .client = errand.client,
                  .subject = errand.subject,
                  .filter = filter,
                  .refused = refusal ? std::string_view(refusal->reason) : std::string_view()});
  }
}

Outcome<Caller> Door::admit(const grpc::CallbackServerContext& context,
                            const Errand& errand) const {
  auto caller = access_.identify(context);
  if (auto* failure = std::get_if<Failure>(&caller)) {
    note("", context, errand, *failure);
    return std::move(*failure);
  }
  if (auto failure = missing_role(std::get<Caller>(caller), errand)) {
    note(std::get<Caller>(caller).name, context, errand, failure);
    return *std::move(failure);
  }
  return caller;
}

std::optional<Failure> Door::refuse(const Caller& caller,
                                    const grpc::CallbackServerContext& context,
                                    const Errand& errand) const {
  std::optional<Failure> refusal = out_of_bounds(caller, errand);
  note(caller.name, context, errand, refusal);
  return refusal;
}

Outcome<Caller> Door::enter(const grpc::CallbackServerContext& context,
                            const Errand& errand) const {
  auto caller = admit(context, errand);
  if (const auto* known = std::get_if<Caller>(&caller)) {
    if (auto failure = refuse(*known, context, errand)) {
      return *std::move(failure);
    }
  }
  return caller;
}

std::optional<Failure> Door::refusal_now(const grpc::CallbackServerContext& context,
                                         const Errand& errand) const {
  auto caller = admit(context, errand);
  if (auto* failure = std::get_if<Failure>(&caller)) {
    return std::move(*failure);
  }
  return refuse_again(std::get<Caller>(caller), context, errand);
}

std::optional<Failure> Door::refuse_again(const Caller& caller,
                                          const grpc::CallbackServerContext& context,
                                          const Errand& errand) const {
  std::optional<Failure> refusal = out_of_bounds(caller, errand);
  if (refusal) {
    note(caller.name, context, errand, refusal);
  }
  return refusal;
}

LookupBounds::Others others_for(const Caller& caller) {
  return caller.is_limited() ? LookupBounds::Others::kWhether : LookupBounds::Others::kTold;
}

store::OthersRows others_rows_for(const Caller& caller) {
  return caller.is_limited() ? store::OthersRows::kLeftAlone : store::OthersRows::kRead;
}

void remove_others(const Caller& caller, attribution::LookupAnswer& answer) {
  if (!caller.is_limited()) {
    return;
  }
  keep_own(caller, answer.candidates);
  keep_own(caller, answer.hints);
  if (answer.verdict == attribution::Verdict::kOtherClient) {
    answer.is_cut = false;
  }
}

}  // namespace etymon::service

// Door: every call comes through it: admitted or refused, and on record either way. Thread-safe.
//
// A call may go on for weeks, and its caller be taken off the list meanwhile: so streams come here
// again with each of their messages. Failures: UNAUTHENTICATED, PERMISSION_DENIED.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include <optional>
#include <string>
#include <string_view>

#include "api/service/access.h"
#include "api/service/audit.h"
#include "api/service/failure.h"
#include "api/service/lookups.h"
#include "etymon/v1/listing.pb.h"
#include "etymon/v1/lookup.pb.h"
#include "store/attribution/attribution.h"
#include "store/store.h"

namespace etymon::service {

// What somebody wants.
struct Errand {
  std::string_view method;
  Role role = Role::kAsk;
  std::string_view client = {};              // the host that is asked about; empty: all
  std::string_view client_field = "client";  // of the request, where that stands
  std::string_view subject = {};  // the address, the name, the folder; empty: all, or none
  bool about_hosts = true;  // false: about the daemon, which callers for some clients may, too
  // With all conditions, for the record; null: `client` and `subject` are all. As its texts.
  const google::protobuf::Message* filter = nullptr;
};

Errand errand(const char* method, const v1::LookupRequest& request);
Errand errand(const char* method, const v1::DeliveryFilter& filter);

class Door {
 public:
  // Both outlive it.
  Door(const Access& access, Audit& audit) : access_(access), audit_(audit) {}

  // The caller, who may run this errand, which is on record either way.
  Outcome<Caller> enter(const grpc::CallbackServerContext& context, const Errand& errand) const;

  // Whether a call that has entered may go on: why not; nothing: it may. On record when refused.
  std::optional<Failure> refusal_now(const grpc::CallbackServerContext& context,
                                     const Errand& errand) const;

  // The caller of a stream whose errands come with its messages, at its beginning and with each
  // message; on record when refused.
  Outcome<Caller> admit(const grpc::CallbackServerContext& context, const Errand& errand) const;

  // One errand of a caller who was admitted: why not; nothing: go on. On record either way.
  std::optional<Failure> refuse(const Caller& caller, const grpc::CallbackServerContext& context,
                                const Errand& errand) const;

  // The same for an errand that is on record already: again when it is refused.
  std::optional<Failure> refuse_again(const Caller& caller,
                                      const grpc::CallbackServerContext& context,
                                      const Errand& errand) const;

 private:
  void note(std::string_view caller, const grpc::CallbackServerContext& context,
            const Errand& errand, const std::optional<Failure>& refusal) const;

  const Access& access_;
  Audit& audit_;
};

// What a lookup is to find out of other hosts than that which the caller asks about.
LookupBounds::Others others_for(const Caller& caller);

// The same of a listing.
store::OthersRows others_rows_for(const Caller& caller);

// Without what the answer says of hosts that the caller may not ask about; of those nothing is
// truncated either.
void remove_others(const Caller& caller, attribution::LookupAnswer& answer);

}  // namespace etymon::service

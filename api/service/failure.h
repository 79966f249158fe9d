// Failure: why a request has no answer, as the API tells it (AIP-193). A value, any thread.
//
// A canonical code for programs that handle errors in general, a stable reason for those that
// handle ours, one line for people. Reasons are listed in provenance.proto and never renamed.
#pragma once

#include <grpcpp/support/status.h>

#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "google/rpc/code.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::service {

inline constexpr std::string_view kErrorDomain = "etymon";

struct Failure {
  google::rpc::Code code = google::rpc::INTERNAL;
  std::string reason = {};
  std::string field = {};         // of the request, "deliveries[3].name"; empty: about none
  std::string message = {};       // of any length: it is cut and escaped when it is told
  std::string resume_token = {};  // where a stream that ends early can go on; empty: nowhere
  Seconds retry_after{0};         // when it is worth another try; 0: nobody knows
};

// Either a T or a Failure.
template <class T>
using Outcome = std::variant<T, Failure>;

// INVALID_ARGUMENT about a field of the request.
Failure invalid(std::string reason, std::string field, std::string message);

// The one place where errors of the folders below become the API's.
Failure from_store(const Error& error);

// The same for long work; `stop`: what it was asked to stop by. What the store cannot do now was
// not stopped.
Failure from_upkeep(const Error& error, const std::stop_token& stop);

// The same for what is written into a folder of the caller's choice.
Failure from_backup(const Error& error, const std::stop_token& stop);

// The same for reading that is stopped when it takes too long.
Failure from_reading(const Error& error);

// A call whose client takes or sends nothing for too long.
Failure client_stalled();

// Code, message, and the details with exactly one google.rpc.ErrorInfo, a google.rpc.BadRequest
// where a field is invalid, and a google.rpc.RetryInfo where a time is known.
grpc::Status to_status(const Failure& failure);

}  // namespace etymon::service

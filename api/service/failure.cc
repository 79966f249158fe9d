#include "api/service/failure.h"

#include <utility>

#include "api/service/fields.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace etymon::service {
namespace {

struct Meaning {
  google::rpc::Code code;
  const char* reason;
};

Meaning meaning_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return {google::rpc::INVALID_ARGUMENT, "DELIVERY_INVALID"};
    case ErrorCode::kResourceExhausted:
      return {google::rpc::RESOURCE_EXHAUSTED, "STORE_EXHAUSTED"};
    case ErrorCode::kFailedPrecondition:
      return {google::rpc::FAILED_PRECONDITION, "STORE_NOT_READY"};
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kUnavailable:
    case ErrorCode::kIo:
      return {google::rpc::UNAVAILABLE, "STORE_UNAVAILABLE"};
    case ErrorCode::kDataLoss:
      return {google::rpc::DATA_LOSS, "STORE_DAMAGED"};
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kInternal:
      break;
  }
  return {google::rpc::INTERNAL, "INTERNAL"};
}

}  // namespace

Failure invalid(std::string reason, std::string field, std::string message) {
  return {google::rpc::INVALID_ARGUMENT, std::move(reason), std::move(field), std::move(message)};
}

Failure from_store(const Error& error) {
  const auto [code, reason] = meaning_of(error.code);
  return {code, reason, {}, error.message};
}

Failure from_upkeep(const Error& error, const std::stop_token& stop) {
  if (error.code == ErrorCode::kResourceExhausted) {
    return {google::rpc::RESOURCE_EXHAUSTED, "DISK_FULL", {}, error.message};
  }
  if (error.code == ErrorCode::kUnavailable && stop.stop_requested()) {
    return {google::rpc::CANCELLED, "STOPPED", {}, error.message};
  }
  return from_store(error);
}

Failure from_backup(const Error& error, const std::stop_token& stop) {
  switch (error.code) {
    case ErrorCode::kAlreadyExists:
      return {google::rpc::ALREADY_EXISTS, "FOLDER_EXISTS", "folder", error.message};
    case ErrorCode::kInvalidArgument:
      return {google::rpc::INVALID_ARGUMENT, "FOLDER_INVALID", "folder", error.message};
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kNotFound:
      return {google::rpc::FAILED_PRECONDITION, "FOLDER_NOT_WRITABLE", "folder", error.message};
    default:
      return from_upkeep(error, stop);
  }
}

Failure from_reading(const Error& error) {
  if (error.code != ErrorCode::kUnavailable) {
    return from_store(error);
  }
  return {google::rpc::DEADLINE_EXCEEDED,
          "READ_TOO_LONG",
          {},
          "reading took too long: ask for a name, a client, an address or a shorter span"};
}

Failure client_stalled() {
  return {.code = google::rpc::DEADLINE_EXCEEDED,
          .reason = "CLIENT_STALLED",
          .message = "the client took or sent nothing for too long, and was given up"};
}

grpc::Status to_status(const Failure& failure) {
  google::rpc::ErrorInfo info;
  info.set_reason(failure.reason);
  info.set_domain(std::string(kErrorDomain));
  if (!failure.field.empty()) {
    (*info.mutable_metadata())["field"] = failure.field;
  }
  if (!failure.resume_token.empty()) {
    (*info.mutable_metadata())["resume_token"] = failure.resume_token;
  }
  const std::string message = in_one_line(failure.message);
  google::rpc::Status details;
  details.set_code(failure.code);
  details.set_message(message);
  details.add_details()->PackFrom(info);
  if (failure.code == google::rpc::INVALID_ARGUMENT && !failure.field.empty()) {
    google::rpc::BadRequest wrong;
    google::rpc::BadRequest::FieldViolation& violation = *wrong.add_field_violations();
    violation.set_field(failure.field);
    violation.set_description(message);
    violation.set_reason(failure.reason);
    details.add_details()->PackFrom(wrong);
  }
  if (failure.retry_after > Seconds(0)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(failure.retry_after.count());
    details.add_details()->PackFrom(retry);
  }
  return {static_cast<grpc::StatusCode>(failure.code), message, details.SerializeAsString()};
}

}  // namespace etymon::service

// What the command tells its caller when it ends. Scripts rely on the numbers; --help states them.
#pragma once

#include "resolver/base/result.h"

namespace etymon::cli {

enum class ExitStatus : int {
  kOk = 0,           // asked and answered, also when no name was found; with --exit-status: named
  kNo = 1,           // with --exit-status: no name; health: not serving; import: a damaged file;
                     // verify: damage was found; forget, retention: it was not confirmed
  kUsage = 2,        // the command line, or a question, is wrong
  kAmbiguous = 3,    // with --exit-status: several names fit
  kUnreachable = 4,  // the server cannot be reached or does not answer in time
  kFailed = 5,       // the server answered with an error, or a file cannot be read or written
};

// How an error of ours ends the command.
constexpr ExitStatus exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return ExitStatus::kUsage;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
      return ExitStatus::kUnreachable;
    default:
      return ExitStatus::kFailed;
  }
}

}  // namespace etymon::cli

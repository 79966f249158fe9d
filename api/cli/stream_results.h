// StreamResults: the results of a stream in their order, however many of them a response holds.
// Belongs to one thread.
#pragma once

#include "api/cli/client.h"

namespace etymon::cli {

class StreamResults {
 public:
  // `stream` outlives it.
  explicit StreamResults(LookupStream& stream) : stream_(stream) {}

  // Null when the stream has ended. Valid until the next call.
  const v1::LookupResult* next() {
    while (taken_ == response_.results_size()) {
      if (!stream_.read(response_)) {
        return nullptr;
      }
      taken_ = 0;
    }
    return &response_.results(taken_++);
  }

 private:
  LookupStream& stream_;
  v1::LookupStreamResponse response_;
  int taken_ = 0;  // results of response_
};

}  // namespace etymon::cli

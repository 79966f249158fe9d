// StreamResults: the results of a stream in their order, however many of them a response holds.
// Belongs to one thread, and owns the responses' memory.
#pragma once

#include <google/protobuf/arena.h>

#include "api/cli/client.h"
#include "proto/message_memory.h"

namespace etymon::cli {

class StreamResults {
 public:
  // `stream` outlives it.
  explicit StreamResults(LookupStream& stream) : stream_(stream) {}

  // Null when the stream has ended. Valid until the next call.
  const v1::LookupResult* next() {
    while (response_ == nullptr || taken_ == response_->results_size()) {
      arena_.Reset();
      response_ = google::protobuf::Arena::CreateMessage<v1::LookupStreamResponse>(&arena_);
      taken_ = 0;
      if (!stream_.read(*response_)) {
        return nullptr;
      }
    }
    return &response_->results(taken_++);
  }

 private:
  LookupStream& stream_;
  google::protobuf::Arena arena_{message_memory()};
  v1::LookupStreamResponse* response_ = nullptr;  // the arena's
  int taken_ = 0;                                 // results of response_
};

}  // namespace etymon::cli

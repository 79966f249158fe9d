// QueryHandler: what a listener gives its clients' messages to. Belongs to one loop thread.
#pragma once

#include "resolver/forward/turn.h"

namespace etymon::forward {

class QueryHandler {
 public:
  virtual ~QueryHandler() = default;

  // Works on one message from a client whom the listener admitted. The bytes are valid during the
  // call. Answers, at once or later, go to the loop's Turn; a message that deserves none gets none.
  virtual void handle(ByteView message, const ReplyTo& from) = 0;
};

}  // namespace etymon::forward

// QueryHandler: what a listener gives its clients' messages to. Belongs to one loop thread.
#pragma once

#include "resolver/forward/turn.h"

namespace etymon::forward {

// Why a listener wants a message answered without being worked on.
enum class TurnAway {
  kRefuse,    // this client may not ask: REFUSED, in no more octets than the query has over UDP
  kTruncate,  // it asks too often: whoever it really is can come back over TCP
};

class QueryHandler {
 public:
  virtual ~QueryHandler() = default;

  // Works on one message from a client whom the listener admitted. The bytes are valid during the
  // call. Answers, at once or later, go to the loop's Turn; a message that deserves none gets none.
  virtual void handle(ByteView message, const ReplyTo& from) = 0;

  // Whether a message shows, by a cookie of ours, that its client's address is not forged.
  virtual bool proves_address(ByteView, const ReplyTo&) { return false; }

  // Answers one message from a client whom the listener did not admit, if it is a query at all.
  virtual void turn_away(ByteView message, const ReplyTo& from, TurnAway how) = 0;
};

}  // namespace etymon::forward

// Holding what came in against what was sent. Pure, any thread; inside this folder only.
#pragma once

#include <string>

#include "resolver/base/bytes.h"
#include "resolver/upstream/question.h"
#include "resolver/upstream/tries.h"

namespace etymon::upstream {

enum class Match {
  kNo,           // Not a response to this message.
  kCaseDiffers,  // It would be one, but for the case of the name's letters.
  kBareFailure,  // A header alone, FORMERR, NOTIMP, SERVFAIL or REFUSED: it names no question.
  kYes,
};

// RFC 5452 section 9.1; the addresses and ports have been compared by the kernel.
Match match(ByteView message, const Sent& sent, const Question& question);

// A bare failure, with the question that it left out.
std::string with_question(ByteView header, const Sent& sent, const Question& question);

enum class Kind {
  kAnswer,     // NOERROR, NXDOMAIN, YXDOMAIN: the upstream knows, if its records can be read.
  kFailure,    // SERVFAIL, REFUSED, any other rcode, or a referral: another one may know.
  kBadCookie,  // BADCOOKIE: not with the cookie that we sent.
  kTruncated,  // TC, or longer than we said that we take.
  kNonsense,   // TC over TCP.
};

// By header and size; of what has no answer also by its authority records. REQUIRES: it matches.
Kind kind_of(ByteView message, Path path);

// The upstream may be one that does not know EDNS (RFC 6891 section 7), or not its version 0.
bool may_refuse_edns(ByteView message);

}  // namespace etymon::upstream

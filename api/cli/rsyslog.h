// Annotating inside rsyslog: the protocol of its module mmexternal.
//
// rsyslog writes a message as one line and waits for one line, a JSON object whose "$!" becomes
// variables of the message: {"$!":{"etymon":{...}}}, or {} where there is nothing to say. So it is
// one question at a time, on one thread, and whatever happens there is an answer: a server that
// cannot be reached, or says nothing for two seconds, makes
// {"$!":{"etymon":{"error":"SERVER_UNREACHABLE"}}}, and is asked again for
// the next message; columns by name, which no message of rsyslog's has, make COLUMN_MISSING.
// Nothing may go to standard error, which rsyslog reads as if it were the answer.
#pragma once

#include <functional>
#include <string_view>

#include "api/cli/line_reader.h"
#include "api/cli/logs/recognizer.h"
#include "etymon/v1/lookup.pb.h"
#include "resolver/base/result.h"

namespace etymon::cli {

struct RsyslogTools {
  LineReader& lines;
  logs::Recognizer& recognizer;
  std::function<Result<v1::LookupResponse>(const v1::LookupRequest&)> lookup;
  std::function<Status(std::string_view)> write;
};

// Runs until the lines end. They are what interface.input says: msg, rawmsg, or fulljson, which has
// both, and the time that rsyslog found. Errors: those of reading and of `write`.
Status serve_rsyslog(const RsyslogTools& tools);

}  // namespace etymon::cli

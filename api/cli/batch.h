// Many lookups in one run: questions as lines in, answers out in the same order.
//
// Concurrency: a second thread reads and asks while the caller's writes answers, with a bounded
// number of requests in flight between them. Answers to all lines that arrived together leave
// together, so that whoever writes one line into a pipe gets its answer at once.
// A line that is no question, a blank one say, gets an error in its place, and the run goes on.
#pragma once

#include <functional>
#include <string_view>

#include "api/cli/client.h"
#include "api/cli/line_reader.h"
#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// A question with every field has 400 octets; lines that are longer than this are none. The lines'
// reader gets it.
inline constexpr size_t kLineMax = 4096;

enum class AnsweredBy {
  kServer,
  kNobody,  // the line was no question
};

struct AnsweredLine {
  const v1::LookupRequest& question;  // what could be read of it, where the line was none
  const v1::LookupResult& result;
  AnsweredBy by = AnsweredBy::kServer;
};

// Writes the outcome of one line.
using WriteAnswer = std::function<void(const AnsweredLine&)>;
// Called after the answers of each request, to let them out. Error: the output cannot be written.
using FlushAnswers = std::function<Status()>;

// Runs until the lines end. A relative time is so to when its line came, by `clock`, which both
// threads may read. Errors: those of the stream, of reading, and of `flush`.
Status answer_lines(LineReader& lines, LookupStream& stream, const Clock& clock,
                    const WriteAnswer& write, const FlushAnswers& flush);

}  // namespace etymon::cli

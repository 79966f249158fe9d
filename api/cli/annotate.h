// A log in, the same log out with the names added: one line for each line, in order.
//
// Concurrency: a second thread reads lines and a third sends their questions while the caller's
// writes, with a bounded number of requests in flight. Lines that arrived together leave together,
// so that a log that grows is annotated as it grows.
//
// A stream that ends, as when the daemon is started anew, costs no line: what it left unanswered
// goes over another one. While the server cannot be reached, lines come out in their place with
// verdict=ERROR reason=SERVER_UNREACHABLE, and it is looked for once a second at most.
//
// Equal questions are asked once, as long as their moment has passed: about a moment that lasts,
// more may become known. Memory: some MiB, whatever the log holds; a line that is longer than
// kLogLineMax passes unread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "api/cli/client.h"
#include "api/cli/line_reader.h"
#include "api/cli/logs/recognizer.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// Longer lines are nobody's firewall log. The lines' reader gets it.
inline constexpr size_t kLogLineMax = 64 << 10;

enum class AnnotateOutput {
  kInPlace,  // the line, and what the format has room for behind it
  kJson,     // an object for each line
};

struct AnnotateCounts {
  uint64_t lines = 0;
  std::map<std::string, uint64_t> formats;  // lines by format, headers included
  uint64_t unknown = 0;                     // of no format, or damaged
  uint64_t too_long = 0;                    // longer than kLogLineMax
  uint64_t without_time = 0;                // asked about as of when they were read
  uint64_t began_before = 0;                // asked about as of a later event than their beginning
  uint64_t asked = 0;                       // questions that went to the server
  uint64_t named = 0;                       // lines by what was answered
  uint64_t ambiguous = 0;
  uint64_t of_others = 0;  // told to other hosts only, whether one name or several
  uint64_t unnamed = 0;
  uint64_t errors = 0;
};

// "1 204 lines: netfilter 1 200, unknown 4; named 1 100, ambiguous 20, without a name 80"
std::string summary_of(const AnnotateCounts& counts);

// Behind that, of a log that the user described: "; none could be read as --columns says" where
// none of its lines was like that, though there were some.
std::string mismatch_of(const AnnotateCounts& counts, const logs::Settings& settings);

// Who is asked. Called by one thread.
struct LookupServer {
  std::function<std::unique_ptr<LookupStream>()> open;
  // Whether it can be reached and answers, waited for at most so long.
  std::function<bool(Milliseconds patience)> is_reachable;
};

// What to annotate with. All outlive the run.
struct Annotator {
  LineReader& lines;
  const LookupServer& server;
  logs::Recognizer& recognizer;
  const Clock& clock;
};

struct AnnotateSink {
  // Lines that belong together, to be let out at once. Error: they cannot be written.
  std::function<Status(std::string_view)> write;
  // Octets of the log that have been dealt with.
  std::function<void(uint64_t)> progress;
};

// Runs until the lines end. Errors: that of the server when it does not answer at the beginning,
// before any line is read; those of reading, and of `write`; kInvalidArgument: the log has not the
// columns that the recognizer's settings name.
Result<AnnotateCounts> annotate(const Annotator& annotator, AnnotateOutput output,
                                const AnnotateSink& sink);

}  // namespace etymon::cli

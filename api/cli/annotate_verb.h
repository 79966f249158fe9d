// The verb `annotate`: its options, and what it does. Used by one thread.
#pragma once

#include <string>
#include <vector>

#include "api/cli/annotate.h"
#include "api/cli/exit_status.h"

namespace CLI {
class App;
}  // namespace CLI

namespace etymon::cli {

// Who reads what comes out: people and programs, or rsyslog's mmexternal.
enum class Reader { kAnybody, kRsyslog };

struct AnnotateCommand {
  std::string file = "-";  // "-": standard input
  Reader reader = Reader::kAnybody;
  AnnotateOutput output = AnnotateOutput::kInPlace;
  logs::Settings settings = {};
};

// The options as they were written; add_to() binds them, so it must outlive the parsing.
class AnnotateFlags {
 public:
  void add_to(CLI::App& verb);
  // Error kInvalidArgument.
  Result<AnnotateCommand> command() const;

 private:
  AnnotateCommand command_;
  std::string output_ = "inplace";
  int year_ = 0;  // 0: not given
  bool rsyslog_ = false;
};

// The annotated log goes to standard output, the summary to standard error. kFailed when questions
// had errors for answers.
Result<ExitStatus> run_annotate(const AnnotateCommand& command, Client& client, const Clock& clock);

}  // namespace etymon::cli

// Recognizer: from a line of any log to the contact that it tells of. Belongs to one thread.
//
// Unless a format is named, each line is tried with the readers whose lines are marked, which let
// nobody else have them: a stranger chooses what stands in the text of some, and could write a
// record of another format there. Then with the reader that knew the line before, then with all
// others: a file may mix formats, and mostly does not. An object of JSON, at the front or behind a
// syslog header, is only for readers whose lines are such, for the same reason, and because what
// belongs to a record of others stands behind the line, where it would be JSON no more. What the
// user describes reads every line.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/cli/logs/ends.h"
#include "api/cli/logs/log_reader.h"
#include "resolver/base/clock.h"

namespace etymon::cli::logs {

// As given on the command line; empty where nothing was.
struct Settings {
  std::string format = std::string(kAutomatic);
  std::string columns = {};  // for csv_reader(), instead of a format
  std::string separator = ",";
  std::string regex = {};  // for regex_reader(), instead of a format
  std::string timezone = "local";
  std::optional<int> year = {};
  std::vector<std::string> lan = {};  // prefixes that are inside, too
};

class Recognizer {
 public:
  // `clock` outlives it. Error kInvalidArgument: one line that names the setting.
  static Result<std::unique_ptr<Recognizer>> create(const Settings& settings, const Clock& clock);

  // What a line is: `reader` is the one that knows it, null for none and for kOther.
  struct Recognized {
    const LogReader* reader = nullptr;
    Reading reading = Reading::kUnknown;
    Flow flow = {};
  };
  // `header`: the time of a header that the line has no more, which it stands for.
  Recognized read(std::string_view line, std::optional<WrittenTime> header = std::nullopt);
  // The same of what is a record of its own, whatever was read before: a message is no line of a
  // file, where the record of the line before may go on.
  Recognized read_record(std::string_view text, std::optional<WrittenTime> header);

  Ends ends_of(const Flow& flow) const { return logs::ends_of(flow, inside_); }
  const LogTimes& times() const { return times_; }

 private:
  Recognizer(const Clock& clock, Zone zone, std::optional<int> year) : times_(clock, zone, year) {}
  Status set_readers(const Settings& settings);
  // The place of a reader, in the order in which they are tried; nothing for one that was.
  std::optional<size_t> nth(size_t turn) const;

  LogTimes times_;
  Networks inside_;
  std::vector<std::unique_ptr<LogReader>> readers_;  // the marked ones first
  size_t marked_ = 0;                                // so many
  size_t last_ = 0;                                  // the reader that knew the last line
  bool described_ = false;                           // by the user: its lines may be anything
};

}  // namespace etymon::cli::logs

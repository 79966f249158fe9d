// LogReader: knows one format of log. The formats, one a file, stand behind this interface.
//
// A reader belongs to one thread, but for what is const: that is the same all its life, and any
// thread's. It may remember what a log says once for all its lines (the columns of a header), and
// that a line was not the end of its record; nothing else. Lines are a stranger's: whatever they
// hold, a reader gives a flow, says that it does not know the line, and never reads past its end.
// It fills in only what the line says.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/logs/flow.h"
#include "api/cli/logs/log_time.h"
#include "resolver/base/result.h"

namespace etymon::cli::logs {

// How something is added to a line of the format.
enum class Shape {
  kText,     // behind it
  kJson,     // as a member of the object that the line is
  kColumns,  // as further columns
};

enum class Reading {
  kUnknown,  // not of this format, or damaged
  kFlow,
  kHeader,       // names the columns of the lines that follow
  kWrongHeader,  // does not name a column that the user wants: mistake_in() says which
  kOther,        // of this format and of no other one, but no flow that can be told
};

class LogReader {
 public:
  virtual ~LogReader() = default;

  // As --format has it.
  virtual std::string_view name() const = 0;
  virtual Shape shape() const { return Shape::kText; }
  // Its lines say what they are, in a place that only the device writes to. All of them are its
  // own, whatever stands in their text: those that tell no flow are kOther.
  virtual bool is_marked() const { return false; }

  // Fills `flow`, which is empty, for kFlow.
  virtual Reading read(std::string_view line, Flow& flow) = 0;
  // The next line begins a record, whether or not the one before ended its own.
  virtual void begin_record() {}

  // For Shape::kColumns: what stands between two columns, and for a line that was kHeader, what the
  // added columns are called there; empty for a header line that stays as it is.
  virtual char separator() const { return '\t'; }
  virtual std::string header_addition(std::string_view) const { return {}; }

  // For a line that was kWrongHeader: what is wrong, as one line that names the setting.
  virtual std::string mistake_in(std::string_view) const { return {}; }
};

// The readers that take no settings; `times` outlives them.
std::unique_ptr<LogReader> netfilter_reader(const LogTimes& times);
std::unique_ptr<LogReader> ulogd_reader(const LogTimes& times);
std::unique_ptr<LogReader> conntrack_reader(const LogTimes& times);
std::unique_ptr<LogReader> filterlog_reader(const LogTimes& times);
std::unique_ptr<LogReader> cisco_asa_reader(const LogTimes& times);
std::unique_ptr<LogReader> fortigate_reader(const LogTimes& times);
std::unique_ptr<LogReader> palo_alto_reader(const LogTimes& times);
std::unique_ptr<LogReader> mikrotik_reader(const LogTimes& times);
std::unique_ptr<LogReader> suricata_reader(const LogTimes& times);
std::unique_ptr<LogReader> zeek_json_reader(const LogTimes& times);
std::unique_ptr<LogReader> zeek_tsv_reader(const LogTimes& times);
std::unique_ptr<LogReader> tcpdump_reader(const LogTimes& times);

// Octets of a field in quotes that goes on over several lines. More is a quote that was never
// closed, as in a line that lost its end, and must not hide the rest of the log.
inline constexpr size_t kFieldMax = 8 << 10;

// Lines of columns. `columns` says which is what: "time=1,source=5,destination=7,source_port=6,
// destination_port=8,proto=9", by number from 1 or by the name that the first line has for it;
// `client` and `address` instead of source and destination where the log is clear about them.
// Where one is named, the first line is the header, and it must have all names; where all are
// numbers, there is none. Between commas or semicolons, a field in quotes may have line breaks (RFC
// 4180 section 2): the lines of such a record are of no format, for nothing can be added to any of
// them but the last. Error kInvalidArgument.
Result<std::unique_ptr<LogReader>> csv_reader(const LogTimes& times, std::string_view columns,
                                              char separator);

// Lines that an RE2 expression finds its named groups in: (?P<time>...), and the other names as for
// columns. Error kInvalidArgument.
Result<std::unique_ptr<LogReader>> regex_reader(const LogTimes& times, const std::string& pattern);

// The formats by themselves: every one of them until a line matches, then that one first.
inline constexpr std::string_view kAutomatic = "auto";
// All names that automatic_readers() and named_reader() know, for people.
std::string format_names(std::string_view separator);

std::vector<std::unique_ptr<LogReader>> automatic_readers(const LogTimes& times);
// Error kInvalidArgument: no such format.
Result<std::unique_ptr<LogReader>> named_reader(std::string_view name, const LogTimes& times);

}  // namespace etymon::cli::logs

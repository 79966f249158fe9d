// Zeek's conn.log, and every other log of Zeek that has a connection's id: as JSON, and as columns
// between tabs. `ts` is the connection's start, in seconds of the epoch or as ISO 8601.
//
// The columns are named by a header. The first seven are the same in all these logs, so that a log
// without its header (the end of a file that grows) can be read, too.
#include <algorithm>
#include <array>

#include "api/cli/json/scan.h"
#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

enum Field { kTime, kSource, kSourcePort, kDestination, kDestinationPort, kProto, kFields };

constexpr size_t kNamed = kFields + 1;
constexpr std::array<std::string_view, kNamed> kNames = {
    "ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "etymon"};

// The columns of more than this many fields are beyond any log of Zeek.
constexpr size_t kColumnsMax = 64;

using Values = std::array<std::string_view, kFields>;

Reading fill(const Values& values, const LogTimes& times, Flow& flow) {
  const auto source = address_of(values[kSource]);
  const auto destination = address_of(values[kDestination]);
  const auto time = times.whole(values[kTime]);
  if (!source || !destination || !time) {
    return Reading::kUnknown;
  }
  flow.source = *source;
  flow.destination = *destination;
  flow.source_port = port_of(values[kSourcePort]);
  flow.destination_port = port_of(values[kDestinationPort]);
  flow.proto = values[kProto];
  flow.time = time;
  return Reading::kFlow;
}

class ZeekJsonReader final : public LogReader {
 public:
  explicit ZeekJsonReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "zeek-json"; }
  Shape shape() const override { return Shape::kJson; }

  Reading read(std::string_view line, Flow& flow) override {
    std::array<json::Value, kNamed> found;
    const bool ours = line.starts_with('{') && json::pick(line, kNames, found) &&
                      found[kFields].kind == json::Kind::kNone;
    if (!ours) {
      return Reading::kUnknown;
    }
    Values values;
    for (size_t i = 0; i < kFields; ++i) {
      values[i] = json::plain_of(found[i]).value_or("");
    }
    return fill(values, times_, flow);
  }

 private:
  const LogTimes& times_;
};

class ZeekTsvReader final : public LogReader {
 public:
  explicit ZeekTsvReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "zeek"; }
  Shape shape() const override { return Shape::kColumns; }

  std::string header_addition(std::string_view line) const override {
    if (line.starts_with("#fields\t")) {
      return "\tetymon_name\tetymon_verdict\tetymon_ambiguous";
    }
    return line.starts_with("#types\t") ? "\tstring\tstring\tbool" : "";
  }

  Reading read(std::string_view line, Flow& flow) override {
    if (line.starts_with('#')) {
      return read_header(line);
    }
    if (line.find('\t') == std::string_view::npos) {
      return Reading::kUnknown;
    }
    std::array<std::string_view, kColumnsMax> columns;
    const size_t count = split(line, '\t', columns);
    if (columns_[kDestination] + 1 >= count) {  // cut off: the address may have lost its end
      return Reading::kUnknown;
    }
    Values values;
    for (size_t i = 0; i < kFields; ++i) {
      values[i] = columns_[i] < std::min(count, kColumnsMax) ? columns[columns_[i]] : "";
    }
    return fill(values, times_, flow);
  }

 private:
  static constexpr std::array<size_t, kFields> kUsual = {0, 2, 3, 4, 5, 6};

  Reading read_header(std::string_view line) {
    constexpr std::string_view kKnown[] = {"#separator",   "#set_separator", "#empty_field",
                                           "#unset_field", "#path",          "#open",
                                           "#close",       "#types"};
    if (take(line, "#fields\t")) {
      std::array<std::string_view, kColumnsMax> names;
      const size_t count = std::min(split(line, '\t', names), kColumnsMax);
      for (size_t i = 0; i < kFields; ++i) {
        const auto found =
            std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count), kNames[i]);
        columns_[i] = static_cast<size_t>(found - names.begin());
      }
      return Reading::kHeader;
    }
    const bool known =
        std::ranges::any_of(kKnown, [&](auto mark) { return line.starts_with(mark); });
    return known ? Reading::kHeader : Reading::kUnknown;
  }

  const LogTimes& times_;
  std::array<size_t, kFields> columns_ = kUsual;
};

}  // namespace

std::unique_ptr<LogReader> zeek_json_reader(const LogTimes& times) {
  return std::make_unique<ZeekJsonReader>(times);
}

std::unique_ptr<LogReader> zeek_tsv_reader(const LogTimes& times) {
  return std::make_unique<ZeekTsvReader>(times);
}

}  // namespace etymon::cli::logs

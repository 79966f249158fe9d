// Columns that the user names: by number, or by the name that the first line has for them.
#include <algorithm>
#include <utility>
#include <vector>

#include "api/cli/logs/columns.h"
#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

constexpr size_t kColumnsMax = 256;

// A quote goes on over the end of a line where spreadsheets write such lines, as RFC 4180 has it or
// with the semicolon that some countries' have instead. Elsewhere, in columns between tabs above
// all, a lone quote is a character like others (5" say).
bool quotes_line_breaks(char separator) {
  return separator == ',' || separator == ';';
}

struct Column {
  Part part;
  std::string name;  // empty where the number was given
  size_t index = 0;  // from 0; kColumnsMax: no header has been seen
};

using Fields = std::vector<std::string_view>;

class CsvReader final : public LogReader {
 public:
  CsvReader(const LogTimes& times, std::vector<Column> columns, char separator)
      : times_(times), columns_(std::move(columns)), separator_(separator) {
    awaits_header_ =
        std::ranges::any_of(columns_, [](const Column& column) { return !column.name.empty(); });
    measure(0);
  }

  std::string_view name() const override { return "csv"; }
  Shape shape() const override { return Shape::kColumns; }
  char separator() const override { return separator_; }

  std::string header_addition(std::string_view line) const override {
    if (goes_on_behind(without_mark(line))) {
      return {};
    }
    const std::string mark(1, separator_);
    return mark + "etymon_name" + mark + "etymon_verdict" + mark + "etymon_ambiguous";
  }

  std::string mistake_in(std::string_view line) const override {
    Fields fields;
    split_header(line, fields);
    const auto missing = std::ranges::find_if(
        columns_, [&](const Column& column) { return !has_named(fields, column); });
    return missing == columns_.end()
               ? ""
               : "--columns: the first line has no column \"" + missing->name +
                     "\"; is it spelled as there, and --separator what stands between them?";
  }

  void begin_record() override { inside_ = 0; }

  Reading read(std::string_view line, Flow& flow) override {
    if (goes_on(line)) {
      return Reading::kUnknown;
    }
    inside_ = goes_on_behind(without_mark(line)) ? 1 : 0;
    if (awaits_header_) {
      return read_header(line);
    }
    return inside_ > 0 ? Reading::kUnknown : read_record(line, flow);
  }

 private:
  // Whether the record that ends in `text`, or begins there, goes on in the next line.
  bool goes_on_behind(std::string_view text) const {
    return quotes_line_breaks(separator_) && is_unclosed(text, separator_);
  }

  // Whether a record that began before goes on in `line`. Behind the quote that closes its field
  // stands a separator or nothing: else the one that opened it was no such quote.
  bool goes_on(std::string_view line) {
    if (inside_ == 0) {
      return false;
    }
    const size_t end = end_of_quoted(line);
    if (end == std::string_view::npos) {
      inside_ += line.size() + 1;
      return inside_ <= kFieldMax;
    }
    const std::string_view rest = line.substr(end + 1);
    inside_ = 0;
    if (!rest.empty() && rest.front() != separator_) {
      return false;
    }
    inside_ = !rest.empty() && goes_on_behind(rest.substr(1)) ? 1 : 0;
    return true;
  }

  Reading read_record(std::string_view line, Flow& flow) {
    fields_.assign(kColumnsMax, {});
    const size_t count = std::min(split(line, separator_, fields_), kColumnsMax);
    if (count < width_ && count <= behind_addresses_) {  // cut off: one may have lost its end
      return Reading::kUnknown;
    }
    PartValues values;
    for (const Column& column : columns_) {
      if (column.index < count) {
        values[static_cast<size_t>(column.part)] = fields_[column.index];
      }
    }
    return fill_from_parts(values, times_, flow) ? Reading::kFlow : Reading::kUnknown;
  }

  void split_header(std::string_view line, Fields& fields) const {
    fields.assign(kColumnsMax, {});
    fields.resize(std::min(split(without_mark(line), separator_, fields), kColumnsMax));
  }

  static bool has_named(const Fields& fields, const Column& column) {
    return column.name.empty() || std::ranges::find(fields, column.name) != fields.end();
  }

  Reading read_header(std::string_view line) {
    split_header(line, fields_);
    for (Column& column : columns_) {
      if (!has_named(fields_, column)) {
        return Reading::kWrongHeader;
      }
      if (!column.name.empty()) {
        const auto found = std::ranges::find(fields_, column.name);
        column.index = static_cast<size_t>(found - fields_.begin());
      }
    }
    awaits_header_ = false;
    measure(fields_.size());
    return Reading::kHeader;
  }

  // How many columns a line has at the least, as far as its header and its user tell.
  void measure(size_t in_header) {
    width_ = in_header;
    behind_addresses_ = 0;
    for (const Column& column : columns_) {
      if (column.index < kColumnsMax) {
        width_ = std::max(width_, column.index + 1);
        const bool is_end = column.part == Part::kSource || column.part == Part::kDestination ||
                            column.part == Part::kClient || column.part == Part::kAddress;
        behind_addresses_ = std::max(behind_addresses_, is_end ? column.index + 1 : 0);
      }
    }
  }

  const LogTimes& times_;
  std::vector<Column> columns_;
  size_t width_ = 0;
  size_t behind_addresses_ = 0;  // the column behind the last address
  char separator_;
  bool awaits_header_ = false;
  size_t inside_ = 0;  // octets that the field in quotes has so far which goes on; 0: none does
  Fields fields_;      // kept for its memory
};

Error invalid(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

// "time=1" or "time=Start"
Result<Column> column_of(std::string_view text) {
  const std::string_view word = take_until(text, "=");
  const auto part = part_named(word);
  if (!part || !take(text, "=") || text.empty()) {
    return invalid("a column is NAME=NUMBER or NAME=HEADER, with one of these names: " +
                   part_names());
  }
  const auto number = number_of(text, kColumnsMax);
  if (number && *number == 0) {
    return invalid("columns are counted from 1");
  }
  return number ? Column{*part, "", *number - 1} : Column{*part, std::string(text), kColumnsMax};
}

}  // namespace

Result<std::unique_ptr<LogReader>> csv_reader(const LogTimes& times, std::string_view columns,
                                              char separator) {
  std::vector<Column> wanted;
  PartValues given;
  while (!columns.empty()) {
    Result<Column> column = column_of(take_until(columns, ","));
    if (!column) {
      return column.error();
    }
    std::string_view& seen = given[static_cast<size_t>(column->part)];
    if (!std::exchange(seen, "given").empty()) {
      return invalid("each name may be given once");
    }
    wanted.push_back(*std::move(column));
    take(columns, ",");
  }
  const auto has = [&](Part part) { return !given[static_cast<size_t>(part)].empty(); };
  if (has(Part::kClient) != has(Part::kAddress)) {  // no line could be read
    return invalid("client and address belong together");
  }
  const bool has_ends = has(Part::kSource) && has(Part::kDestination);
  if (!has_ends && !has(Part::kClient)) {
    return invalid("columns are needed for source and destination, or for client and address");
  }
  if (has(Part::kClient) && (has(Part::kSource) || has(Part::kDestination))) {
    return invalid("it is either source and destination, or client and address");
  }
  return std::unique_ptr<LogReader>(
      std::make_unique<CsvReader>(times, std::move(wanted), separator));
}

}  // namespace etymon::cli::logs

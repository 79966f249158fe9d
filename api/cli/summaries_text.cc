#include "api/cli/summaries_text.h"

#include <algorithm>
#include <vector>

#include "api/cli/delivery_text.h"
#include "api/cli/json.h"
#include "api/cli/json/object.h"
#include "api/cli/moments.h"
#include "api/cli/status_text.h"

namespace etymon::cli {

namespace {

constexpr size_t kCellWidth = 4;
constexpr size_t kLabelWidth = 10;
constexpr int kHours = 24;

// Three digits have room; more is told in thousands.
std::string cell(uint64_t count) {
  if (count == 0) {
    return ".";
  }
  return count < 1000 ? std::to_string(count)
                      : std::to_string(std::min<uint64_t>(count / 1000, 99)) + "k";
}

using Hours = google::protobuf::RepeatedField<uint64_t>;

// Some of a day's hours: all of them, or a half of them where a terminal is too narrow for more.
struct Part {
  int begin = 0;
  int end = kHours;

  bool is_last() const { return end == kHours; }
};

std::string hours_line(const std::string& label, const Hours& hours, Part part,
                       const Style& style) {
  std::string line = padded_left(label, kLabelWidth);
  uint64_t total = 0;
  for (int hour = 0; hour < hours.size(); ++hour) {
    const uint64_t count = hours[hour];
    total += count;
    if (hour >= part.begin && hour < part.end) {
      line += paint(style, count == 0 ? Colour::kDim : Colour::kBold,
                    padded_left(cell(count), kCellWidth));
    }
  }
  return line + (part.is_last() ? "  " + grouped(total) : "") + "\n";
}

std::string hours_table(const v1::SummarizeRecurrenceResponse& recurrence, const Hours& sums,
                        Part part, const Style& style) {
  std::string head = padded_left("", kLabelWidth);
  for (int hour = part.begin; hour < part.end; ++hour) {
    head += padded_left((hour < 10 ? "0" : "") + std::to_string(hour), kCellWidth);
  }
  std::string out = paint(style, Colour::kDim, head + (part.is_last() ? "  all" : "")) + "\n";
  for (const v1::RecurrenceDay& day : recurrence.days()) {
    out += hours_line(printable(day.date()), day.deliveries(), part, style);
  }
  return out + hours_line("all days", sums, part, style);
}

std::string days_text(const v1::SummarizeRecurrenceResponse& recurrence, const Style& style) {
  if (recurrence.days().empty()) {
    return "Nothing was delivered in that time.\n";
  }
  Hours sums;
  sums.Resize(kHours, 0);
  uint64_t total = 0;
  for (const v1::RecurrenceDay& day : recurrence.days()) {
    for (int hour = 0; hour < std::min(kHours, day.deliveries_size()); ++hour) {
      *sums.Mutable(hour) += day.deliveries(hour);
      total += day.deliveries(hour);
    }
  }
  const size_t needed =
      kLabelWidth + kHours * kCellWidth + 2 + std::max<size_t>(grouped(total).size(), 3);
  if (style.width == 0 || style.width >= needed) {
    return hours_table(recurrence, sums, {}, style);
  }
  return hours_table(recurrence, sums, {0, kHours / 2}, style) + "\n" +
         hours_table(recurrence, sums, {kHours / 2, kHours}, style);
}

std::string table(const v1::SummarizeRecurrenceResponse& recurrence, const Style& style) {
  return days_text(recurrence, style) + recorded_text(recurrence.covered(), style) +
         (recurrence.truncated() ? "There is more: only the newest are counted.\n" : "");
}

void append_json_row(std::string& out, const std::string& value, uint64_t count) {
  json::Object row(out);
  row.number("count", count);
  row.dns_text("value", value);
  row.close();
  out += '\n';
}

std::string dates(const v1::SummarizeRecurrenceResponse& recurrence) {
  std::string out;
  for (const v1::RecurrenceDay& day : recurrence.days()) {
    out += printable(day.date()) + "\n";
  }
  return out;
}

std::string hours_csv(const v1::SummarizeRecurrenceResponse& recurrence) {
  std::string out = "date,hour,deliveries\n";
  for (const v1::RecurrenceDay& day : recurrence.days()) {
    for (int hour = 0; hour < day.deliveries_size(); ++hour) {
      out += printable(day.date()) + "," + std::to_string(hour) + "," +
             std::to_string(day.deliveries(hour)) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string recorded_text(const google::protobuf::RepeatedPtrField<v1::TimeSpan>& covered,
                          const Style& style) {
  std::string out = covered.empty() ? "Nothing was recorded in that time.\n" : "";
  for (const v1::TimeSpan& span : covered) {
    out += wrap_words(style, 0,
                      "Recorded without a gap from " + describe_moment(from_proto(span.start())) +
                          " to " + describe_moment(from_proto(span.end())) + ".");
  }
  return out;
}

std::string recurrence_text(const v1::SummarizeRecurrenceResponse& recurrence, Print print,
                            const Style& style) {
  switch (print) {
    case Print::kText:
      return table(recurrence, style);
    case Print::kCsv:
      return hours_csv(recurrence);
    case Print::kMinimal:
      return dates(recurrence);
    case Print::kJson:
    case Print::kCof:
      break;
  }
  return json_line(recurrence);
}

void Top::count(const std::string& key) {
  if (counts_.size() >= kKeysMax && !counts_.contains(key)) {
    ++left_out_;
    return;
  }
  ++counts_[key];
}

void Top::add(const v1::ObservedDelivery& delivery) {
  switch (ranking_) {
    case Ranking::kNames:
      return count(delivery.name());
    case Ranking::kClients:
      return count(delivery.client());
    case Ranking::kAddresses:
      for (const v1::DeliveredAddress& address : delivery.addresses()) {
        count(address.address());
      }
  }
}

std::string Top::text(size_t limit, Print print, const Style& style) const {
  std::vector<std::pair<uint64_t, std::string>> rows;
  for (const auto& [key, number] : counts_) {
    rows.emplace_back(number, key);
  }
  // By number, then by name, so that the same question has the same answer.
  std::ranges::sort(rows, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  rows.resize(std::min(rows.size(), limit));
  const size_t width = rows.empty() ? 0 : grouped(rows.front().first).size();
  std::string out = print == Print::kCsv ? "count,value\n" : "";
  for (const auto& [number, key] : rows) {
    switch (print) {
      case Print::kJson:
      case Print::kCof:
        append_json_row(out, key, number);
        break;
      case Print::kCsv:
        out += std::to_string(number) + "," + csv_field(printable(key)) + "\n";
        break;
      case Print::kMinimal:
        out += printable(key) + "\n";
        break;
      case Print::kText:
        out += padded_left(grouped(number), width) + "  " +
               paint(style, Colour::kBold, printable(key)) + "\n";
    }
  }
  return out;
}

}  // namespace etymon::cli

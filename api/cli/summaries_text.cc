#include "api/cli/summaries_text.h"

#include <algorithm>
#include <vector>

#include "api/cli/delivery_text.h"
#include "api/cli/json.h"
#include "api/cli/moments.h"
#include "api/cli/status_text.h"

namespace etymon::cli {

namespace {

constexpr size_t kCellWidth = 4;

std::string right(const std::string& text, size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

// Three digits have room; more is told in thousands.
std::string cell(uint64_t count) {
  if (count == 0) {
    return ".";
  }
  return count < 1000 ? std::to_string(count)
                      : std::to_string(std::min<uint64_t>(count / 1000, 99)) + "k";
}

std::string hours_line(const std::string& label,
                       const google::protobuf::RepeatedField<uint64_t>& hours, const Style& style) {
  std::string line = right(label, 10);
  uint64_t total = 0;
  for (const uint64_t count : hours) {
    const std::string text = right(cell(count), kCellWidth);
    line += count == 0 ? paint(style, Colour::kDim, text) : paint(style, Colour::kBold, text);
    total += count;
  }
  return line + "  " + grouped(total) + "\n";
}

std::string table(const v1::SummarizeRecurrenceResponse& recurrence, const Style& style) {
  std::string head = right("", 10);
  for (int hour = 0; hour < 24; ++hour) {
    head += right((hour < 10 ? "0" : "") + std::to_string(hour), kCellWidth);
  }
  std::string out = paint(style, Colour::kDim, head + "  all") + "\n";
  google::protobuf::RepeatedField<uint64_t> sums;
  sums.Resize(24, 0);
  for (const v1::RecurrenceDay& day : recurrence.days()) {
    out += hours_line(printable(day.date()), day.deliveries(), style);
    for (int hour = 0; hour < std::min(24, day.deliveries_size()); ++hour) {
      *sums.Mutable(hour) += day.deliveries(hour);
    }
  }
  out += hours_line("all days", sums, style);
  if (recurrence.days().empty()) {
    out = "Nothing was delivered in that time.\n";
  }
  out += recurrence.covered().empty() ? "Nothing was recorded in that time.\n" : "";
  for (const v1::TimeSpan& span : recurrence.covered()) {
    out += "Recorded without a gap from " + describe_moment(from_proto(span.start())) + " to " +
           describe_moment(from_proto(span.end())) + ".\n";
  }
  return out + (recurrence.truncated() ? "There is more: only the newest are counted.\n" : "");
}

}  // namespace

std::string recurrence_text(const v1::SummarizeRecurrenceResponse& recurrence, Print print,
                            const Style& style) {
  if (print == Print::kJson) {
    return json_line(recurrence);
  }
  if (print == Print::kText) {
    return table(recurrence, style);
  }
  std::string out = "date,hour,deliveries\n";
  for (const v1::RecurrenceDay& day : recurrence.days()) {
    for (int hour = 0; hour < day.deliveries_size(); ++hour) {
      out += printable(day.date()) + "," + std::to_string(hour) + "," +
             std::to_string(day.deliveries(hour)) + "\n";
    }
  }
  return out;
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
        out += "{\"count\":" + std::to_string(number) + ",\"value\":" + json_string(key) + "}\n";
        break;
      case Print::kCsv:
        out += std::to_string(number) + "," + csv_field(printable(key)) + "\n";
        break;
      case Print::kMinimal:
        out += printable(key) + "\n";
        break;
      case Print::kText:
        out += right(grouped(number), width) + "  " + paint(style, Colour::kBold, printable(key)) +
               "\n";
    }
  }
  return out;
}

}  // namespace etymon::cli

#include "api/cli/common_causes.h"

#include <algorithm>

#include "api/cli/delivery_text.h"
#include "api/cli/json/object.h"
#include "api/cli/moments.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {

namespace {

constexpr size_t kIndent = 2;

std::string joined(const std::set<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    out += (out.empty() ? "" : " ") + printable(item);
  }
  return out;
}

// Behind what `line` has, with commas between them.
void add_hosts(const std::set<std::string>& hosts, FlowingText& line) {
  size_t left = hosts.size();
  for (const std::string& host : hosts) {
    line.add(1, {{printable(host) + (--left > 0 ? "," : "")}});
  }
}

}  // namespace

void CommonCauses::add(const std::string& host, const v1::ObservedDelivery& delivery) {
  if (causes_.size() >= kNamesMax && !causes_.contains(delivery.name())) {
    ++left_out_;
    return;
  }
  const WallTime at = from_proto(delivery.at());
  Cause& cause = causes_[delivery.name()];
  cause.first = cause.hosts.empty() ? at : std::min(cause.first, at);
  cause.last = cause.hosts.empty() ? at : std::max(cause.last, at);
  cause.hosts.insert(host);
}

size_t CommonCauses::shared_count() const {
  return static_cast<size_t>(std::ranges::count_if(
      causes_, [](const auto& entry) { return entry.second.hosts.size() > 1; }));
}

std::vector<CommonCauses::Entry> CommonCauses::shared(size_t limit) const {
  std::vector<Entry> rows;
  for (const auto& entry : causes_) {
    if (entry.second.hosts.size() > 1) {
      rows.push_back(&entry);
    }
  }
  // Of names that as many hosts asked for, the one that began last: it is the rarer one.
  std::ranges::stable_sort(rows, [](Entry a, Entry b) {
    const auto& [hosts, first, last] = a->second;
    return hosts.size() != b->second.hosts.size() ? hosts.size() > b->second.hosts.size()
                                                  : first > b->second.first;
  });
  rows.resize(std::min(rows.size(), limit));
  return rows;
}

std::string CommonCauses::table(const std::vector<Entry>& rows, const Style& style) const {
  const std::string all = std::to_string(hosts_.size());
  std::string out;
  for (const Entry entry : rows) {
    const auto& [name, cause] = *entry;
    const bool is_of_all = cause.hosts.size() == hosts_.size();
    FlowingText head(style, 0, kIndent);
    head.add(0, {{std::to_string(cause.hosts.size()) + " of " + all,
                  is_of_all ? Colour::kGreen : Colour::kYellow}});
    head.add(2, {{printable(name), Colour::kBold}});
    FlowingText hosts(style, kIndent, kIndent);
    hosts.add(0, {{describe_moment(cause.first)}});
    hosts.add(1, {{"to " + describe_moment(cause.last) + ":"}});
    add_hosts(cause.hosts, hosts);
    out += head.text() + "\n" + std::string(kIndent, ' ') + hosts.text() + "\n";
  }
  if (rows.empty()) {
    out = wrap_words(style, 0,
                     "No name on record is common to two of these " + all + " hosts in that time.");
  }
  std::set<std::string> silent(hosts_.begin(), hosts_.end());
  for (const auto& [name, cause] : causes_) {
    for (const std::string& host : cause.hosts) {
      silent.erase(host);
    }
  }
  if (silent.empty()) {
    return out;
  }
  FlowingText rest(style, 0, kIndent);
  rest.add(0, {{"Nothing of the kind is on record for:"}});
  add_hosts(silent, rest);
  return out + rest.text() + "\n";
}

std::string CommonCauses::text(size_t limit, Print print, const Style& style) const {
  const std::vector<Entry> rows = shared(limit);
  if (print == Print::kText) {
    return table(rows, style);
  }
  std::string out = print == Print::kCsv ? "name,hosts,first,last\n" : "";
  for (const Entry entry : rows) {
    const auto& [name, cause] = *entry;
    const std::string first = format_time(cause.first);
    const std::string last = format_time(cause.last);
    if (print == Print::kMinimal) {
      out += printable(name) + "\n";
    } else if (print == Print::kCsv) {
      out +=
          csv_field(printable(name)) + "," + joined(cause.hosts) + "," + first + "," + last + "\n";
    } else {
      json::Object row(out);
      row.dns_text("name", name);
      row.list("hosts", cause.hosts, json::append_dns_string);
      row.text("first", first);
      row.text("last", last);
      row.close();
      out += '\n';
    }
  }
  return out;
}

}  // namespace etymon::cli

#include "api/cli/names_table.h"

#include <algorithm>

#include "api/cli/delivery_text.h"
#include "api/cli/json/object.h"
#include "api/cli/moments.h"
#include "api/cli/status_text.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {

namespace {

// Of an address, as the record that carries it; a hint of another record keeps the asked type.
std::string type_of(const v1::ObservedDelivery& delivery, const v1::DeliveredAddress& address) {
  switch (address.via()) {
    case v1::VIA_A:
      return "A";
    case v1::VIA_AAAA:
      return "AAAA";
    default:
      return type_text(delivery.type());
  }
}

int64_t epoch_seconds(WallTime time) {
  return std::chrono::floor<Seconds>(time).time_since_epoch().count();
}

std::optional<IpPrefix> prefix_of(const v1::DeliveryFilter& filter) {
  const auto prefix = IpPrefix::from_text(filter.address());
  return prefix ? std::optional(*prefix) : std::nullopt;
}

}  // namespace

NamesTable::NamesTable(Print print, const v1::DeliveryFilter& filter)
    : print_(print),
      tells_names_(filter.name().empty() || filter.match() == v1::NAME_MATCH_SUBTREE),
      address_(prefix_of(filter)) {}

void NamesTable::add(const v1::ObservedDelivery& delivery) {
  if (print_ == Print::kCof) {
    return add_records(delivery);
  }
  for (const v1::DeliveredAddress& one : delivery.addresses()) {
    const auto address = IpAddress::from_text(one.address());
    if (address && (!address_ || address_->contains(*address))) {
      add_row({delivery.name(), type_of(delivery, one), one.address()}, delivery);
    }
  }
  // A response code is neither a name nor an address.
  if (delivery.addresses().empty() && !address_ && print_ != Print::kMinimal) {
    add_row({delivery.name(), type_text(delivery.type()), rcode_text(delivery.rcode())}, delivery);
  }
}

// Only what was a record of its own: the format has no words for hints and denials.
void NamesTable::add_records(const v1::ObservedDelivery& delivery) {
  std::string owner = delivery.name();
  for (const std::string& step : delivery.chain()) {
    add_row({owner, "CNAME", step}, delivery);
    owner = step;
  }
  for (const v1::DeliveredAddress& one : delivery.addresses()) {
    const auto address = IpAddress::from_text(one.address());
    const bool is_record = one.via() == v1::VIA_A || one.via() == v1::VIA_AAAA;
    if (is_record && address && (!address_ || address_->contains(*address))) {
      add_row({owner, type_of(delivery, one), one.address()}, delivery);
    }
  }
}

void NamesTable::add_row(Key key, const v1::ObservedDelivery& delivery) {
  const WallTime at = from_proto(delivery.at());
  if (rows_.size() >= kRowsMax && !rows_.contains(key)) {
    ++left_out_;
    return;
  }
  Row& row = rows_[std::move(key)];
  if (row.count == 0 || at >= row.last) {
    row.last = at;
    row.chain.assign(delivery.chain().begin(), delivery.chain().end());
  }
  row.first = row.count == 0 ? at : std::min(row.first, at);
  ++row.count;
  if (row.hosts.size() < kHostsMax) {
    row.hosts.insert(delivery.client());
  }
}

std::vector<NamesTable::Entry> NamesTable::newest(size_t limit) const {
  std::vector<Entry> rows;
  for (const auto& entry : rows_) {
    rows.push_back(&entry);
  }
  std::ranges::stable_sort(rows, std::ranges::greater(),
                           [](Entry entry) { return entry->second.last; });
  rows.resize(std::min(rows.size(), limit));
  return rows;
}

std::string NamesTable::table(const std::vector<Entry>& rows, const Style& style) const {
  size_t width = 5;  // of the heading
  for (const Entry entry : rows) {
    width = std::max(width, grouped(entry->second.count).size());
  }
  const std::string arrow = style.unicode ? "→ " : "-> ";
  std::string out = paint(style, Colour::kDim,
                          "FIRST                    LAST                     " +
                              padded_left("COUNT", width) + "  HOSTS  NAME") +
                    "\n";
  for (const Entry entry : rows) {
    const auto& [key, row] = *entry;
    const auto& [name, type, data] = key;
    const bool many = row.hosts.size() == kHostsMax;
    const std::string figures = describe_moment(row.first) + "  " + describe_moment(row.last) +
                                "  " + padded_left(grouped(row.count), width) + "  " +
                                padded_left(many ? ">999" : std::to_string(row.hosts.size()), 5);
    FlowingText line(style, figures.size(), kFurtherLines);
    line.add(2, {{printable(name), Colour::kBold}});
    for (const std::string& step : row.chain) {
      line.add(1, {{arrow, Colour::kDim}, {printable(step)}});
    }
    const bool goes_without_saying = type == "A" || type == "AAAA";
    line.add(1, {{arrow, Colour::kDim},
                 {printable(data) + (goes_without_saying ? "" : " (" + printable(type) + ")")}});
    out += figures + line.text() + "\n";
  }
  return out;
}

// Each once.
std::string NamesTable::minimal(const std::vector<Entry>& rows) const {
  std::set<std::string> told;
  std::string out;
  for (const Entry entry : rows) {
    const std::string& found = tells_names_ ? std::get<0>(entry->first) : std::get<2>(entry->first);
    if (told.insert(found).second) {
      out += printable(found) + "\n";
    }
  }
  return out;
}

void NamesTable::append_csv(std::string& out, const Key& key, const Row& row) {
  const auto& [name, type, data] = key;
  out += format_time(row.first) + "," + format_time(row.last) + "," + std::to_string(row.count) +
         "," + std::to_string(row.hosts.size()) + "," + csv_field(printable(name)) + "," +
         printable(type) + "," + csv_field(printable(data)) + "\n";
}

void NamesTable::append_cof(std::string& out, const Key& key, const Row& row) {
  const auto& [name, type, data] = key;
  json::Object record(out);
  record.dns_text("rrname", name);
  record.dns_text("rrtype", type);
  record.dns_text("rdata", data);
  record.number("time_first", epoch_seconds(row.first));
  record.number("time_last", epoch_seconds(row.last));
  record.number("count", row.count);
  record.close();
  out += '\n';
}

void NamesTable::append_json(std::string& out, const Key& key, const Row& row) {
  const auto& [name, type, data] = key;
  json::Object object(out);
  object.dns_text("name", name);
  object.dns_text("type", type);
  object.dns_text("data", data);
  object.list("chain", row.chain, json::append_dns_string);
  object.text("first", format_time(row.first));
  object.text("last", format_time(row.last));
  object.number("count", row.count);
  object.number("hosts", uint64_t{row.hosts.size()});
  object.close();
  out += '\n';
}

std::string NamesTable::text(size_t limit, const Style& style) const {
  const std::vector<Entry> rows = newest(limit);
  if (print_ == Print::kText) {
    return table(rows, style);
  }
  if (print_ == Print::kMinimal) {
    return minimal(rows);
  }
  std::string out = print_ == Print::kCsv ? "first,last,count,hosts,name,type,data\n" : "";
  const auto append = print_ == Print::kCsv   ? append_csv
                      : print_ == Print::kCof ? append_cof
                                              : append_json;
  for (const Entry entry : rows) {
    append(out, entry->first, entry->second);
  }
  return out;
}

}  // namespace etymon::cli

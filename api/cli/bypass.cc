#include "api/cli/bypass.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/cli/delivery_text.h"
#include "api/cli/json.h"
#include "api/cli/json/object.h"
#include "api/cli/logs/scan.h"
#include "api/cli/moments.h"
#include "api/cli/question.h"
#include "api/cli/status_text.h"
#include "resolver/base/time_text.h"
#include "resolver/model/ip_address.h"

namespace etymon::cli {

namespace {

constexpr std::string_view kSeparators = " \t,;";

// The next field, which is taken from `rest`.
std::string_view take_field(std::string_view& rest) {
  const size_t begin = std::min(rest.find_first_not_of(kSeparators), rest.size());
  const size_t end = std::min(rest.find_first_of(kSeparators, begin), rest.size());
  const std::string_view field = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return field;
}

Error invalid(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

Result<v1::LookupRequest> contact_from_json(std::string_view line, WallTime now) {
  v1::LookupRequest contact;
  if (const Status read = read_question(line, now, contact); !read) {
    return read.error();
  }
  if (contact.client().empty()) {
    return invalid("no contact: it names no client");
  }
  if (!contact.has_at()) {
    *contact.mutable_at() = to_proto(now);
  }
  return contact;
}

Result<v1::LookupRequest> contact_from_columns(std::string_view line, WallTime now) {
  const std::string client(take_field(line));
  const std::string address(take_field(line));
  const size_t begin = std::min(line.find_first_not_of(kSeparators), line.size());
  const std::string_view time = line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
  v1::LookupRequest contact;
  if (!IpAddress::from_text(client) || !IpAddress::from_text(address)) {
    return invalid("no contact: CLIENT ADDRESS [TIME] is wanted");
  }
  contact.set_client(client);
  contact.set_address(address);
  const Status set = set_moment(time.empty() ? "now" : time, now, contact);
  return set ? Result<v1::LookupRequest>(std::move(contact)) : set.error();
}

}  // namespace

Result<v1::LookupRequest> contact_from_line(std::string_view line,
                                            const ContactDefaults& defaults) {
  line = logs::without_mark(line);
  logs::skip_blanks(line);
  auto contact = line.starts_with('{') ? contact_from_json(line, defaults.at)
                                       : contact_from_columns(line, defaults.at);
  if (contact && !contact->has_min_coverage()) {
    *contact->mutable_min_coverage() = to_proto(defaults.min_coverage);
  }
  return contact;
}

void Bypasses::add(const v1::LookupRequest& contact, const v1::LookupResult& result) {
  if (!result.has_answer()) {
    ++errors_;
    if (!first_error_) {
      first_error_ = result.error();
    }
    return;
  }
  const v1::Verdict verdict = result.answer().verdict();
  if (v1::Verdict_IsValid(verdict)) {
    ++verdicts_.at(static_cast<size_t>(verdict));
  }
  if (verdict != v1::VERDICT_NEVER) {
    return;
  }
  const std::pair key(told_address(contact.client()), told_address(contact.address()));
  if (rows_.size() >= kRowsMax && !rows_.contains(key)) {
    ++left_out_;
    return;
  }
  const WallTime at = from_proto(contact.at());
  Row& row = rows_[key];
  row.first = row.contacts == 0 ? at : std::min(row.first, at);
  row.last = row.contacts == 0 ? at : std::max(row.last, at);
  ++row.contacts;
}

std::string Bypasses::text(Print print, const Style& style) const {
  std::vector<const std::pair<const std::pair<std::string, std::string>, Row>*> rows;
  for (const auto& entry : rows_) {
    rows.push_back(&entry);
  }
  std::ranges::stable_sort(rows, std::ranges::greater(),
                           [](const auto* entry) { return entry->second.contacts; });
  std::string out = print == Print::kCsv ? "client,address,contacts,first,last\n" : "";
  for (const auto* entry : rows) {
    const auto& [key, row] = *entry;
    const std::string client = printable(key.first);
    const std::string address = printable(key.second);
    if (print == Print::kMinimal) {
      out += client + " " + address + "\n";
    } else if (print == Print::kCsv) {
      out += client + "," + address + "," + std::to_string(row.contacts) + "," +
             format_time(row.first) + "," + format_time(row.last) + "\n";
    } else if (print == Print::kText) {
      FlowingText line(style, 0, kFurtherLines);
      line.add(0, {{address, Colour::kRed}});
      line.add(1, {{"by " + client + ","}});
      line.add(1, {{count_of(row.contacts, "contact", "contacts") + ","}});
      line.add(1, {{describe_moment(row.first)}});
      line.add(1, {{"to " + describe_moment(row.last)}});
      out += line.text() + "\n";
    } else {
      json::Object object(out);
      object.dns_text("client", key.first);
      object.dns_text("address", key.second);
      object.number("contacts", row.contacts);
      object.text("first", format_time(row.first));
      object.text("last", format_time(row.last));
      object.close();
      out += '\n';
    }
  }
  return out;
}

std::string Bypasses::summary() const {
  uint64_t all = errors_;
  for (const uint64_t count : verdicts_) {
    all += count;
  }
  std::string out =
      count_of(all, "contact", "contacts") + ": " + grouped(verdicts_[v1::VERDICT_NEVER]) +
      " bypass, " + grouped(verdicts_[v1::VERDICT_LIVE] + verdicts_[v1::VERDICT_EXPIRED]) +
      " named, " + grouped(verdicts_[v1::VERDICT_OTHER_CLIENT]) + " told to other hosts only, " +
      grouped(verdicts_[v1::VERDICT_UNKNOWN]) + " not recorded well enough to say";
  if (errors_ > 0) {
    out += ", " + count_of(errors_, "error", "errors");
  }
  if (left_out_ > 0) {
    out += "; " + grouped(left_out_) + " contacts are not in the rows";
  }
  return out;
}

}  // namespace etymon::cli

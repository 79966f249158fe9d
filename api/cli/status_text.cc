#include "api/cli/status_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "api/cli/moments.h"

namespace etymon::cli {

namespace {

constexpr size_t kColumnGap = 2;
constexpr int kIntervalsShown = 5;  // the newest ones; --json has them all, or the newest 1000

enum class Align { kLeft, kRight };

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
  Align align = Align::kLeft;
};

Cell figure(std::string text, Colour colour = Colour::kNone) {
  return {std::move(text), colour, Align::kRight};
}

using Row = std::vector<Cell>;

// A group of rows with its own columns, under one heading.
struct Group {
  const char* heading;
  std::vector<Row> rows;
};

// Widest cell of each column; the last column of a row needs no padding and does not count.
std::vector<size_t> column_widths(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].text.size());
    }
  }
  return widths;
}

std::string aligned(const Cell& cell, size_t width, const Style& style) {
  const std::string padding(width - cell.text.size(), ' ');
  const std::string text = paint(style, cell.colour, cell.text);
  return cell.align == Align::kRight ? padding + text : text + padding;
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string group_text(const Group& group, size_t heading_width, const Style& style) {
  const std::vector<size_t> widths = column_widths(group.rows);
  std::string text;
  for (const Row& row : group.rows) {
    const std::string heading = text.empty() ? group.heading : "";
    std::string line = paint(style, Colour::kBold, heading) +
                       std::string(heading_width + kColumnGap - heading.size(), ' ');
    size_t column = heading_width + kColumnGap;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0 && style.width != 0 && column + widths[i] > style.width) {
        column = heading_width + 2 * kColumnGap;
        text += without_trailing_blanks(std::exchange(line, std::string(column, ' '))) + "\n";
      }
      line += aligned(row[i], widths[i], style) + std::string(kColumnGap, ' ');
      column += widths[i] + kColumnGap;
    }
    text += without_trailing_blanks(std::move(line)) + "\n";
  }
  return text;
}

Group deliveries_group(const v1::GetStatusResponse& status) {
  const v1::DeliveryCounts& counts = status.deliveries();
  const Colour lost = counts.lost() == 0 ? Colour::kNone : Colour::kRed;
  return {"deliveries",
          {{{"answered"}, figure(grouped(counts.answered()))},
           {{"recorded"}, figure(grouped(counts.recorded()))},
           {{"lost"}, figure(grouped(counts.lost()), lost)}}};
}

Group questions_group(const v1::GetStatusResponse& status) {
  return {"questions",
          {{{"understood"}, figure(grouped(status.queries()))},
           {{"malformed"}, figure(grouped(status.malformed()))}}};
}

// Only what has happened: most of it never does.
Group what_happened(const char* title,
                    std::initializer_list<std::pair<const char*, uint64_t>> counts) {
  Group group{title, {}};
  for (const auto& [words, count] : counts) {
    if (count > 0) {
      group.rows.push_back({{words}, figure(grouped(count))});
    }
  }
  return group;
}

Group answering_group(const v1::GetStatusResponse& status) {
  const v1::AnsweringStatus& counts = status.answering();
  return what_happened("answers", {{"local", counts.local()},
                                   {"blocked", counts.blocked()},
                                   {"stale", counts.stale()},
                                   {"joined", counts.joined()},
                                   {"refreshes", counts.refreshes()},
                                   {"failed upstream", counts.failed_upstream()},
                                   {"overloaded", counts.overloaded()},
                                   {"not recursed", counts.not_recursed()},
                                   {"not implemented", counts.not_implemented()},
                                   {"denied", counts.denied()},
                                   {"limited", counts.limited()},
                                   {"rebinding", counts.rebinding()},
                                   {"withheld", counts.withheld()},
                                   {"ttl changed", counts.ttl_changed()},
                                   {"good cookies", counts.good_cookies()},
                                   {"bad cookies", counts.bad_cookies()}});
}

Group asking_group(const v1::GetStatusResponse& status) {
  const v1::AskingStatus& counts = status.asking();
  return what_happened("asking", {{"mismatches", counts.mismatches()},
                                  {"case mismatches", counts.case_mismatches()},
                                  {"moved to TCP", counts.moved_to_tcp()},
                                  {"truncated", counts.truncated()},
                                  {"EDNS refused", counts.edns_refused()},
                                  {"bad cookies", counts.bad_cookies()},
                                  {"unreachable", counts.unreachable()},
                                  {"exhausted", counts.exhausted()},
                                  {"rejected", counts.rejected()},
                                  {"in flight", counts.in_flight()},
                                  {"ports", counts.ports()}});
}

Group connections_group(const v1::GetStatusResponse& status) {
  const v1::ConnectionsStatus& counts = status.connections();
  return what_happened("TCP", {{"accepted", counts.accepted()},
                               {"open", counts.open()},
                               {"over limit", counts.over_limit()},
                               {"denied", counts.denied()},
                               {"timed out", counts.timed_out()},
                               {"not reading", counts.not_reading()},
                               {"oversized", counts.oversized()},
                               {"exhausted", counts.exhausted()},
                               {"unsent", counts.unsent()}});
}

Group api_group(const v1::GetStatusResponse& status) {
  const v1::ApiStatus& counts = status.api();
  return what_happened("API", {{"connections", counts.connections()},
                               {"over limit", counts.connections_over_limit()},
                               {"exhausted", counts.connections_exhausted()},
                               {"lookup streams", counts.lookup_streams()},
                               {"ingests", counts.ingests()},
                               {"exports", counts.exports()},
                               {"watchers", counts.watchers()},
                               {"refused", counts.refused()},
                               {"untaken bytes", counts.untaken_bytes()},
                               {"lost audit records", counts.lost_audit_records()}});
}

const char* edge_words(v1::CoverageEdge edge) {
  switch (edge) {
    case v1::COVERAGE_EDGE_START:
      return "started";
    case v1::COVERAGE_EDGE_STOP:
      return "stopped";
    case v1::COVERAGE_EDGE_CRASH:
      return "died";
    case v1::COVERAGE_EDGE_LOSS:
      return "loss";
    case v1::COVERAGE_EDGE_CLOCK_STEP:
      return "clock set";
    case v1::COVERAGE_EDGE_IMPORT:
      return "import";
    case v1::COVERAGE_EDGE_RETENTION:
      return "older let go";
    case v1::COVERAGE_EDGE_NOW:
      return "recording";
    case v1::COVERAGE_EDGE_FORGOTTEN:
      return "forgotten";
    case v1::COVERAGE_EDGE_DAMAGE:
      return "damage";
    case v1::COVERAGE_EDGE_UNSPECIFIED:
      return "";  // not told
    default:
      return "unknown";
  }
}

Row coverage_row(const v1::CoverageInterval& interval) {
  const WallTime start = from_proto(interval.span().start());
  const WallTime end = from_proto(interval.span().end());
  const bool goes_on = interval.ended() == v1::COVERAGE_EDGE_NOW;
  Row row{{describe_moment(start)},
          {edge_words(interval.began())},
          {"to"},
          {goes_on ? "now" : describe_moment(end)},
          {edge_words(interval.ended()), goes_on ? Colour::kGreen : Colour::kNone},
          figure(describe_age(end - start))};
  if (interval.began() == v1::COVERAGE_EDGE_UNSPECIFIED) {
    row.erase(row.begin() + 1);
  }
  return row;
}

std::string older_spans(uint64_t hidden, const v1::GetStatusResponse& status) {
  const uint64_t untold = status.older_coverage();
  return grouped(hidden + untold) + " older spans: status --json has " +
         (untold == 0 ? "them" : "the newest " + grouped(hidden));
}

Group coverage_group(const v1::GetStatusResponse& status) {
  Group group{"coverage", {}};
  const int hidden = std::max(0, status.coverage_size() - kIntervalsShown);
  for (int i = hidden; i < status.coverage_size(); ++i) {
    group.rows.push_back(coverage_row(status.coverage(i)));
  }
  if (hidden > 0) {
    group.rows.push_back({{older_spans(static_cast<uint64_t>(hidden), status), Colour::kDim}});
  }
  if (group.rows.empty()) {
    group.rows.push_back({{"nothing recorded yet", Colour::kYellow}});
  }
  return group;
}

void add_trouble(const v1::StoreStatus& store, Group& group) {
  if (!store.recording()) {
    group.rows.push_back({{"recording"}, {"NO: deliveries are being lost", Colour::kRed}});
  }
  if (!store.last_error().empty()) {
    group.rows.push_back({{"last error"}, {printable(store.last_error()), Colour::kRed}});
  }
}

// All that a limited caller is told of the store.
Group limited_store_group(const v1::StoreStatus& store) {
  Group group{"store",
              {{{"keeps"}, {describe_age(from_proto(store.keep()))}},
               {{"tables"}, {"of " + describe_bytes(store.keep_bytes())}}}};
  add_trouble(store, group);
  return group;
}

Group store_group(const v1::StoreStatus& store) {
  Group group{"store",
              {{{"on disk"}, figure(describe_bytes(store.disk_bytes()))},
               {{"tables"},
                figure(describe_bytes(store.table_bytes())),
                {"of " + describe_bytes(store.keep_bytes())}},
               {{"answers"}, figure(grouped(store.answers()))},
               {{"not folded"}, figure(grouped(store.tail_deliveries()))},
               {{"folds"}, figure(grouped(store.folds()))}}};
  if (store.has_kept_since()) {
    group.rows.push_back({{"kept since"}, {describe_moment(from_proto(store.kept_since()))}});
  }
  if (store.has_complete_since() &&
      from_proto(store.complete_since()) != from_proto(store.kept_since())) {
    group.rows.push_back(
        {{"complete since"}, {describe_moment(from_proto(store.complete_since()))}});
  }
  if (store.too_old() > 0) {
    group.rows.push_back({{"too old"}, figure(grouped(store.too_old())), {"imported, not kept"}});
  }
  add_trouble(store, group);
  return group;
}

Cell state_cell(v1::UpstreamState state) {
  switch (state) {
    case v1::UPSTREAM_STATE_UP:
      return {"up", Colour::kGreen};
    case v1::UPSTREAM_STATE_DOWN:
      return {"down", Colour::kRed};
    case v1::UPSTREAM_STATE_UNTRIED:
      return {"untried", Colour::kDim};
    default:
      return {"unknown"};
  }
}

// Only what has happened: somebody forges replies, or a network loses what it does not know.
void add_cookies(const v1::UpstreamStatus& upstream, Row& row) {
  for (const auto& [words, count] : {std::pair("wrong cookie", upstream.wrong_cookies()),
                                     {"no cookie", upstream.missing_cookies()}}) {
    if (count > 0) {
      row.push_back(figure(grouped(count)));
      row.push_back({words});
    }
  }
}

Group upstreams_group(const v1::GetStatusResponse& status) {
  Group group{"upstreams", {}};
  for (const v1::UpstreamStatus& upstream : status.upstreams()) {
    Row row{{printable(upstream.address())},
            state_cell(upstream.state()),
            figure(upstream.has_srtt() ? describe_age(from_proto(upstream.srtt())) : "-"),
            figure(grouped(upstream.queries())),
            {"asked"},
            figure(grouped(upstream.answers())),
            {"answered"},
            figure(grouped(upstream.timeouts())),
            {"timed out"}};
    add_cookies(upstream, row);
    group.rows.push_back(std::move(row));
  }
  if (group.rows.empty()) {
    group.rows.push_back({{"none", Colour::kYellow}});
  }
  return group;
}

std::string share(uint64_t part, uint64_t whole) {
  return whole == 0 ? "-" : std::to_string(part * 100 / whole) + " %";
}

Group cache_group(const v1::CacheStatus& cache) {
  return {"cache",
          {{{"hits"},
            figure(grouped(cache.hits())),
            figure(share(cache.hits(), cache.hits() + cache.misses()))},
           {{"misses"}, figure(grouped(cache.misses()))},
           {{"entries"}, figure(grouped(cache.entries())), figure(describe_bytes(cache.bytes()))}}};
}

std::vector<Group> groups_of(const v1::GetStatusResponse& status) {
  if (status.limited()) {
    return {coverage_group(status),
            limited_store_group(status.store()),
            {"more", {{{"is told to those who may ask about all clients", Colour::kDim}}}}};
  }
  return {questions_group(status),  answering_group(status), connections_group(status),
          deliveries_group(status), coverage_group(status),  store_group(status.store()),
          upstreams_group(status),  asking_group(status),    cache_group(status.cache()),
          api_group(status)};
}

}  // namespace

std::string status_text(const v1::GetStatusResponse& status, WallTime now, const Style& style) {
  const std::vector<Group> groups = groups_of(status);
  size_t heading_width = 0;
  for (const Group& group : groups) {
    heading_width = std::max(heading_width, std::string_view(group.heading).size());
  }
  std::string text = "etymond " + printable(status.version());
  if (status.has_started_at()) {
    text += ", up " + describe_age(now - from_proto(status.started_at()));
  }
  text += "\n";
  for (const Group& group : groups) {
    text += group_text(group, heading_width, style);
  }
  return text;
}

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, " ");
  }
  return digits;
}

std::string count_of(uint64_t number, const char* one, const char* many) {
  return grouped(number) + " " + (number == 1 ? one : many);
}

std::string describe_bytes(uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= kStep && unit + 1 < kUnits.size()) {
    value /= kStep;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value,
                kUnits[unit]);
  return text.data();
}

}  // namespace etymon::cli

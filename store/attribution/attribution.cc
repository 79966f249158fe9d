#include "store/attribution/attribution.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>

#include "store/attribution/asked_name.h"
#include "store/attribution/set_back_clock.h"

namespace etymon::attribution {
namespace {

// How long after its TTL an answer may still be in use: the longest time that RFC 8767 section 5
// suggests for serving an expired one. A name that expired earlier does not rival a fresher one.
constexpr Microseconds kUseAfterExpiry = std::chrono::days(3);

// Confidence, measured by importing 47 public captures and asking for their 334 flows that show in
// TLS, QUIC or HTTP which name the host had asked for. Where one name contended it was the true one
// in all of 313, so at most 1 % are wrong (95 % sure: three by 313); where several did, the first
// was in 17 of 21. No name that did not contend was the true one.
constexpr double kOnlyContender = 0.99;
constexpr double kFirstOfSeveral = 0.8;
constexpr double kNoContender = 0.01;

// Whether what was told to `client` at that time was told to the host asked about.
bool is_of_host(const IpAddress& client, WallTime at, const LookupQuestion& question,
                const HostIdentity& host) {
  if (!question.client) {
    return true;
  }
  if (client == *question.client) {
    return at >= host.own_since;
  }
  return std::ranges::any_of(host.elsewhere, [&](const HostTenure& tenure) {
    return tenure.address == client && tenure.span.contains(at);
  });
}

// The delivered rows of the host asked about, or those of all others; ordered by_host_and_name.
enum class Whose { kHost, kOthers };

Rows delivered(const Known& known, const LookupQuestion& question, Whose whose) {
  Rows rows;
  for (const Evidence& row : known.evidence) {
    const bool wanted = row.deliveries > 0 && is_of_host(row.client, row.newest.at, question,
                                                         known.host) == (whose == Whose::kHost);
    if (wanted) {
      const bool joined = whose == Whose::kHost && question.client;
      rows.push_back({&row, joined ? *question.client : row.client});
    }
  }
  if (rows.size() > 1) {  // A stable sort takes memory even for one.
    std::ranges::stable_sort(rows, by_host_and_name);
  }
  return rows;
}

Microseconds expired_by(const AskedName& asked, WallTime at) {
  return std::max(Microseconds(0), at - asked.valid_until);
}

// Marks the names that rival each other for the first place. A chain target does not rival the name
// that led to it, unless the host may also have asked for it by itself.
void mark_contenders(AskedNames& names, WallTime at) {
  const bool first_is_fresh = expired_by(names.front(), at) <= kUseAfterExpiry;
  for (AskedName& asked : names) {
    const bool fresh = expired_by(asked, at) <= kUseAfterExpiry;
    asked.contends = (fresh || !first_is_fresh) && !asked.only_a_step;
  }
}

// How many different names contend; several hosts may have asked for one name.
size_t count_contenders(const AskedNames& names) {
  SmallVector<std::string_view, 4> wires;
  for (const AskedName& asked : names) {
    if (asked.contends) {
      wires.push_back(asked.name().wire());
    }
  }
  std::sort(wires.begin(), wires.end());
  return static_cast<size_t>(std::unique(wires.begin(), wires.end()) - wires.begin());
}

double confidence_of(const AskedName& asked, const AskedName& first, size_t contenders) {
  if (!asked.contends) {
    return kNoContender;
  }
  if (contenders == 1) {
    return kOnlyContender;
  }
  return asked.name() == first.name() ? kFirstOfSeveral
                                      : (1 - kFirstOfSeveral) / static_cast<double>(contenders - 1);
}

Reason reason_of(const AskedName& asked, const AskedName& newest, WallTime at) {
  if (asked.is_from_elsewhere()) {
    return Reason::kSameHost;
  }
  if (asked.place.names_service) {
    return Reason::kNamedService;
  }
  if (asked.follows_a_head) {
    return Reason::kChainTarget;
  }
  if (asked.leads_to_a_target) {
    return Reason::kChainHead;
  }
  if (asked.is_live(at)) {
    return &asked == &newest ? Reason::kNewestLive : Reason::kOlderLive;
  }
  return &asked == &newest ? Reason::kNewestExpired : Reason::kOlderExpired;
}

Candidate candidate_of(const AskedName& asked, WallTime at) {
  const Evidence& newest = *asked.newest.seen;
  Candidate candidate;
  candidate.answer = newest.answer;
  candidate.client = newest.client;
  candidate.address = newest.address.address;
  candidate.answered_at = newest.newest.at;
  candidate.valid_until = asked.valid_until;
  if (!asked.is_live(at)) {
    candidate.expired_by = expired_by(asked, at);
  }
  candidate.origin = newest.newest.origin;
  candidate.transport = newest.newest.transport;
  candidate.forwarder = newest.newest.forwarder;
  candidate.deliveries = asked.deliveries;
  candidate.via = newest.address.via;
  return candidate;
}

// How many names beside the contenders the host was told by a clock that may have been ahead then:
// they may have been told before the moment, and nobody knows how long before.
size_t count_ahead(const Known& known, const LookupQuestion& question, const AskedNames& names) {
  const auto contends = [&](std::string_view wire) {
    return std::ranges::any_of(names, [wire](const AskedName& asked) {
      return asked.contends && std::string_view(asked.name().wire()) == wire;
    });
  };
  std::vector<std::string_view> wires;
  for (const Evidence& row : known.ahead) {
    const std::string_view wire = row.answer->question.name.wire();
    if (row.deliveries > 0 && is_of_host(row.client, row.newest.at, question, known.host) &&
        !contends(wire)) {
      wires.push_back(wire);
    }
  }
  std::ranges::sort(wires);
  return static_cast<size_t>(std::unique(wires.begin(), wires.end()) - wires.begin());
}

// What was told on the other side of this edge is missing. That nobody recorded is no loss: a
// daemon that is stopped tells nothing, and what others tell meanwhile is never known. Nor is a
// crash, which takes the last moment before a power loss at most: that it held another name is less
// likely than that the only contender is the wrong one anyway. Nor what was forgotten: the hours
// are left out for everybody, and mostly it was about others.
bool is_loss(CoverageEdge edge) {
  return edge == CoverageEdge::kLoss || edge == CoverageEdge::kDamage;
}

bool overlap(const TimeSpan& gap, const TimeSpan& span) {
  return gap.start < span.end && span.start < gap.end;
}

// Of a run that ends there: the gap behind it. Nothing: none does.
std::optional<TimeSpan> gap_behind(WallTime end, const std::vector<TimeSpan>& runs) {
  const auto run = std::ranges::lower_bound(runs, end, {}, &TimeSpan::end);
  if (run == runs.end() || run->end != end) {
    return std::nullopt;
  }
  return TimeSpan{end, std::next(run) == runs.end() ? WallTime::max() : std::next(run)->start};
}

std::optional<TimeSpan> gap_before(WallTime start, const std::vector<TimeSpan>& runs) {
  const auto run = std::ranges::lower_bound(runs, start, {}, &TimeSpan::start);
  if (run == runs.end() || run->start != start) {
    return std::nullopt;
  }
  return TimeSpan{run == runs.begin() ? WallTime::min() : std::prev(run)->end, start};
}

// Whether something that was told in this span may be known to nobody any more. There may be tens
// of thousands of intervals: each is looked at once.
bool has_losses(const TimeSpan& span, const Coverage& coverage) {
  if (coverage.covers(span)) {
    return false;
  }
  const std::vector<TimeSpan>& runs = coverage.runs();
  return std::ranges::any_of(coverage.intervals(), [&](const CoverageInterval& interval) {
    const auto behind =
        is_loss(interval.ended) ? gap_behind(interval.span.end, runs) : std::nullopt;
    const auto before =
        is_loss(interval.began) ? gap_before(interval.span.start, runs) : std::nullopt;
    return (behind && overlap(*behind, span)) || (before && overlap(*before, span));
  });
}

// How many names beside the contenders may be meant. What nobody has read counts as one, and so
// does what was lost since the first name was told: it would stand before it.
size_t count_rivals(const Known& known, const LookupQuestion& question, const AskedNames& names) {
  const TimeSpan since{names.front().place.at, moment_of(question).end};
  const bool may_lack_one = known.is_cut || has_losses(since, known.coverage);
  return count_ahead(known, question, names) + (may_lack_one ? 1 : 0);
}

// The host's own names, ranked and marked: LIVE or EXPIRED. `rivals`: names that do not contend,
// but may be meant.
void answer_for_host(const AskedNames& names, size_t rivals, WallTime at, LookupAnswer& answer) {
  const size_t contenders = count_contenders(names) + rivals;
  answer.candidates.reserve(names.size());
  for (const AskedName& asked : names) {
    Candidate candidate = candidate_of(asked, at);
    candidate.reason = reason_of(asked, names.front(), at);
    candidate.confidence = confidence_of(asked, names.front(), contenders);
    answer.candidates.push_back(std::move(candidate));
  }
  const bool any_live =
      std::any_of(names.begin(), names.end(), [at](const auto& n) { return n.is_live(at); });
  answer.verdict = any_live ? Verdict::kLive : Verdict::kExpired;
  answer.ambiguous = contenders > 1;
}

// The names of other hosts. Nothing says that one of them was meant: each is as likely as none.
void answer_for_others(const AskedNames& names, WallTime at, LookupAnswer& answer) {
  answer.candidates.reserve(names.size());
  for (const AskedName& asked : names) {
    Candidate candidate = candidate_of(asked, at);
    candidate.reason = Reason::kOtherClient;
    candidate.confidence = 1.0 / static_cast<double>(names.size() + 1);
    answer.candidates.push_back(std::move(candidate));
  }
  answer.verdict = Verdict::kOtherClient;
}

// Where the clock was set back, what bears a later time may have been told before the moment.
bool may_have_come_before(const Known& known, WallTime moment) {
  if (std::ranges::any_of(known.ahead, [](const auto& row) { return row.deliveries > 0; })) {
    return true;
  }
  const bool any_later =
      std::ranges::any_of(known.evidence, [](const Evidence& row) { return row.next.has_value(); });
  return any_later && (is_shown_twice(known.coverage, moment) ||
                       may_have_been_ahead_before(known.coverage, moment));
}

// No name at all: NEVER where every delivery would be known, else UNKNOWN.
Verdict absence(const LookupQuestion& question, const Known& known) {
  const TimeSpan needed{question.at - question.min_coverage, moment_of(question).end};
  const bool all_known = needed.end <= question.asked_at && known.coverage.covers(needed) &&
                         !may_have_come_before(known, needed.end);
  return all_known ? Verdict::kNever : Verdict::kUnknown;
}

void tell_coverage(const LookupQuestion& question, const Coverage& coverage, LookupAnswer& answer) {
  const TimeSpan moment = moment_of(question);
  answer.covered = moment.end <= question.asked_at && coverage.covers(moment);
  if (answer.covered) {
    answer.covered_from = coverage.covered_since(moment.end);
  }
}

// Names that were answered to the host after the moment only, each once, earliest first.
// REQUIRES: `own` ordered by_host_and_name.
std::vector<Hint> answered_after(const LookupQuestion& question, const Known& known,
                                 const Rows& own) {
  Rows rows;
  for (const Evidence& seen : known.evidence) {
    if (!seen.next || !is_of_host(seen.client, seen.next->at, question, known.host)) {
      continue;
    }
    const Row row{&seen, question.client.value_or(seen.client)};
    if (!std::binary_search(own.begin(), own.end(), row, by_host_and_name)) {
      rows.push_back(row);
    }
  }
  if (rows.empty()) {
    return {};
  }
  std::ranges::sort(rows, {}, [](const Row& row) {
    return std::tuple(host_and_name(row), row->next->at, row->address.address, row->client);
  });
  const auto are_same = [](const Row& a, const Row& b) {
    return host_and_name(a) == host_and_name(b);
  };
  rows.erase(std::unique(rows.begin(), rows.end(), are_same), rows.end());
  std::ranges::sort(rows, {},
                    [](const Row& row) { return std::tuple(row->next->at, host_and_name(row)); });
  std::vector<Hint> hints;
  for (const Row& row : std::span(rows).first(std::min(rows.size(), kHintsMax))) {
    hints.push_back({HintKind::kAnsweredAfter, row->answer->question.name, row->client,
                     row->address.address, row->next->at});
  }
  return hints;
}

// Names that were live at the moment and had led the host into the same network, each once, the
// newest of them; earliest first.
std::vector<Hint> same_network(const LookupQuestion& question, const Known& known) {
  std::vector<const Evidence*> rows;
  for (const Evidence& row : known.nearby) {
    const bool is_near = row.deliveries > 0 && row.valid_until >= question.at &&
                         row.client == question.client &&
                         !question.address.contains(row.address.address);
    if (is_near) {
      rows.push_back(&row);
    }
  }
  std::ranges::sort(rows, std::ranges::greater(), [](const Evidence* row) {
    return std::tuple(row->newest.at, std::string_view(row->answer->question.name.wire()),
                      row->address.address);
  });
  std::vector<Hint> hints;
  for (const Evidence* row : rows) {
    const DomainName& name = row->answer->question.name;
    const bool is_new =
        std::ranges::none_of(hints, [&](const Hint& hint) { return hint.name == name; });
    if (is_new && hints.size() < kNetworkHintsMax) {
      hints.push_back(
          {HintKind::kSameNetwork, name, row->client, row->address.address, row->newest.at});
    }
  }
  std::ranges::reverse(hints);
  return hints;
}

}  // namespace

// Of a contact that has been written down, with the second in which it was, the rest of that second
// says nothing.
TimeSpan moment_of(const LookupQuestion& question) {
  const WallTime end = question.at + question.tolerance;
  return {question.at, std::min(end, std::max(question.at, question.asked_at))};
}

IpPrefix network_of(const IpAddress& address) {
  constexpr unsigned kV4 = 96 + 24;  // of the 128 bits
  constexpr unsigned kV6 = 48;
  return IpPrefix::around(address, address.is_v4() ? kV4 : kV6);
}

bool may_lead_on(std::span<const Evidence> evidence) {
  if (evidence.size() < 2) {
    return false;
  }
  std::vector<std::string_view> asked;
  for (const Evidence& row : evidence) {
    asked.push_back(row.answer->question.name.wire());
  }
  std::ranges::sort(asked);
  const auto is_asked = [&](const DomainName& step) {
    return std::ranges::binary_search(asked, std::string_view(step.wire()));
  };
  return std::ranges::any_of(evidence, [&](const Evidence& row) {
    const Chain& chain = row.answer->chain;
    return std::ranges::any_of(chain, [&](const DomainName& step) {
      return step != row.answer->question.name && is_asked(step);
    });
  });
}

LookupAnswer attribute(const LookupQuestion& question, const Known& known) {
  LookupAnswer answer;
  answer.is_cut = known.is_cut;
  tell_coverage(question, known.coverage, answer);
  const Wanted wanted{question.address, question.at, {question.port, question.proto}};
  const Rows own = delivered(known, question, Whose::kHost);
  const Rows others = own.empty() ? delivered(known, question, Whose::kOthers) : Rows{};
  if (!own.empty()) {
    AskedNames names = ranked_names(own, wanted);
    mark_contenders(names, question.at);
    answer_for_host(names, count_rivals(known, question, names), question.at, answer);
  } else if (!others.empty()) {
    answer_for_others(ranked_names(others, wanted), question.at, answer);
    answer.ambiguous = count_ahead(known, question, {}) > 0;
  } else {
    answer.verdict = absence(question, known);
  }
  if (answer.verdict != Verdict::kLive) {
    answer.hints = same_network(question, known);
  }
  std::ranges::move(answered_after(question, known, own), std::back_inserter(answer.hints));
  answer.hints.resize(std::min(answer.hints.size(), kHintsMax));
  return answer;
}

}  // namespace etymon::attribution

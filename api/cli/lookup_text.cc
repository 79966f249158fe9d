#include "api/cli/lookup_text.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "api/cli/moments.h"

namespace etymon::cli {

namespace {

constexpr size_t kIndent = 2;

// A span ends with its last microsecond: 14:21 is one minute long, not one minute less 1 us.
constexpr Microseconds kShortest(1);

// The moment that was asked about; a span when it was written with less than full precision.
struct Moment {
  WallTime start;
  WallTime end;
};

Moment moment_of(const AnsweredLookup& lookup) {
  const v1::LookupRequest& question = lookup.question;
  const WallTime start = question.has_at() ? from_proto(question.at()) : lookup.asked_at;
  return {start, start + from_proto(question.tolerance())};
}

std::string relative_to(const Moment& moment, WallTime time) {
  if (time < moment.start) {
    return describe_age(moment.start - time) + " before";
  }
  return time > moment.end ? describe_age(time - moment.end) + " after" : "at that moment";
}

struct VerdictWord {
  const char* word;
  Colour colour;
};

VerdictWord verdict_word(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_LIVE:
      return {"LIVE", Colour::kGreen};
    case v1::VERDICT_EXPIRED:
      return {"EXPIRED", Colour::kYellow};
    case v1::VERDICT_OTHER_CLIENT:
      return {"OTHER CLIENT", Colour::kYellow};
    case v1::VERDICT_NEVER:
      return {"NEVER", Colour::kRed};
    case v1::VERDICT_UNKNOWN:
      return {"UNKNOWN", Colour::kCyan};
    default:
      return {"UNSPECIFIED", Colour::kNone};
  }
}

void append_headline(std::string& out, const AnsweredLookup& lookup, const Moment& moment,
                     const Style& style) {
  const auto [word, colour] = verdict_word(lookup.answer.verdict());
  FlowingText line(style, 0, kIndent);
  line.add(0, {{word, colour}});
  if (lookup.answer.ambiguous()) {
    line.add(2, {{"AMBIGUOUS", Colour::kYellow}});
  }
  line.add(2, {{printable(lookup.question.address()), Colour::kBold}});
  const bool any_host = lookup.question.client().empty();
  line.add(1, {{"for "}, {any_host ? "any host" : printable(lookup.question.client())}});
  const std::string start = lookup.question.has_at() ? describe_exact_moment(moment.start)
                                                     : describe_moment(moment.start);
  if (moment.end == moment.start) {
    line.add(1, {{"at "}, {start}});
  } else {
    line.add(
        1,
        {{"within "}, {describe_age(moment.end - moment.start + kShortest)}, {" from "}, {start}});
  }
  out += line.text();
  out += '\n';
}

std::string sentence(const Style& style, const std::string& text) {
  return wrap_words(style, kIndent, text);
}

std::string since(WallTime time, const Moment& moment) {
  return "since " + describe_moment(time) + " (" + relative_to(moment, time) + ")";
}

Microseconds distance(const v1::CoverageInterval& interval, const Moment& moment) {
  const WallTime start = from_proto(interval.span().start());
  const WallTime end = from_proto(interval.span().end());
  return std::max({start - moment.end, moment.start - end, Microseconds(0)});
}

std::string nearest_coverage(const AnsweredLookup& lookup, const Moment& moment,
                             const Style& style) {
  const auto nearest = std::ranges::min_element(
      lookup.coverage, {}, [&](const auto& interval) { return distance(interval, moment); });
  if (nearest == lookup.coverage.end()) {
    return sentence(style, "Nothing has been recorded yet.");
  }
  const WallTime start = from_proto(nearest->span().start());
  const WallTime end = from_proto(nearest->span().end());
  if (start > moment.end) {
    return sentence(style, "Recording began " + describe_age(start - moment.end) + " later, at " +
                               describe_moment(start) + ".");
  }
  if (end < moment.start) {
    return sentence(style, "Recording had ended " + describe_age(moment.start - end) +
                               " before, at " + describe_moment(end) + ".");
  }
  return sentence(style, "Only a part of that time was recorded: from " + describe_moment(start) +
                             " to " + describe_moment(end) + ".");
}

std::string unknown_explanation(const AnsweredLookup& lookup, const Moment& moment,
                                const Style& style) {
  const v1::LookupCoverage& coverage = lookup.answer.coverage();
  if (coverage.covered() && coverage.has_covered_from()) {
    const WallTime covered_from = from_proto(coverage.covered_from());
    const WallTime needed_from = moment.start - from_proto(lookup.question.min_coverage());
    return covered_from > needed_from
               ? sentence(style, "No name is known, and recording runs only " +
                                     since(covered_from, moment) + ".")
               : sentence(style,
                          "No name is known, but the clock was set back: what bears a later time "
                          "may have come before this moment.");
  }
  return sentence(style, "No name is known, but this moment was not recorded.") +
         nearest_coverage(lookup, moment, style);
}

std::string never_explanation(const AnsweredLookup& lookup, const Moment& moment,
                              const Style& style) {
  const v1::LookupCoverage& coverage = lookup.answer.coverage();
  const std::string statement = "No name ever led here";
  if (!coverage.has_covered_from()) {
    return sentence(style, statement + ".");
  }
  return sentence(style, statement + ": every answer is on record " +
                             since(from_proto(coverage.covered_from()), moment) + ".");
}

// Of candidates; they may not be all there are.
std::string gap_warning(const v1::LookupResponse& answer, const Style& style) {
  return answer.coverage().covered()
             ? ""
             : sentence(style, "This moment was not recorded; other names may have led here.");
}

std::string other_client_explanation(const AnsweredLookup& lookup, const Style& style) {
  const bool covered = lookup.answer.coverage().covered();
  const std::string client = printable(lookup.question.client());
  return gap_warning(lookup.answer, style) +
         sentence(style,
                  (covered ? "Never delivered to " : "Not known to have been delivered to ") +
                      client + ", but to others:");
}

// Whether recording had a gap between the first candidate and the moment.
bool is_gap_behind(const v1::LookupResponse& answer) {
  const v1::LookupCoverage& coverage = answer.coverage();
  return !coverage.covered() ||
         (coverage.has_covered_from() && answer.candidates_size() > 0 &&
          from_proto(coverage.covered_from()) > from_proto(answer.candidates(0).answered_at()));
}

// Why an ambiguous answer is.
const char* doubt_about(const v1::LookupResponse& answer) {
  const auto& candidates = answer.candidates();
  const bool all_alike = std::ranges::all_of(candidates, [&](const v1::Candidate& candidate) {
    return candidate.name() == candidates[0].name();
  });
  if (!all_alike) {
    return "Several names fit and nothing separates them; the likeliest comes first.";
  }
  if (answer.truncated()) {
    return "There is more than is read at once: another name may be meant.";
  }
  if (is_gap_behind(answer)) {
    return "The record since then has a gap, or the clock was set back: another name may be meant.";
  }
  return "The clock was set back: another name, which bears a later time, may be meant.";
}

// What the verdict means here, where the candidates do not say it themselves.
std::string explanation(const AnsweredLookup& lookup, const Moment& moment, const Style& style) {
  switch (lookup.answer.verdict()) {
    case v1::VERDICT_OTHER_CLIENT:
      return other_client_explanation(lookup, style);
    case v1::VERDICT_NEVER:
      return never_explanation(lookup, moment, style);
    case v1::VERDICT_UNKNOWN:
      return unknown_explanation(lookup, moment, style);
    default:
      break;
  }
  const std::string warning = gap_warning(lookup.answer, style);
  return lookup.answer.ambiguous() ? warning + sentence(style, doubt_about(lookup.answer))
                                   : warning;
}

// The asked name, each step below it, and behind the last one the address.
void append_chain(std::string& out, const v1::Candidate& candidate, size_t indent,
                  const Style& style) {
  constexpr size_t kElbowWidth = 3;  // columns
  append_painted(out, style, Colour::kBold, printable(candidate.name()));
  for (int step = 1; step < candidate.chain_size(); ++step) {
    const size_t depth = static_cast<size_t>(step - 1) * kElbowWidth;
    out += '\n';
    out.append(indent + depth, ' ');
    append_painted(out, style, Colour::kDim, style.unicode ? "└─ " : "`- ");
    append_printable(out, candidate.chain(step));
  }
  append_painted(out, style, Colour::kDim, style.unicode ? " → " : " -> ");
  append_printable(out, candidate.address());
  out += '\n';
}

void add_origin(ItemLines& items, const v1::Candidate& candidate) {
  const std::string upstream = printable(candidate.upstream());
  const std::string_view of = upstream.empty() ? "" : " of ";
  switch (candidate.origin()) {
    case v1::ORIGIN_UPSTREAM:
      return items.add({"from ", upstream.empty() ? "upstream" : upstream});
    case v1::ORIGIN_CACHE:
      return items.add({"from the cache", of, upstream});
    case v1::ORIGIN_STALE:
      return items.add({"from the cache past its time", of, upstream});
    case v1::ORIGIN_LOCAL:
      return items.add({"from local data"});
    case v1::ORIGIN_REFUSED:
      return items.add({"refused"});
    case v1::ORIGIN_IMPORT:
      return items.add({"imported", upstream.empty() ? "" : ", from ", upstream});
    default:
      return;
  }
}

std::string_view transport_word(v1::Transport transport) {
  switch (transport) {
    case v1::TRANSPORT_UDP:
      return "udp";
    case v1::TRANSPORT_TCP:
      return "tcp";
    case v1::TRANSPORT_TLS:
      return "tls";
    case v1::TRANSPORT_HTTPS:
      return "https";
    default:
      return "";
  }
}

// "udp", or "udp via 192.0.2.1" where a forwarder stood between.
void add_transport(ItemLines& items, const v1::Candidate& candidate) {
  const std::string_view word = transport_word(candidate.transport());
  if (candidate.forwarder().empty()) {
    return items.add({word});
  }
  items.add({word, word.empty() ? "via " : " via ", printable(candidate.forwarder())});
}

// Only what is out of the ordinary: that an A record brought an address goes without saying.
std::string_view via_words(v1::Via via) {
  switch (via) {
    case v1::VIA_SVCB_HINT:
      return "as a hint of an HTTPS or SVCB record";
    case v1::VIA_MAPPED:
      return "inside an IPv6 address";
    case v1::VIA_ADDITIONAL:
      return "as an additional record";
    default:
      return "";
  }
}

std::string_view reason_words(v1::Reason reason) {
  switch (reason) {
    case v1::REASON_NEWEST_LIVE:
      return "newest live answer";
    case v1::REASON_OLDER_LIVE:
      return "older live answer";
    case v1::REASON_NEWEST_EXPIRED:
      return "newest expired answer";
    case v1::REASON_OLDER_EXPIRED:
      return "older expired answer";
    case v1::REASON_CHAIN_TARGET:
      return "asked as a step of another name's chain";
    case v1::REASON_CHAIN_HEAD:
      return "led to a step that the host asked by itself";
    case v1::REASON_SAME_HOST:
      return "to another address of this device";
    case v1::REASON_NAMED_SERVICE:
      return "named this port or protocol";
    default:
      return "";
  }
}

void add_validity(ItemLines& items, const v1::Candidate& candidate, const Moment& moment) {
  if (candidate.has_expired_by()) {
    return items.add({"expired ", describe_age(from_proto(candidate.expired_by())), " before"});
  }
  const Microseconds left = from_proto(candidate.valid_until()) - moment.start;
  if (left > Microseconds(0)) {
    return items.add({"valid ", describe_age(left), " more"});
  }
  items.add({"valid at that moment"});
}

// Of the share that was measured, among the names of the host that was asked about; of another
// host's names nothing was, and of those of any host neither.
void add_confidence(ItemLines& items, const v1::Candidate& candidate,
                    const v1::LookupRequest& question) {
  if (candidate.reason() == v1::REASON_OTHER_CLIENT || candidate.confidence() <= 0 ||
      question.client().empty()) {
    return;
  }
  items.add(
      {"right in ", std::to_string(std::lround(candidate.confidence() * 100)), " % of such cases"});
}

// Candidates that are one name by one way to one address, for several hosts; the likeliest first.
using Alike = std::vector<const v1::Candidate*>;

// What is told of an answer, but for when and how often it was given.
auto facts_of(const v1::Candidate& candidate) {
  return std::make_tuple(candidate.has_expired_by(), candidate.rebinding(), candidate.origin(),
                         std::string_view(candidate.upstream()), candidate.transport(),
                         std::string_view(candidate.forwarder()), candidate.via());
}

// What is told of the first host must be true of the others.
bool are_alike(const v1::Candidate& one, const v1::Candidate& other) {
  return one.name() == other.name() && one.address() == other.address() &&
         std::ranges::equal(one.chain(), other.chain()) && facts_of(one) == facts_of(other);
}

// In the order of the likeliest of each. For the host that was asked about each stands by itself.
std::vector<Alike> put_together(const AnsweredLookup& lookup) {
  const bool of_many_hosts =
      lookup.question.client().empty() || lookup.answer.verdict() == v1::VERDICT_OTHER_CLIENT;
  std::vector<Alike> groups;
  for (const v1::Candidate& candidate : lookup.answer.candidates()) {
    const auto group = std::ranges::find_if(groups, [&](const Alike& alike) {
      return of_many_hosts && are_alike(*alike.front(), candidate);
    });
    if (group == groups.end()) {
      groups.push_back({&candidate});
    } else {
      group->push_back(&candidate);
    }
  }
  return groups;
}

// "also to 192.0.2.7, 192.0.2.8 and 2 more": the hosts of all but the first.
void add_other_hosts(ItemLines& items, const Alike& alike) {
  constexpr size_t kNamed = 2;
  std::string hosts;
  for (size_t i = 1; i < std::min(alike.size(), kNamed + 1); ++i) {
    hosts += (i > 1 ? ", " : "") + printable(alike[i]->client());
  }
  const std::string more = alike.size() > kNamed + 1
                               ? " and " + std::to_string(alike.size() - kNamed - 1) + " more"
                               : "";
  items.add({hosts.empty() ? "" : "also to ", hosts, more});
}

// Facts about the first of them, most telling first, as one paragraph.
void add_facts(ItemLines items, const Alike& alike, const AnsweredLookup& lookup,
               const Moment& moment) {
  const v1::Candidate& candidate = *alike.front();
  const bool several = lookup.answer.candidates_size() > 1;
  const bool explained = several || candidate.reason() == v1::REASON_SAME_HOST ||
                         candidate.reason() == v1::REASON_NAMED_SERVICE;
  const bool names_host = candidate.client() != lookup.question.client();
  const uint32_t count = candidate.deliveries();
  items.add({"answered ", names_host ? "to " : "", names_host ? printable(candidate.client()) : "",
             names_host ? " " : "", relative_to(moment, from_proto(candidate.answered_at()))});
  add_other_hosts(items, alike);
  add_validity(items, candidate, moment);
  add_origin(items, candidate);
  add_transport(items, candidate);
  items.add({via_words(candidate.via())});
  items.add({candidate.rebinding() ? "rebinding" : ""});
  items.add({std::to_string(count), count == 1 ? " delivery" : " deliveries"});
  items.add({explained ? reason_words(candidate.reason()) : ""});
  if (several) {
    add_confidence(items, candidate, lookup.question);
  }
  items.end();
}

void append_candidates(std::string& out, const AnsweredLookup& lookup, const Moment& moment,
                       const Style& style) {
  const std::vector<Alike> groups = put_together(lookup);
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::string number = groups.size() > 1 ? std::to_string(i + 1) + ". " : "";
    const size_t indent = kIndent + number.size();
    out.append(kIndent, ' ');
    out += number;
    append_chain(out, *groups[i].front(), indent, style);
    add_facts({out, style, indent}, groups[i], lookup, moment);
  }
  if (lookup.answer.truncated()) {
    out +=
        sentence(style, "There are more: ask for one host with --client, or for fewer addresses.");
  }
}

void append_hints(std::string& out, const v1::LookupResponse& answer, const Moment& moment,
                  const Style& style) {
  for (const v1::Hint& hint : answer.hints()) {
    const bool is_near = hint.kind() == v1::HINT_KIND_SAME_NETWORK;
    out += sentence(style, "near miss: " + printable(hint.name()) + " was answered to " +
                               printable(hint.client()) + " " +
                               relative_to(moment, from_proto(hint.at())) +
                               (is_near ? " with " + printable(hint.address()) : ""));
  }
}

}  // namespace

void append_lookup_text(std::string& out, const AnsweredLookup& lookup, const Style& style) {
  const Moment moment = moment_of(lookup);
  append_headline(out, lookup, moment, style);
  out += explanation(lookup, moment, style);
  append_candidates(out, lookup, moment, style);
  append_hints(out, lookup.answer, moment, style);
}

std::string lookup_text(const AnsweredLookup& lookup, const Style& style) {
  std::string out;
  append_lookup_text(out, lookup, style);
  return out;
}

}  // namespace etymon::cli

#include "api/service/lookups.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "api/service/conversions.h"
#include "store/attribution/set_back_clock.h"

namespace etymon::service {
namespace {

bool any_delivered(const std::vector<Evidence>& evidence) {
  return std::ranges::any_of(evidence, [](const Evidence& row) { return row.deliveries > 0; });
}

// Bounds of the look around for a hint.
constexpr Microseconds kNearbySince = std::chrono::days(1);
constexpr size_t kNearbyPairsMax = 128;
constexpr size_t kNearbyRowsMax = 256;

constexpr const char* kTooWide = "LOOKUP_TOO_WIDE";
constexpr const char* kTooLong = "READ_TOO_LONG";

Failure from_evidence(const Error& error) {
  switch (error.code) {
    case ErrorCode::kResourceExhausted:
      return {.code = google::rpc::RESOURCE_EXHAUSTED,
              .reason = kTooWide,
              .message = error.message +
                         " of an address and a host: ask for a host, or for a "
                         "smaller block of addresses"};
    case ErrorCode::kUnavailable:
      return {.code = google::rpc::DEADLINE_EXCEEDED,
              .reason = kTooLong,
              .message =
                  "reading took too long: ask for a host, or for a smaller block of "
                  "addresses"};
    default:
      return from_store(error);
  }
}

// What a clock had told that was set back before the question was asked. The coverage is newer than
// the question: an interval that has ended since, with a loss or a step, reaches beyond it as well,
// but not beyond the clock of now; and a clock that stands before the question was set back since.
// Few questions have anything ahead of them, so few look at the clock again.
std::optional<attribution::Ahead> ahead_of(const attribution::LookupQuestion& question,
                                           const Coverage& coverage, const Clock& clock) {
  const WallTime end = question.at + question.tolerance;
  if (!attribution::told_ahead(coverage, question.asked_at, end)) {
    return std::nullopt;
  }
  const WallTime now = clock.wall();
  return now < question.asked_at ? std::nullopt : attribution::told_ahead(coverage, now, end);
}

// A device that reaches IPv4 over IPv6 alone (464XLAT, RFC 6877) is told the IPv4 address of a
// name, and seen to talk to the NAT64's address of it. Who asks about a block can name that of
// IPv4.
std::optional<IpAddress> embedded_v4(const IpPrefix& asked, const Nat64Prefix& nat64) {
  return asked.is_single() ? nat64.embedded_in(asked.first()) : std::nullopt;
}

// Reads what one question needs to know.
class Gathering {
 public:
  Gathering(const store::Store& store, store::Look& look,
            const attribution::LookupQuestion& question, const LookupBounds& bounds,
            const Nat64Prefix& nat64)
      : store_(store),
        look_(look),
        question_(question),
        bounds_(bounds),
        behind_nat64_(embedded_v4(question.address, nat64)),
        until_(question.at + question.tolerance),
        wants_first_(!question.client) {}

  Status run() {
    const Status read = gather();
    return read && attribution::may_lead_on(evidence_) ? read_firsts() : read;
  }

  // What was told before the clock was set back, and bears times that have yet to come.
  Status add_ahead(const attribution::Ahead& ahead) {
    std::vector<Evidence> told;
    Status read = read_firsts();
    if (read) {
      read = add_told_in(ahead.span, told);
    }
    for (Evidence& row : told) {
      attribution::set_back(row, ahead);
      evidence_.push_back(std::move(row));
    }
    return read;
  }

  // What bears times that have come again since the clock was set back.
  Status add_shown_before(const Coverage& coverage) {
    Status read;
    for (const TimeSpan& span : attribution::spans_shown_before(coverage, until_)) {
      read = read ? add_told_in(span, ahead_) : read;
    }
    return read;
  }

  // What else led the host into the same network; worth its reading where no name is live.
  Status look_around() {
    if (!question_.client || !question_.address.is_single()) {
      return {};
    }
    return add({.address = attribution::network_of(question_.address.first()),
                .client = question_.client,
                .until = until_,
                .since = std::max(until_ - kNearbySince, host_.own_since),
                .limit = kNearbyRowsMax,
                .wants_first = false,
                .pairs_max = kNearbyPairsMax,
                .beyond = store::EvidenceQuery::Beyond::kLeaveOut,
                .should_stop = bounds_.should_stop},
               nearby_);
  }

  attribution::Known known(const Coverage& coverage) const {
    return {evidence_, coverage, host_, nearby_, ahead_, is_cut_};
  }

 private:
  // The host's own evidence; that of all hosts where none was delivered to it. Most lookups name a
  // host that had asked, and read little; only the rest pays for what the others were told.
  Status gather() {
    if (!question_.client) {
      return add_told(about({}, until_, {}), evidence_);
    }
    host_ = store_.identity(*question_.client, attribution::moment_of(question_));
    Status read = add_told(about(question_.client, until_, host_.own_since), evidence_);
    for (const HostTenure& tenure : host_.elsewhere) {
      if (read) {
        read = add_elsewhere(tenure);
      }
    }
    if (read && !any_delivered(evidence_)) {
      evidence_.clear();
      is_cut_ = false;
      wants_first_ = true;
      read = add_others(about({}, until_, {}), evidence_);
    }
    return read;
  }

  // Most hosts asked for one name, or for several that do not lead to each other: it does not
  // matter then when they first did, which may take a read of its own.
  Status read_firsts() {
    if (wants_first_) {
      return {};
    }
    wants_first_ = true;
    evidence_.clear();
    return gather();
  }

  // What the address or block was to somebody, within the bounds.
  store::EvidenceQuery about(const std::optional<IpAddress>& client, WallTime until,
                             WallTime since) const {
    return {.address = question_.address,
            .client = client,
            .until = until,
            .since = since,
            .wants_first = wants_first_,
            .pairs_max = bounds_.pairs_max,
            .should_stop = bounds_.should_stop};
  }

  // What was told of the address, and of the IPv4 address in it.
  Status add_told(store::EvidenceQuery query, std::vector<Evidence>& to) {
    Status read = add(query, to);
    if (read && behind_nat64_) {
      query.address = IpPrefix(*behind_nat64_);
      read = add(query, to);
    }
    return read;
  }

  Status add(const store::EvidenceQuery& query, std::vector<Evidence>& to) {
    Result<std::vector<Evidence>> read = look_.evidence(query);
    if (!read) {
      return read.error();
    }
    // Who asks for one, or leaves out what is beyond, wants some of it, no more.
    is_cut_ |= query.limit > 1 && query.beyond == store::EvidenceQuery::Beyond::kRefuse &&
               read->size() >= query.limit;
    if (to.empty()) {
      to = *std::move(read);
    } else {
      std::ranges::move(*read, std::back_inserter(to));
    }
    return {};
  }

  // Told while a clock that was ahead showed these times: to the host, at whatever address, or to
  // others where nobody is known to have told it anything.
  Status add_told_in(const TimeSpan& span, std::vector<Evidence>& to) {
    Status read = add_told(about(question_.client, span.end, span.start), to);
    std::set<IpAddress> elsewhere;
    for (const HostTenure& tenure : host_.elsewhere) {
      if (read && elsewhere.insert(tenure.address).second) {
        read = add_told(about(tenure.address, span.end, span.start), to);
      }
    }
    if (read && question_.client && !any_delivered(evidence_) && !any_delivered(to)) {
      read = add_others(about({}, span.end, span.start), to);
    }
    return read;
  }

  // Of all hosts, for a question about one.
  Status add_others(store::EvidenceQuery query, std::vector<Evidence>& to) {
    if (bounds_.others == LookupBounds::Others::kTold) {
      return add_told(query, to);
    }
    query.limit = 1;
    Status found = add_first_pair(query, to);
    if (!found || any_delivered(to)) {
      return found;
    }
    const Status read = add_told(query, to);
    if (read || read.error().code != ErrorCode::kResourceExhausted) {
      return read;
    }
    query.beyond = store::EvidenceQuery::Beyond::kLeaveOut;
    const Status any = add_told(query, to);
    return !any || any_delivered(to) ? any : read;  // What is beyond may be the only one there is.
  }

  // Mostly that one says whether any was told; and no time is taken that says how many were.
  Status add_first_pair(store::EvidenceQuery query, std::vector<Evidence>& to) {
    query.pairs_max = 1;
    query.beyond = store::EvidenceQuery::Beyond::kLeaveOut;
    std::vector<Evidence> first;
    Status read = add(query, first);
    if (any_delivered(first)) {
      std::ranges::move(first, std::back_inserter(to));
    }
    return read;
  }

  // Told while the address was the device's, and not after the moment.
  Status add_elsewhere(const HostTenure& tenure) {
    const WallTime until = std::min(until_, tenure.span.end);
    std::vector<Evidence> told;
    const Status read = add_told(about(tenure.address, until, tenure.span.start), told);
    for (Evidence& row : told) {
      if (until < until_) {
        row.next.reset();  // After the tenure is not after the moment.
      }
      evidence_.push_back(std::move(row));
    }
    return read;
  }

  const store::Store& store_;
  store::Look& look_;
  const attribution::LookupQuestion& question_;
  const LookupBounds& bounds_;
  const std::optional<IpAddress> behind_nat64_;
  const WallTime until_;
  bool wants_first_;     // of what is read from now on
  bool is_cut_ = false;  // there was more than is read at once
  HostIdentity host_;
  std::vector<Evidence> evidence_;
  std::vector<Evidence> nearby_;
  std::vector<Evidence> ahead_;
};

}  // namespace

bool is_beyond_bounds(const Failure& failure) {
  return failure.reason == kTooWide || failure.reason == kTooLong;
}

// The moment of asking is before that of the look, so that coverage reaches up to it.
LookupRound::LookupRound(const store::Store& store, const Clock& clock, const Nat64Prefix& nat64)
    : store_(store), clock_(clock), nat64_(nat64), asked_at_(clock.wall()), look_(store.look()) {}

Outcome<attribution::LookupAnswer> LookupRound::answer(const v1::LookupRequest& request,
                                                       const LookupBounds& bounds) {
  auto read = read_question(request, asked_at_);
  if (auto* failure = std::get_if<Failure>(&read)) {
    return std::move(*failure);
  }
  const auto& question = std::get<attribution::LookupQuestion>(read);
  Gathering gathering(store_, look_, question, bounds, nat64_);
  if (const Status gathered = gathering.run(); !gathered) {
    return from_evidence(gathered.error());
  }
  // Coverage after evidence: what is let go or lost in between ends up as a gap, never as NEVER.
  const auto coverage = look_.coverage();
  const auto ahead = ahead_of(question, *coverage, clock_);
  const Status added = ahead ? gathering.add_ahead(*ahead) : gathering.add_shown_before(*coverage);
  if (!added) {
    return from_evidence(added.error());
  }
  auto answer = attribution::attribute(question, gathering.known(*coverage));
  if (answer.verdict != attribution::Verdict::kLive) {
    if (const Status looked = gathering.look_around(); !looked) {
      return from_evidence(looked.error());
    }
    answer = attribution::attribute(question, gathering.known(*coverage));
  }
  return answer;
}

}  // namespace etymon::service

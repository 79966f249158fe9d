#include "api/service/conversions.h"

#include <algorithm>
#include <chrono>

#include "api/service/fields.h"

namespace etymon::service {
namespace {

using attribution::HintKind;
using attribution::Reason;
using attribution::Verdict;

v1::Verdict write(Verdict verdict) {
  switch (verdict) {
    case Verdict::kLive:
      return v1::VERDICT_LIVE;
    case Verdict::kExpired:
      return v1::VERDICT_EXPIRED;
    case Verdict::kOtherClient:
      return v1::VERDICT_OTHER_CLIENT;
    case Verdict::kNever:
      return v1::VERDICT_NEVER;
    case Verdict::kUnknown:
      return v1::VERDICT_UNKNOWN;
  }
  return v1::VERDICT_UNSPECIFIED;
}

v1::Reason write(Reason reason) {
  switch (reason) {
    case Reason::kNewestLive:
      return v1::REASON_NEWEST_LIVE;
    case Reason::kOlderLive:
      return v1::REASON_OLDER_LIVE;
    case Reason::kNewestExpired:
      return v1::REASON_NEWEST_EXPIRED;
    case Reason::kOlderExpired:
      return v1::REASON_OLDER_EXPIRED;
    case Reason::kChainTarget:
      return v1::REASON_CHAIN_TARGET;
    case Reason::kChainHead:
      return v1::REASON_CHAIN_HEAD;
    case Reason::kOtherClient:
      return v1::REASON_OTHER_CLIENT;
    case Reason::kSameHost:
      return v1::REASON_SAME_HOST;
    case Reason::kNamedService:
      return v1::REASON_NAMED_SERVICE;
  }
  return v1::REASON_UNSPECIFIED;
}

v1::HintKind write(HintKind kind) {
  switch (kind) {
    case HintKind::kAnsweredAfter:
      return v1::HINT_KIND_ANSWERED_AFTER;
    case HintKind::kSameNetwork:
      return v1::HINT_KIND_SAME_NETWORK;
  }
  return v1::HINT_KIND_UNSPECIFIED;
}

// These enums are stored, so their numbers are frozen, and the API's were given the same ones.
static_assert(v1::ORIGIN_IMPORT == static_cast<int>(Origin::kImport));
static_assert(v1::TRANSPORT_HTTPS == static_cast<int>(Transport::kHttps));
static_assert(v1::VIA_ADDITIONAL == static_cast<int>(Via::kAdditional));
static_assert(v1::COVERAGE_EDGE_NOW == static_cast<int>(CoverageEdge::kNow));
static_assert(v1::COVERAGE_EDGE_FORGOTTEN == static_cast<int>(CoverageEdge::kForgotten));
static_assert(v1::COVERAGE_EDGE_DAMAGE == static_cast<int>(CoverageEdge::kDamage));

// REQUIRES: `out` is empty.
void write(const attribution::Candidate& candidate, v1::Candidate& out) {
  candidate.name().append_text(*out.mutable_name());
  for (const DomainName& step : candidate.chain()) {
    if (step.wire() == candidate.name().wire()) {  // as the first one is
      out.add_chain(out.name());
    } else {
      step.append_text(*out.add_chain());
    }
  }
  candidate.client.append_text(*out.mutable_client());
  candidate.address.append_text(*out.mutable_address());
  write_time(candidate.answered_at, *out.mutable_answered_at());
  write_time(candidate.valid_until, *out.mutable_valid_until());
  if (candidate.expired_by) {
    *out.mutable_expired_by() = write_duration(*candidate.expired_by);
  }
  out.set_origin(static_cast<v1::Origin>(candidate.origin));
  if (candidate.upstream() != Endpoint{}) {
    candidate.upstream().append_text(*out.mutable_upstream());
  }
  out.set_transport(static_cast<v1::Transport>(candidate.transport));
  out.set_deliveries(static_cast<uint32_t>(std::min<uint64_t>(candidate.deliveries, UINT32_MAX)));
  out.set_via(static_cast<v1::Via>(candidate.via));
  out.set_reason(write(candidate.reason));
  out.set_confidence(candidate.confidence);
  out.set_rebinding(candidate.is_rebinding());
  if (candidate.forwarder != IpAddress()) {
    candidate.forwarder.append_text(*out.mutable_forwarder());
  }
}

// REQUIRES: `out` is empty.
void write(const attribution::Hint& hint, v1::Hint& out) {
  out.set_kind(write(hint.kind));
  hint.name.append_text(*out.mutable_name());
  hint.client.append_text(*out.mutable_client());
  hint.address.append_text(*out.mutable_address());
  write_time(hint.at, *out.mutable_at());
}

// Octets that the candidates' messages do not exceed. To count those takes a tenth of the time to
// write them, and only wide prefixes have so many.
size_t most_octets(const std::vector<attribution::Candidate>& candidates) {
  constexpr size_t kBesideNames = 512;  // numbers, and texts of addresses
  // An octet of a name becomes \DDD; its length octets become dots, which leaves room for a tag.
  constexpr size_t kOfOctet = 4;
  size_t octets = 0;
  for (const attribution::Candidate& candidate : candidates) {
    octets += kBesideNames + kOfOctet * candidate.name().wire().size();
    for (const DomainName& step : candidate.chain()) {
      octets += kOfOctet * step.wire().size();
    }
  }
  return octets;
}

}  // namespace

void write_answer(const attribution::LookupAnswer& answer, size_t bytes_max,
                  v1::LookupResponse& out) {
  out.Clear();
  out.set_verdict(write(answer.verdict));
  out.set_ambiguous(answer.ambiguous);
  const bool must_count = most_octets(answer.candidates) > bytes_max;
  size_t bytes = 0;
  for (const attribution::Candidate& candidate : answer.candidates) {
    v1::Candidate& written = *out.add_candidates();
    write(candidate, written);
    bytes += must_count ? written.ByteSizeLong() : 0;
    if (bytes > bytes_max) {
      out.mutable_candidates()->RemoveLast();
      out.set_truncated(true);
      break;
    }
  }
  out.mutable_coverage()->set_covered(answer.covered);
  if (answer.covered_from) {
    write_time(*answer.covered_from, *out.mutable_coverage()->mutable_covered_from());
  }
  for (const attribution::Hint& hint : answer.hints) {
    write(hint, *out.add_hints());
  }
}

v1::LookupError write_error(const Failure& failure) {
  v1::LookupError out;
  out.set_code(failure.code);
  out.set_reason(failure.reason);
  out.set_message(in_one_line(failure.message));
  out.set_field(failure.field);
  if (failure.retry_after > Seconds(0)) {
    *out.mutable_retry_after() = write_duration(failure.retry_after);
  }
  return out;
}

void write_time(WallTime time, google::protobuf::Timestamp& out) {
  const auto seconds = std::chrono::floor<Seconds>(time);
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(time - seconds).count()));
}

google::protobuf::Timestamp write_time(WallTime time) {
  google::protobuf::Timestamp out;
  write_time(time, out);
  return out;
}

google::protobuf::Duration write_duration(Microseconds duration) {
  const auto seconds = std::chrono::duration_cast<Seconds>(duration);
  google::protobuf::Duration out;
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(duration - seconds).count()));
  return out;
}

v1::CoverageInterval write_interval(const CoverageInterval& interval) {
  v1::CoverageInterval out;
  *out.mutable_span()->mutable_start() = write_time(interval.span.start);
  *out.mutable_span()->mutable_end() = write_time(interval.span.end);
  out.set_began(static_cast<v1::CoverageEdge>(interval.began));
  out.set_ended(static_cast<v1::CoverageEdge>(interval.ended));
  return out;
}

}  // namespace etymon::service

#include "api/service/answer_octets.h"

#include <algorithm>
#include <cstdint>

#include "api/service/conversions.h"
#include "api/service/message_octets.h"
#include "etymon/v1/provenance.pb.h"

namespace etymon::service {
namespace {

using attribution::HintKind;
using attribution::Reason;
using attribution::Verdict;

v1::Verdict told(Verdict verdict) {
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

v1::Reason told(Reason reason) {
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

v1::HintKind told(HintKind kind) {
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

// Octets that a candidate or a hint takes at most beside its names: numbers, times, addresses.
constexpr size_t kBesideNames = 512;
constexpr size_t kBesideRows = 64;  // coverage, verdict, or flags

size_t most_octets(const DomainName& name) {
  return kFieldHeadMax + DomainName::kOfOctet * name.wire().size();
}
size_t most_octets(const attribution::Candidate& candidate) {
  size_t octets = kBesideNames + most_octets(candidate.name());
  for (const DomainName& step : candidate.chain()) {
    octets += most_octets(step);
  }
  return octets;
}
size_t most_octets(const attribution::Hint& hint) {
  return kBesideNames + most_octets(hint.name);
}

// Octets behind those that a text has, written to where there is room for them.
class Appending {
 public:
  explicit Appending(std::string& out) : out_(out), end_(out.size()) {}
  ~Appending() { out_.resize(end_); }
  Appending(const Appending&) = delete;
  Appending& operator=(const Appending&) = delete;

  template <class Write>
  void add(size_t most_octets, const Write& write) {
    if (out_.size() < end_ + most_octets) {
      out_.resize(end_ + most_octets);
    }
    char* const begin = out_.data();
    end_ = static_cast<size_t>(write(begin + end_) - begin);
  }

  size_t end() const { return end_; }
  void cut_back(size_t end) { end_ = end; }

 private:
  std::string& out_;
  size_t end_;
};

char* write_fields(const attribution::Candidate& candidate, char* to) {
  using Field = v1::Candidate;
  to = write_text(Field::kNameFieldNumber, candidate.name(), to);
  for (const DomainName& step : candidate.chain()) {
    to = write_text(Field::kChainFieldNumber, step, to);
  }
  to = write_text(Field::kClientFieldNumber, candidate.client, to);
  to = write_text(Field::kAddressFieldNumber, candidate.address, to);
  to = write_time(Field::kAnsweredAtFieldNumber, candidate.answered_at, to);
  to = write_time(Field::kValidUntilFieldNumber, candidate.valid_until, to);
  if (candidate.expired_by) {
    to = write_duration(Field::kExpiredByFieldNumber, *candidate.expired_by, to);
  }
  to = write_enum(Field::kOriginFieldNumber, candidate.origin, to);
  if (candidate.upstream() != Endpoint{}) {
    to = write_text(Field::kUpstreamFieldNumber, candidate.upstream(), to);
  }
  to = write_enum(Field::kTransportFieldNumber, candidate.transport, to);
  to = write_number(Field::kDeliveriesFieldNumber,
                    std::min<uint64_t>(candidate.deliveries, UINT32_MAX), to);
  to = write_enum(Field::kViaFieldNumber, candidate.via, to);
  to = write_enum(Field::kReasonFieldNumber, told(candidate.reason), to);
  to = write_double(Field::kConfidenceFieldNumber, candidate.confidence, to);
  to = write_flag(Field::kRebindingFieldNumber, candidate.is_rebinding(), to);
  if (candidate.forwarder != IpAddress()) {
    to = write_text(Field::kForwarderFieldNumber, candidate.forwarder, to);
  }
  return to;
}

char* write_fields(const attribution::Hint& hint, char* to) {
  using Field = v1::Hint;
  to = write_enum(Field::kKindFieldNumber, told(hint.kind), to);
  to = write_text(Field::kNameFieldNumber, hint.name, to);
  to = write_text(Field::kClientFieldNumber, hint.client, to);
  to = write_text(Field::kAddressFieldNumber, hint.address, to);
  return write_time(Field::kAtFieldNumber, hint.at, to);
}

char* write_coverage(const attribution::LookupAnswer& answer, char* to) {
  using Field = v1::LookupCoverage;
  to = write_flag(Field::kCoveredFieldNumber, answer.covered, to);
  return answer.covered_from ? write_time(Field::kCoveredFromFieldNumber, *answer.covered_from, to)
                             : to;
}

// Candidate or Hint.
template <class Row>
void add_row(int field, const Row& row, Appending& out) {
  out.add(most_octets(row), [&](char* to) {
    return write_part(field, to, [&](char* at) { return write_fields(row, at); });
  });
}

// False: there are more than fit.
bool add_candidates(const std::vector<attribution::Candidate>& candidates, size_t bytes_max,
                    Appending& out) {
  const size_t begin = out.end();
  for (const attribution::Candidate& candidate : candidates) {
    const size_t before = out.end();
    add_row(v1::LookupResponse::kCandidatesFieldNumber, candidate, out);
    if (out.end() - begin > bytes_max) {
      out.cut_back(before);
      return false;
    }
  }
  return true;
}

void append_outcome(int field, std::string_view octets, std::string& out) {
  Appending(out).add(2 * kFieldHeadMax + octets.size(), [&](char* to) {
    return write_part(v1::LookupStreamResponse::kResultsFieldNumber, to,
                      [&](char* result) { return write_octets(field, octets, result); });
  });
}

}  // namespace

void append_answer(const attribution::LookupAnswer& answer, size_t bytes_max, std::string& out) {
  using Field = v1::LookupResponse;
  Appending octets(out);
  octets.add(kBesideRows, [&](char* to) {
    to = write_enum(Field::kVerdictFieldNumber, told(answer.verdict), to);
    return write_flag(Field::kAmbiguousFieldNumber, answer.ambiguous, to);
  });
  const bool all = add_candidates(answer.candidates, bytes_max, octets);
  octets.add(kBesideRows, [&](char* to) {
    return write_part(Field::kCoverageFieldNumber, to,
                      [&](char* at) { return write_coverage(answer, at); });
  });
  for (const attribution::Hint& hint : answer.hints) {
    add_row(Field::kHintsFieldNumber, hint, octets);
  }
  octets.add(kBesideRows, [&](char* to) {
    return write_flag(Field::kTruncatedFieldNumber, answer.is_cut || !all, to);
  });
}

void append_result(std::string_view answer, std::string& out) {
  append_outcome(v1::LookupResult::kAnswerFieldNumber, answer, out);
}

void append_result(const Failure& failure, std::string& out) {
  append_outcome(v1::LookupResult::kErrorFieldNumber, write_error(failure).SerializeAsString(),
                 out);
}

}  // namespace etymon::service

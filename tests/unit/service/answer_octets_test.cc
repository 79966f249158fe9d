// What a lookup's answer is as octets: those that protobuf writes of the message with its fields.
#include "api/service/answer_octets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "api/service/conversions.h"
#include "etymon/v1/provenance.pb.h"
#include "tests/support/fakes.h"

namespace etymon::service {
namespace {

// Any octets, and lengths up to the longest.
DomainName any_name(Random& random) {
  std::string wire;
  for (uint32_t labels = random.below(5); labels > 0; --labels) {
    const uint32_t length = 1 + random.below(random.below(4) == 0 ? 63 : 8);
    wire.push_back(static_cast<char>(length));
    const bool plain = random.below(2) == 0;
    for (uint32_t i = 0; i < length; ++i) {
      wire.push_back(static_cast<char>(plain ? 'a' : random.below(256)));
    }
  }
  wire.push_back('\0');
  const auto name = DomainName::from_wire(as_bytes(wire));  // not where it is too long
  return name ? *name : DomainName();
}

IpAddress any_address(Random& random) {
  if (random.below(2) == 0) {
    return IpAddress::v4(random.u32());
  }
  IpAddress::Octets octets{};
  random.fill(octets);
  return IpAddress::v6(octets);
}

// Mostly of these years, now and then one that says something about signs and zeros.
WallTime any_time(Random& random) {
  switch (random.below(8)) {
    case 0:
      return WallTime();
    case 1:
      return WallTime(Seconds(random.below(1000)));
    case 2:
      return WallTime(-Microseconds(random.u32()));
    default:
      return WallTime(Seconds(1'700'000'000) + Microseconds(random.u64() % 1'000'000'000'000));
  }
}

attribution::Candidate any_candidate(Random& random) {
  auto answer = std::make_shared<Answer>();
  answer->question.name = any_name(random);
  for (uint32_t steps = random.below(random.below(8) == 0 ? 60 : 4); steps > 0; --steps) {
    answer->chain.push_back(random.below(2) == 0 ? answer->question.name : any_name(random));
  }
  if (random.below(4) > 0) {
    answer->upstream = {any_address(random), random.u16()};
  }
  answer->rebinding = random.below(4) == 0;
  attribution::Candidate candidate;
  candidate.answer = std::move(answer);
  candidate.client = any_address(random);
  candidate.address = any_address(random);
  candidate.answered_at = any_time(random);
  candidate.valid_until = any_time(random);
  if (random.below(2) == 0) {
    candidate.expired_by = Microseconds(random.below(2) == 0 ? random.below(3) : random.u32());
  }
  candidate.origin = static_cast<Origin>(random.below(v1::Origin_MAX + 1));
  candidate.transport = static_cast<Transport>(random.below(v1::Transport_MAX + 1));
  candidate.via = static_cast<Via>(random.below(v1::Via_MAX + 1));
  candidate.reason = static_cast<attribution::Reason>(random.below(9));
  candidate.forwarder = random.below(4) == 0 ? any_address(random) : IpAddress();
  candidate.deliveries = random.below(2) == 0 ? random.below(3) : random.u64() >> random.below(64);
  candidate.confidence = random.below(4) == 0 ? 0 : random.below(1001) / 1000.0;
  return candidate;
}

attribution::Hint any_hint(Random& random) {
  return {.kind = static_cast<attribution::HintKind>(random.below(2)),
          .name = any_name(random),
          .client = any_address(random),
          .address = any_address(random),
          .at = any_time(random)};
}

attribution::LookupAnswer any_answer(Random& random) {
  attribution::LookupAnswer answer;
  answer.verdict = static_cast<attribution::Verdict>(random.below(5));
  answer.ambiguous = random.below(2) == 0;
  answer.covered = random.below(2) == 0;
  answer.is_cut = random.below(2) == 0;
  if (random.below(2) == 0) {
    answer.covered_from = any_time(random);
  }
  for (uint32_t rows = random.below(4); rows > 0; --rows) {
    answer.candidates.push_back(any_candidate(random));
  }
  for (uint32_t rows = random.below(3); rows > 0; --rows) {
    answer.hints.push_back(any_hint(random));
  }
  return answer;
}

// The enums of the API begin with one that is not specified.
template <class Told, class Enum>
Told numbered(Enum value) {
  return static_cast<Told>(static_cast<int>(value) + 1);
}

void fill(const attribution::Candidate& candidate, v1::Candidate& out) {
  out.set_name(candidate.name().text());
  for (const DomainName& step : candidate.chain()) {
    out.add_chain(step.text());
  }
  out.set_client(candidate.client.text());
  out.set_address(candidate.address.text());
  *out.mutable_answered_at() = write_time(candidate.answered_at);
  *out.mutable_valid_until() = write_time(candidate.valid_until);
  if (candidate.expired_by) {
    *out.mutable_expired_by() = write_duration(*candidate.expired_by);
  }
  out.set_origin(static_cast<v1::Origin>(candidate.origin));
  if (candidate.upstream() != Endpoint{}) {
    out.set_upstream(candidate.upstream().text());
  }
  out.set_transport(static_cast<v1::Transport>(candidate.transport));
  out.set_deliveries(static_cast<uint32_t>(std::min<uint64_t>(candidate.deliveries, UINT32_MAX)));
  out.set_via(static_cast<v1::Via>(candidate.via));
  out.set_reason(numbered<v1::Reason>(candidate.reason));
  out.set_confidence(candidate.confidence);
  out.set_rebinding(candidate.is_rebinding());
  if (candidate.forwarder != IpAddress()) {
    out.set_forwarder(candidate.forwarder.text());
  }
}

v1::LookupResponse message(const attribution::LookupAnswer& answer) {
  v1::LookupResponse out;
  out.set_verdict(numbered<v1::Verdict>(answer.verdict));
  out.set_ambiguous(answer.ambiguous);
  for (const attribution::Candidate& candidate : answer.candidates) {
    fill(candidate, *out.add_candidates());
  }
  out.mutable_coverage()->set_covered(answer.covered);
  if (answer.covered_from) {
    *out.mutable_coverage()->mutable_covered_from() = write_time(*answer.covered_from);
  }
  for (const attribution::Hint& hint : answer.hints) {
    v1::Hint& told = *out.add_hints();
    told.set_kind(numbered<v1::HintKind>(hint.kind));
    told.set_name(hint.name.text());
    told.set_client(hint.client.text());
    told.set_address(hint.address.text());
    *told.mutable_at() = write_time(hint.at);
  }
  out.set_truncated(answer.is_cut);
  return out;
}

std::string octets_of(const attribution::LookupAnswer& answer, size_t bytes_max = SIZE_MAX) {
  std::string octets;
  append_answer(answer, bytes_max, octets);
  return octets;
}

TEST(AnswerOctets, are_those_that_protobuf_writes_of_the_message) {
  testing::SeededRandom random(1);
  for (int i = 0; i < 5000; ++i) {
    const attribution::LookupAnswer answer = any_answer(random);
    const v1::LookupResponse expected = message(answer);
    ASSERT_EQ(octets_of(answer), expected.SerializeAsString()) << expected.ShortDebugString();
  }
}

TEST(AnswerOctets, stand_behind_what_was_there) {
  attribution::LookupAnswer answer;
  answer.verdict = attribution::Verdict::kNever;
  std::string octets = "before";
  append_answer(answer, SIZE_MAX, octets);
  EXPECT_EQ(octets, "before" + octets_of(answer));
}

TEST(AnswerOctets, have_all_candidates_that_fit_and_not_one_more) {
  testing::SeededRandom random(2);
  attribution::LookupAnswer answer;
  for (int i = 0; i < 3; ++i) {
    answer.candidates.push_back(any_candidate(random));
  }
  const size_t all = octets_of(answer).size() - octets_of({}).size();
  const auto parsed = [&](size_t bytes_max) {
    v1::LookupResponse response;
    EXPECT_TRUE(response.ParseFromString(octets_of(answer, bytes_max)));
    return response;
  };
  EXPECT_EQ(parsed(all).candidates_size(), 3);
  EXPECT_FALSE(parsed(all).truncated());
  EXPECT_EQ(parsed(all - 1).candidates_size(), 2);
  EXPECT_TRUE(parsed(all - 1).truncated());
  EXPECT_EQ(parsed(0).candidates_size(), 0);
  EXPECT_TRUE(parsed(0).truncated());
  EXPECT_TRUE(parsed(0).has_coverage());
}

TEST(AnswerOctets, of_a_stream_are_answers_and_errors_one_behind_the_other) {
  testing::SeededRandom random(3);
  v1::LookupStreamResponse expected;
  std::string octets;
  for (int i = 0; i < 200; ++i) {
    const attribution::LookupAnswer answer = any_answer(random);
    *expected.add_results()->mutable_answer() = message(answer);
    append_result(octets_of(answer), octets);
    const Failure failure{.code = google::rpc::UNAVAILABLE,
                          .reason = "X",
                          .message = std::string(random.below(300), 'm'),
                          .retry_after = Seconds(random.below(2))};
    *expected.add_results()->mutable_error() = write_error(failure);
    append_result(failure, octets);
  }
  EXPECT_EQ(octets, expected.SerializeAsString());
}

}  // namespace
}  // namespace etymon::service

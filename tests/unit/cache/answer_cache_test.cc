// What the cache finds, for how long, and what has to go when room is short.
#include "resolver/cache/answer_cache.h"

#include <gtest/gtest.h>

#include "tests/support/dns_messages.h"

namespace etymon::cache {
namespace {

using testing::response;

constexpr uint64_t kSeed = 0x5EED;
constexpr size_t kPlenty = size_t{1} << 20;
constexpr uint32_t kTtl = 300;
constexpr MonotonicTime kNow{Seconds(1000)};

std::string wire_name(std::string_view text) {
  return DomainName::from_text(text).value().wire();
}

// An answer to `name` and the key it is found under.
class Sample {
 public:
  explicit Sample(std::string_view name, RecordType type = RecordType::kA)
      : name_(wire_name(name)), type_(type) {
    asked_ = response(name, type).a(name, kTtl, "192.0.2.1").wire();
    const auto parsed = wire::parse_response(as_bytes(asked_), {as_bytes(name_), type_});
    stored_ = parsed->stored;
  }

  Key key() const { return {.qname = as_bytes(name_), .qtype = type_}; }
  CachedAnswer answer(AnswerId id = 1) const { return {stored_.view(), id, kTtl}; }
  const std::string& message() const { return stored_.message; }

 private:
  std::string name_;
  RecordType type_;
  std::string asked_;
  wire::StoredResponse stored_;
};

AnswerId found(AnswerCache& cache, const Key& key, MonotonicTime now = kNow) {
  const auto hit = cache.find(key, now);
  return hit ? hit->answer.answer : 0;
}

TEST(AnswerCache, keeps_apart_what_different_groups_of_upstreams_said) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  Key other = sample.key();
  other.group = 1;
  cache.insert(sample.key(), sample.answer(42), kTtl, kNow);
  EXPECT_EQ(found(cache, other), 0U);
  EXPECT_FALSE(cache.find_stale(other, kNow).has_value());
  cache.insert(other, sample.answer(43), kTtl, kNow);
  EXPECT_EQ(found(cache, sample.key()), 42U);
  EXPECT_EQ(found(cache, other), 43U);
  EXPECT_EQ(cache.flush(DomainName::from_text("example").value(), AnswerCache::Extent::kSubtree),
            2U);
}

TEST(AnswerCache, gives_back_what_was_kept) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  cache.insert(sample.key(), sample.answer(42), kTtl, kNow);
  const auto hit = cache.find(sample.key(), kNow);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(as_text(hit->answer.response.message), sample.message());
  EXPECT_EQ(hit->answer.response.additional_at, sample.answer().response.additional_at);
  EXPECT_TRUE(
      std::ranges::equal(hit->answer.response.ttl_offsets, sample.answer().response.ttl_offsets));
  EXPECT_EQ(hit->answer.answer, 42U);
  EXPECT_EQ(hit->answer.validity_s, kTtl);
  EXPECT_EQ(hit->age_s, 0U);
}

TEST(AnswerCache, keeps_what_was_withheld_and_why) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  const std::vector<IpAddress> withheld = {IpAddress::v4(0x0A000001), IpAddress::v4(0x0A000002)};
  CachedAnswer answer = sample.answer();
  EXPECT_TRUE(answer.withheld.empty());
  answer.rebinding = true;
  answer.withheld = withheld;
  cache.insert(sample.key(), answer, kTtl, kNow);
  const auto hit = cache.find(sample.key(), kNow);
  ASSERT_TRUE(hit.has_value());
  EXPECT_TRUE(hit->answer.rebinding);
  EXPECT_TRUE(std::ranges::equal(hit->answer.withheld, withheld));
  EXPECT_EQ(as_text(hit->answer.response.message), sample.message());
}

TEST(AnswerCache, finds_a_name_in_any_spelling) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.Example");
  cache.insert(sample.key(), sample.answer(), kTtl, kNow);
  EXPECT_NE(found(cache, Sample("WWW.eXAMPLE").key()), 0U);
}

TEST(AnswerCache, keeps_what_changes_the_answer_apart) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  cache.insert(sample.key(), sample.answer(), kTtl, kNow);
  Key other = sample.key();
  other.dnssec_ok = true;
  EXPECT_EQ(found(cache, other), 0U);
  other = sample.key();
  other.checking_disabled = true;
  EXPECT_EQ(found(cache, other), 0U);
  other = sample.key();
  other.qtype = RecordType::kAaaa;
  EXPECT_EQ(found(cache, other), 0U);
  other = sample.key();
  other.qclass = RecordClass::kChaos;
  EXPECT_EQ(found(cache, other), 0U);
  EXPECT_EQ(found(cache, Sample("example").key()), 0U);
}

TEST(AnswerCache, tells_the_age_in_whole_seconds) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  cache.insert(sample.key(), sample.answer(), kTtl, kNow);
  EXPECT_EQ(cache.find(sample.key(), kNow + Milliseconds(999))->age_s, 0U);
  EXPECT_EQ(cache.find(sample.key(), kNow + Milliseconds(1000))->age_s, 1U);
}

TEST(AnswerCache, forgets_when_the_time_is_over) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  cache.insert(sample.key(), sample.answer(), kTtl, kNow);
  EXPECT_NE(found(cache, sample.key(), kNow + Seconds(kTtl) - Microseconds(1)), 0U);
  EXPECT_EQ(found(cache, sample.key(), kNow + Seconds(kTtl)), 0U);
}

TEST(AnswerCache, keeps_nothing_for_a_time_of_zero_and_drops_what_was_there) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  cache.insert(sample.key(), sample.answer(), kTtl, kNow);
  cache.insert(sample.key(), sample.answer(), 0, kNow);
  EXPECT_EQ(found(cache, sample.key()), 0U);
  EXPECT_EQ(cache.counters().entries, 0U);
}

TEST(AnswerCache, a_newer_answer_replaces_the_older) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  cache.insert(sample.key(), sample.answer(1), kTtl, kNow);
  cache.insert(sample.key(), sample.answer(2), kTtl, kNow + Seconds(5));
  EXPECT_EQ(found(cache, sample.key(), kNow + Seconds(5)), 2U);
  EXPECT_EQ(cache.find(sample.key(), kNow + Seconds(5))->age_s, 0U);
  EXPECT_EQ(cache.counters().entries, 1U);
}

TEST(AnswerCache, of_no_size_keeps_nothing) {
  AnswerCache cache(0, kSeed);
  const Sample sample("www.example");
  cache.insert(sample.key(), sample.answer(), kTtl, kNow);
  EXPECT_EQ(found(cache, sample.key()), 0U);
}

TEST(AnswerCache, clear_leaves_nothing) {
  AnswerCache cache(kPlenty, kSeed);
  const size_t empty = cache.counters().bytes;
  const Sample sample("www.example");
  cache.insert(sample.key(), sample.answer(), kTtl, kNow);
  EXPECT_GT(cache.counters().bytes, empty);
  cache.clear();
  EXPECT_EQ(found(cache, sample.key()), 0U);
  EXPECT_EQ(cache.counters().bytes, empty);
  EXPECT_EQ(cache.counters().entries, 0U);
}

TEST(AnswerCache, counts_hits_misses_and_insertions) {
  AnswerCache cache(kPlenty, kSeed);
  const Sample sample("www.example");
  found(cache, sample.key());
  cache.insert(sample.key(), sample.answer(), kTtl, kNow);
  found(cache, sample.key());
  found(cache, sample.key(), kNow + Seconds(kTtl));
  const Counters counters = cache.counters();
  EXPECT_EQ(counters.hits, 1U);
  EXPECT_EQ(counters.misses, 2U);
  EXPECT_EQ(counters.insertions, 1U);
  EXPECT_EQ(counters.evictions, 0U);
}

// A cache for a few thousand answers, and floods of names asked once.
class Crowded : public ::testing::Test {
 protected:
  static constexpr size_t kRoom = size_t{512} << 10;

  static std::string name(const char* prefix, unsigned i) {
    return prefix + std::to_string(i) + ".example";
  }

  // Asks as a forwarder does: what is not found is fetched and kept. True for a hit.
  bool ask(const std::string& qname, MonotonicTime now = kNow) {
    const Sample sample(qname);
    if (cache_.find(sample.key(), now)) {
      return true;
    }
    cache_.insert(sample.key(), sample.answer(), kTtl, now);
    return false;
  }

  void flood(unsigned names) {
    for (unsigned i = 0; i < names; ++i) {
      ask(name("flood", flooded_++));
    }
  }

  AnswerCache cache_{kRoom, kSeed};
  unsigned flooded_ = 0;
};

TEST_F(Crowded, never_takes_more_than_its_room) {
  for (unsigned i = 0; i < 20'000; ++i) {
    ask(name("n", i));
    ASSERT_LE(cache_.counters().bytes, kRoom);
  }
  EXPECT_GT(cache_.counters().evictions, 10'000U);
  EXPECT_GT(cache_.counters().bytes, kRoom * 9 / 10) << "and makes use of it";
}

TEST_F(Crowded, an_ordinary_answer_costs_at_most_250_bytes) {
  flood(20'000);
  EXPECT_LE(cache_.counters().bytes / cache_.counters().entries, 250U);
}

TEST_F(Crowded, what_is_asked_often_outlives_a_flood_of_names_asked_once) {
  constexpr unsigned kPopular = 200;
  for (unsigned round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < kPopular; ++i) {
      ask(name("popular", i));
    }
  }
  flood(50'000);
  unsigned hits = 0;
  for (unsigned i = 0; i < kPopular; ++i) {
    hits += ask(name("popular", i)) ? 1U : 0U;
  }
  EXPECT_EQ(hits, kPopular);
}

TEST_F(Crowded, a_name_that_comes_back_soon_is_kept_for_good) {
  flood(20'000);
  ask("returning.example");
  flood(static_cast<unsigned>(cache_.counters().entries) + 10);
  EXPECT_FALSE(ask("returning.example")) << "it had to go, and left a ghost";
  flood(20'000);
  EXPECT_TRUE(ask("returning.example"));
}

TEST_F(Crowded, answers_past_their_time_go_first) {
  for (unsigned round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 200; ++i) {
      ask(name("old", i));
    }
  }
  const MonotonicTime later = kNow + Seconds(kTtl);
  for (unsigned i = 0; cache_.counters().evictions < 200; ++i) {
    ask(name("new", i), later);
  }
  EXPECT_TRUE(ask(name("new", 0), later)) << "the old ones made room for it";
}

TEST_F(Crowded, an_insertion_stays_cheap_when_everything_is_in_use) {
  for (unsigned i = 0; cache_.counters().evictions < 5'000; ++i) {
    for (unsigned times = 0; times < 4; ++times) {
      ask(name("used", i));
    }
  }
  EXPECT_LE(cache_.counters().bytes, kRoom);
}

TEST_F(Crowded, an_answer_larger_than_the_room_is_not_kept) {
  AnswerCache small(400, kSeed);
  const Sample sample("www.example");
  small.insert(sample.key(), sample.answer(), kTtl, kNow);
  EXPECT_NE(found(small, sample.key()), 0U);
  AnswerCache smaller(100, kSeed);
  smaller.insert(sample.key(), sample.answer(), kTtl, kNow);
  EXPECT_EQ(found(smaller, sample.key()), 0U);
}

}  // namespace
}  // namespace etymon::cache

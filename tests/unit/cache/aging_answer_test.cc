// Towards the end of an answer's life and after it: refreshing, stale answers; and flushing.
#include <gtest/gtest.h>

#include <deque>

#include "resolver/cache/answer_cache.h"
#include "tests/support/dns_messages.h"

namespace etymon::cache {
namespace {

constexpr uint32_t kTtl = 100;
constexpr MonotonicTime kStart{Seconds(1000)};

class AgingAnswer : public ::testing::Test {
 protected:
  void keep(const std::string& name, bool failure = false, RecordType type = RecordType::kA) {
    const std::string wire_name = DomainName::from_text(name).value().wire();
    const std::string message = testing::response(name, type).wire();
    const auto parsed = wire::parse_response(as_bytes(message), {as_bytes(wire_name), type});
    cache_.insert({.qname = as_bytes(wire_name), .qtype = type},
                  {parsed->stored.view(), 1, kTtl, failure}, kTtl, kStart);
  }

  // The key of a name whose octets last as long as the test.
  Key key(const std::string& name, RecordType type = RecordType::kA) {
    names_.push_back(DomainName::from_text(name).value().wire());
    return {.qname = as_bytes(names_.back()), .qtype = type};
  }

  std::optional<Hit> find_after(uint32_t seconds) {
    return cache_.find(key("www.example"), kStart + Seconds(seconds));
  }
  std::optional<Hit> stale_after(uint32_t seconds) {
    return cache_.find_stale(key("www.example"), kStart + Seconds(seconds));
  }
  bool has(const std::string& name, RecordType type = RecordType::kA) {
    return cache_.find(key(name, type), kStart).has_value();
  }
  size_t flush(const std::string& name, AnswerCache::Extent extent) {
    return cache_.flush(DomainName::from_text(name).value(), extent);
  }

  std::deque<std::string> names_;
  AnswerCache cache_{size_t{1} << 20, 7, {.stale_s = 50, .refresh_percent = 10}};
};

TEST_F(AgingAnswer, is_found_as_stale_after_its_time_and_as_long_as_is_set) {
  keep("www.example");
  EXPECT_FALSE(stale_after(99)->stale);
  EXPECT_FALSE(find_after(100).has_value());
  ASSERT_TRUE(stale_after(100).has_value());
  EXPECT_TRUE(stale_after(100)->stale);
  EXPECT_EQ(stale_after(149)->age_s, 149U);
  EXPECT_FALSE(stale_after(150).has_value());
}

TEST_F(AgingAnswer, that_is_a_failure_is_never_stale) {
  keep("www.example", true);
  EXPECT_TRUE(find_after(99)->answer.failure);
  EXPECT_FALSE(stale_after(99).has_value());
  EXPECT_FALSE(stale_after(100).has_value());
}

TEST_F(AgingAnswer, is_due_for_a_refresh_in_the_last_tenth_when_it_was_asked_often) {
  keep("www.example");
  EXPECT_FALSE(find_after(95)->refresh_due) << "asked once";
  find_after(1);
  find_after(2);
  EXPECT_FALSE(find_after(89)->refresh_due);
  EXPECT_TRUE(find_after(90)->refresh_due);
}

TEST_F(AgingAnswer, is_not_due_while_a_refresh_is_put_off) {
  keep("www.example");
  cache_.put_off_refresh(key("www.example"), 30, kStart + Seconds(90));
  EXPECT_FALSE(stale_after(119)->refresh_due);
  EXPECT_TRUE(stale_after(120)->refresh_due);
}

TEST_F(AgingAnswer, is_flushed_by_its_name_whatever_the_type) {
  keep("www.example");
  keep("www.example", false, RecordType::kAaaa);
  keep("a.www.example");
  keep("www.example.net");
  EXPECT_EQ(flush("WWW.Example", AnswerCache::Extent::kName), 2U);
  EXPECT_FALSE(has("www.example"));
  EXPECT_FALSE(has("www.example", RecordType::kAaaa));
  EXPECT_TRUE(has("a.www.example"));
  EXPECT_TRUE(has("www.example.net"));
  EXPECT_EQ(cache_.counters().entries, 2U);
}

TEST_F(AgingAnswer, is_flushed_with_the_subtree_it_is_in) {
  keep("example");
  keep("www.example");
  keep("a.b.example");
  keep("myexample");
  keep("example.net");
  EXPECT_EQ(flush("example", AnswerCache::Extent::kSubtree), 3U);
  EXPECT_TRUE(has("myexample"));
  EXPECT_TRUE(has("example.net"));
  EXPECT_EQ(flush(".", AnswerCache::Extent::kSubtree), 2U);
  EXPECT_EQ(cache_.counters().entries, 0U);
}

}  // namespace
}  // namespace etymon::cache

// Which packet is the response to the question that was asked (RFC 5452 section 9.1).
#include <gtest/gtest.h>

#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using testing::response;

constexpr uint16_t kId = 0x4242;

class Matches : public ::testing::Test {
 protected:
  bool match(const std::string& message) const { return matches(as_bytes(message), kId, asked_); }

  MessageBuilder good_ = response("wWw.eXample", RecordType::kA).id(kId);

 private:
  std::string qname_ = wire_name("wWw.eXample");
  AskedQuestion asked_{as_bytes(qname_), RecordType::kA, RecordClass::kIn};
};

TEST_F(Matches, the_response_to_the_very_question) {
  EXPECT_TRUE(match(good_.wire()));
}

TEST_F(Matches, no_other_id) {
  EXPECT_FALSE(match(good_.id(kId + 1).wire()));
}

TEST_F(Matches, no_query) {
  EXPECT_FALSE(match(good_.flags(kFlagRd).wire()));
}

TEST_F(Matches, no_other_opcode) {
  EXPECT_FALSE(match(good_.flags(0x8180 | 5 << 11).wire()));
}

TEST_F(Matches, no_other_name) {
  EXPECT_FALSE(match(response("wWw.eXamplf", RecordType::kA).id(kId).wire()));
}

TEST_F(Matches, no_other_spelling_so_that_0x20_counts) {
  EXPECT_FALSE(match(response("www.example", RecordType::kA).id(kId).wire()));
}

TEST_F(Matches, no_other_type) {
  EXPECT_FALSE(match(response("wWw.eXample", RecordType::kAaaa).id(kId).wire()));
}

TEST_F(Matches, no_other_class) {
  std::string message = good_.wire();
  message.back() = 3;
  EXPECT_FALSE(match(message));
}

TEST_F(Matches, no_empty_question_section) {
  std::string message = good_.wire();
  message[5] = 0;
  EXPECT_FALSE(match(message));
  EXPECT_FALSE(match(message.substr(0, kHeaderSize)));
}

TEST_F(Matches, no_second_question) {
  std::string message = good_.wire();
  message += message.substr(kHeaderSize);
  message[5] = 2;
  EXPECT_FALSE(match(message));
}

TEST_F(Matches, nothing_that_is_cut) {
  for (size_t size = 0; size < good_.wire().size(); ++size) {
    EXPECT_FALSE(match(good_.wire().substr(0, size))) << "cut at " << size;
  }
}

constexpr uint32_t kUpperBit = 1U << 24;  // of the OPT's TTL: rcodes from 16 on

TEST(RcodeAtAGlance, has_the_upper_bits_of_an_answer_that_is_none) {
  const auto bad_version = response("example", RecordType::kA).opt(1232, kUpperBit).wire();
  EXPECT_EQ(rcode_at_a_glance(as_bytes(bad_version)), Rcode::kBadVers);
}

TEST(RcodeAtAGlance, is_the_one_in_the_header_without_an_opt_or_with_records) {
  const auto plain = response("example", RecordType::kA).flags(0x8183).wire();
  EXPECT_EQ(rcode_at_a_glance(as_bytes(plain)), Rcode::kNxDomain);
  const auto answered =
      response("example", RecordType::kA).a("example", 60, "192.0.2.1").opt(1232).wire();
  EXPECT_EQ(rcode_at_a_glance(as_bytes(answered)), Rcode::kNoError);
}

TEST(RcodeAtAGlance, reads_nothing_behind_the_end) {
  const auto whole = response("example", RecordType::kA).opt(1232, kUpperBit).wire();
  for (size_t size = kHeaderSize; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_EQ(rcode_at_a_glance(as_bytes(cut)), Rcode::kNoError) << size;
  }
}

}  // namespace
}  // namespace etymon::wire

// Responses that are an error, whatever else they say.
#include <gtest/gtest.h>

#include "resolver/wire/name.h"
#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using testing::response;

constexpr auto kAnswer = MessageBuilder::kAnswer;
constexpr auto kAdditional = MessageBuilder::kAdditional;

bool is_rejected(const std::string& message, RecordType type = RecordType::kA) {
  const auto parsed = parse(message, "a.example", type);
  return !parsed.ok() && parsed.error().code == ErrorCode::kInvalidArgument;
}

std::string good() {
  return response("a.example", RecordType::kA).a("a.example", 60, "192.0.2.1").opt(1232).wire();
}

// A message whose only record, of the asked type, holds `rdata`.
std::string with_data(RecordType type, std::string_view rdata) {
  return response("a.example", type).record(kAnswer, "a.example", type, 60, rdata).wire();
}

TEST(Rejected, not_the_good_message_that_the_others_vary) {
  EXPECT_FALSE(is_rejected(good()));
}

TEST(Rejected, cut_anywhere) {
  for (size_t size = 0; size < good().size(); ++size) {
    EXPECT_TRUE(is_rejected(good().substr(0, size))) << "cut at " << size;
  }
}

TEST(Rejected, no_question_and_two_questions) {
  std::string message = good();
  message[5] = 0;
  EXPECT_TRUE(is_rejected(message));
  message[5] = 2;
  EXPECT_TRUE(is_rejected(message));
}

TEST(Rejected, another_question) {
  EXPECT_TRUE(is_rejected(good(), RecordType::kAaaa));
  EXPECT_TRUE(is_rejected(response("A.example", RecordType::kA).wire())) << "0x20";
}

TEST(Rejected, a_query) {
  EXPECT_TRUE(is_rejected(response("a.example", RecordType::kA).flags(kFlagRd).wire()));
}

TEST(Rejected, counts_beyond_the_bytes) {
  for (const size_t count_at : {6U, 8U, 10U}) {
    std::string message = good();
    message[count_at] = '\xFF';
    EXPECT_TRUE(is_rejected(message)) << "count at " << count_at;
  }
}

TEST(Rejected, more_than_one_opt) {
  EXPECT_TRUE(is_rejected(response("a.example", RecordType::kA).opt(1232).opt(1232).wire()));
}

TEST(Rejected, an_opt_away_from_the_root) {
  std::string message = response("a.example", RecordType::kA).wire();
  append_raw(message, kAdditional, wire_name("a"), RecordType::kOpt, "");
  EXPECT_TRUE(is_rejected(message));
}

TEST(Rejected, an_opt_in_the_answer_section) {
  std::string message = response("a.example", RecordType::kA).wire();
  append_raw(message, kAnswer, wire_name("."), RecordType::kOpt, "");
  EXPECT_TRUE(is_rejected(message));
}

bool owner_is_rejected(std::string_view owner) {
  std::string message = response("a.example", RecordType::kA).wire();
  append_raw(message, kAnswer, owner, RecordType::kTxt, std::string("\1x"));
  return is_rejected(message);
}

TEST(Rejected, pointers_that_do_not_lead_backwards) {
  const size_t owner_at = response("a.example", RecordType::kA).wire().size();
  EXPECT_FALSE(owner_is_rejected(pointer_to(kHeaderSize)));
  EXPECT_TRUE(owner_is_rejected(pointer_to(owner_at))) << "to itself";
  EXPECT_TRUE(owner_is_rejected(pointer_to(owner_at + 2))) << "forwards";
  EXPECT_TRUE(owner_is_rejected("\1x" + pointer_to(owner_at))) << "in a circle";
  EXPECT_TRUE(owner_is_rejected(pointer_to(4))) << "into the header";
}

TEST(Rejected, a_pointer_into_a_ttl_which_would_change_as_it_ages) {
  const MessageBuilder first =
      response("a.example", RecordType::kA).a("a.example", 60, "192.0.2.1");
  std::string message = first.wire();
  const size_t ttl_at = message.size() - 10;
  append_raw(message, kAdditional, pointer_to(ttl_at), RecordType::kA, v4_data("192.0.2.2"));
  EXPECT_TRUE(is_rejected(message));
}

TEST(Rejected, unknown_label_types) {
  EXPECT_TRUE(owner_is_rejected("\x41\1\1"));  // RFC 2673, historic
  EXPECT_TRUE(owner_is_rejected(std::string("\x80\0", 2)));
}

TEST(Rejected, names_longer_than_255_octets) {
  const std::string label = std::string(1, '\x3F') + std::string(63, 'x');
  const std::string pointer = pointer_to(kHeaderSize);  // 11 octets: 1 a 7 example 0
  EXPECT_FALSE(owner_is_rejected(label + label + label + std::string(1, '\x33') +
                                 std::string(51, 'x') + pointer));
  EXPECT_TRUE(owner_is_rejected(label + label + label + std::string(1, '\x34') +
                                std::string(52, 'x') + pointer));
}

TEST(Rejected, addresses_of_the_wrong_length) {
  EXPECT_TRUE(is_rejected(with_data(RecordType::kA, "123")));
  EXPECT_TRUE(is_rejected(with_data(RecordType::kA, "12345")));
  EXPECT_TRUE(is_rejected(with_data(RecordType::kAaaa, "1234"), RecordType::kAaaa));
  EXPECT_TRUE(is_rejected(with_data(RecordType::kA, "")));
}

TEST(Rejected, names_in_data_that_leave_it_or_do_not_fill_it) {
  const std::string whole = wire_name("b.example");
  const auto cname = RecordType::kCname;
  EXPECT_FALSE(is_rejected(with_data(cname, whole), cname));
  EXPECT_TRUE(is_rejected(with_data(cname, whole.substr(0, 5)), cname));
  EXPECT_TRUE(is_rejected(with_data(cname, whole + "x"), cname));
  EXPECT_TRUE(is_rejected(with_data(RecordType::kMx, "\1"), RecordType::kMx));
  EXPECT_TRUE(is_rejected(with_data(RecordType::kSoa, whole + whole), RecordType::kSoa));
}

TEST(Rejected, character_strings_that_leave_the_data) {
  const auto txt = RecordType::kTxt;
  EXPECT_FALSE(is_rejected(with_data(txt, std::string("\0\3abc", 5)), txt));
  EXPECT_TRUE(is_rejected(with_data(txt, "\4abc"), txt));
}

TEST(ExpandName, joins_the_parts_in_lower_case_and_tells_where_the_name_ends) {
  std::string message(kHeaderSize, '\0');
  message += wire_name("Example.ORG");
  const size_t at = message.size();
  message += "\3WwW" + pointer_to(kHeaderSize) + "next";
  NameBuffer name;
  EXPECT_EQ(expand_name(as_bytes(message), at, name), at + 6);
  EXPECT_EQ(name.view(), wire_name("www.example.org"));
}

TEST(ExpandName, follows_no_more_pointers_than_a_name_can_have_labels) {
  std::string message(kHeaderSize, '\0');
  message += '\0';
  size_t last = kHeaderSize;
  for (unsigned i = 0; i < kJumpMax + 1; ++i) {
    const size_t at = message.size();
    message += pointer_to(last);
    last = at;
  }
  NameBuffer name;
  EXPECT_NE(expand_name(as_bytes(message), last - 2, name), 0U);
  EXPECT_EQ(expand_name(as_bytes(message), last, name), 0U);
}

}  // namespace
}  // namespace etymon::wire

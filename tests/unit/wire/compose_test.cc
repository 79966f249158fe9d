// Messages that we make up: questions to upstreams and answers without records.
#include "resolver/wire/compose.h"

#include <gtest/gtest.h>

#include "tests/support/fakes.h"
#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using testing::kDnssecOk;
using testing::query;
using testing::SeededRandom;

std::string written(const UpstreamQuery& query) {
  uint8_t out[kUpstreamQueryMax];
  return std::string(as_text({out, write_upstream_query(query, out)}));
}

constexpr uint16_t kAsked = kFlagRd | kFlagAd;

// AD whoever asks: the answer is kept for those who want to see it.
TEST(UpstreamQuestion, asks_for_recursion_and_ad_with_an_opt_of_1232_octets) {
  const std::string name = wire_name("www.example");
  EXPECT_EQ(written({.id = 0x1234, .qname = as_bytes(name), .qtype = RecordType::kA}),
            query("www.example", RecordType::kA, 0x1234).flags(kAsked).opt(1232).wire());
}

TEST(UpstreamQuestion, says_cd_and_do_when_told) {
  const std::string name = wire_name("www.example");
  EXPECT_EQ(
      written({.id = 1, .qname = as_bytes(name), .checking_disabled = true, .dnssec_ok = true}),
      query("www.example", RecordType::kA, 1)
          .flags(kFlagRd | kFlagCd | kFlagAd)
          .opt(1232, kDnssecOk)
          .wire());
}

TEST(UpstreamQuestion, goes_without_opt_to_an_upstream_that_knows_none) {
  const std::string name = wire_name("www.example");
  EXPECT_EQ(written({.id = 1, .qname = as_bytes(name), .edns = false}),
            query("www.example", RecordType::kA, 1).flags(kAsked).wire());
}

TEST(UpstreamQuestion, has_room_for_the_longest_name) {
  const std::string label = std::string(1, '\x3F') + std::string(63, 'a');
  const std::string longest =
      label + label + label + std::string(1, '\x3D') + std::string(61, 'a') + std::string(1, '\0');
  const std::string cookie(kCookieMax, 'c');
  const std::string subnet(kClientSubnetMax, 's');
  EXPECT_EQ(written({.qname = as_bytes(longest),
                     .cookie = as_bytes(cookie),
                     .client_subnet = as_bytes(subnet)})
                .size(),
            kUpstreamQueryMax);
}

std::span<uint8_t> writable(std::string& text) {
  return {reinterpret_cast<uint8_t*>(text.data()), text.size()};
}

TEST(RandomCase, changes_letters_only_and_nothing_but_their_case) {
  SeededRandom random(1);
  const std::string before =
      wire_name("a1-b_c\\000\\196.@[`{.zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
  std::string name = before;
  randomise_case(writable(name), random);
  EXPECT_NE(name, before);
  EXPECT_TRUE(same_name(as_bytes(name), as_bytes(before)));
}

TEST(RandomCase, gives_every_letter_both_cases) {
  SeededRandom random(2);
  const std::string letters = "abcdefghijklmnopqrstuvwxyzabcdefghijklmn";  // more than 32
  std::vector<unsigned> upper(letters.size());
  constexpr unsigned kRounds = 200;
  for (unsigned round = 0; round < kRounds; ++round) {
    std::string name = wire_name(letters);
    randomise_case(writable(name), random);
    for (size_t i = 0; i < letters.size(); ++i) {
      upper[i] += name[i + 1] != letters[i] ? 1U : 0U;
    }
  }
  for (const unsigned count : upper) {
    // Half of 200 with a deviation of 7: five deviations either way.
    EXPECT_NEAR(count, kRounds / 2.0, 35);
  }
}

class EmptyReply : public ::testing::Test {
 protected:
  std::string reply_to(const MessageBuilder& message, Rcode rcode,
                       std::optional<ExtendedError> extended = {}, size_t room = 512) {
    QueryView view;
    read_query(message.bytes(), view);
    std::string out(room, '\xEE');
    out.resize(write_empty_reply(view, rcode, {.error = extended},
                                 reinterpret_cast<uint8_t*>(out.data()), room));
    return out;
  }
};

TEST_F(EmptyReply, repeats_id_question_rd_and_cd) {
  const std::string reply =
      reply_to(query("Www.example", RecordType::kTxt, 7).flags(kFlagRd | kFlagCd | kFlagAd),
               Rcode::kRefused);
  EXPECT_EQ(reply, query("Www.example", RecordType::kTxt, 7)
                       .flags(kFlagQr | kFlagRa | kFlagRd | kFlagCd | 5)
                       .wire());
}

TEST_F(EmptyReply, carries_an_opt_when_the_client_did) {
  EXPECT_EQ(reply_to(query("a", RecordType::kA, 7).opt(4096, kDnssecOk), Rcode::kServFail),
            query("a", RecordType::kA, 7).flags(0x8182).opt(1232, kDnssecOk).wire());
}

TEST_F(EmptyReply, explains_itself_in_the_opt_by_rfc_8914) {
  const std::string explanation("\0\x0F\0\x02\0\x16", 6);
  EXPECT_EQ(reply_to(query("a", RecordType::kA, 7).opt(4096), Rcode::kServFail,
                     ExtendedError::kNoReachableAuthority),
            query("a", RecordType::kA, 7).flags(0x8182).opt(1232, 0, explanation).wire());
  EXPECT_EQ(reply_to(query("a", RecordType::kA, 7), Rcode::kServFail,
                     ExtendedError::kNoReachableAuthority),
            query("a", RecordType::kA, 7).flags(0x8182).wire());
}

TEST_F(EmptyReply, badvers_names_the_version_that_we_speak) {
  constexpr uint32_t kVersionOne = 0x0001'0000;
  constexpr uint32_t kBadVersUpper = 0x0100'0000;
  EXPECT_EQ(reply_to(query("a", RecordType::kA, 7).opt(1232, kVersionOne), Rcode::kBadVers),
            query("a", RecordType::kA, 7).flags(0x8180).opt(1232, kBadVersUpper).wire());
}

TEST_F(EmptyReply, to_an_unreadable_question_is_a_header) {
  MessageBuilder message = query("a", RecordType::kA, 7);
  QueryView view;
  ASSERT_EQ(read_query(message.bytes().first(14), view), Triage::kFormErr);
  uint8_t out[kHeaderSize];
  EXPECT_EQ(write_empty_reply(view, Rcode::kFormErr, {}, out, sizeof out), kHeaderSize);
  EXPECT_EQ(read_header(out).qdcount, 0);
}

TEST_F(EmptyReply, repeats_the_opcode_that_is_not_implemented) {
  constexpr uint16_t kNotify = 4 << 11;
  const std::string reply = reply_to(query("a", RecordType::kA).flags(kNotify), Rcode::kNotImp);
  EXPECT_EQ(read_header(as_bytes(reply)).flags, kFlagQr | kFlagRa | kNotify | 4);
}

TEST(OwnReply, has_one_record_at_the_asked_name) {
  const MessageBuilder asked = query("id.server", RecordType::kTxt, 7);
  QueryView view;
  read_query(asked.bytes(), view);
  uint8_t out[kOwnReplyMax];
  const size_t size =
      write_own_reply(view, {.type = RecordType::kTxt, .ttl_s = 5, .rdata = as_bytes("\4hall")}, {},
                      out, sizeof out);
  const std::string record("\xC0\x0C\0\x10\0\1\0\0\0\5\0\5\4hall", 17);
  std::string expected = query("id.server", RecordType::kTxt, 7).flags(0x8180).wire() + record;
  expected[7] = 1;  // ANCOUNT
  EXPECT_EQ(as_text({out, size}), expected);
}

TEST(OwnReply, with_everything_in_it_fits_the_smallest_datagram) {
  const std::string label = std::string(1, '\x3F') + std::string(63, 'a');
  std::string name = label + label + label + std::string(1, '\x3D') + std::string(61, 'a');
  name += '\0';
  QueryView view;
  view.qname = as_bytes(name);
  view.edns = Edns();
  const std::string server_id(kServerIdMax, 'x');
  uint8_t out[kPlainUdpMax];
  const std::string text(kErrorTextMax, 'y');
  const ReplyOptions all{.error = ExtendedError::kStaleAnswer,
                         .error_text = text,
                         .server_id = server_id,
                         .cookie = ReplyCookie{},
                         .keepalive_100ms = 100};
  EXPECT_GT(write_empty_reply(view, Rcode::kServFail, all, out, sizeof out), 0U);
}

TEST(TruncatedReply, is_no_larger_than_its_query) {
  const MessageBuilder asked = query("www.example", RecordType::kA, 7).opt(4096);
  QueryView view;
  read_query(asked.bytes(), view);
  uint8_t out[kOwnReplyMax];
  const size_t size = write_truncated_reply(view, {}, out, sizeof out);
  EXPECT_LE(size, asked.wire().size());
  EXPECT_NE(read_header({out, size}).flags & kFlagTc, 0);
}

TEST(ReplyOptions, stand_in_the_opt_one_behind_the_other) {
  const ReplyOptions options{
      .error = ExtendedError::kStaleAnswer, .server_id = "hall", .keepalive_100ms = 300};
  std::string out(options.size(), '\xEE');
  options.write(reinterpret_cast<uint8_t*>(out.data()));
  EXPECT_EQ(out, std::string("\0\3\0\4hall\0\x0B\0\2\1\x2C\0\x0F\0\2\0\3", 20));
}

TEST_F(EmptyReply, is_nothing_when_it_does_not_fit) {
  EXPECT_EQ(reply_to(query("a", RecordType::kA), Rcode::kServFail, {}, 18), "");
}

}  // namespace
}  // namespace etymon::wire

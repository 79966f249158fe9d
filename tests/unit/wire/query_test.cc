// Queries as clients send them: which are worked on, which are refused, which are not answered.
#include <gtest/gtest.h>

#include "resolver/wire/message.h"
#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using testing::kDnssecOk;
using testing::MessageBuilder;
using testing::query;

constexpr uint32_t kVersionOne = 0x0001'0000;  // within the OPT record's TTL

Triage triage(std::string_view message) {
  QueryView view;
  return read_query(as_bytes(message), view);
}

TEST(ReadQuery, understands_an_ordinary_question) {
  const MessageBuilder message = query("WWW.Example.org", RecordType::kAaaa, 0xBEEF);
  QueryView view;
  ASSERT_EQ(read_query(message.bytes(), view), Triage::kAnswer);
  EXPECT_EQ(view.header.id, 0xBEEF);
  EXPECT_EQ(as_text(view.qname), wire_name("WWW.Example.org"));
  EXPECT_EQ(view.qtype, RecordType::kAaaa);
  EXPECT_EQ(view.qclass, RecordClass::kIn);
  EXPECT_TRUE(view.recursion_desired());
  EXPECT_FALSE(view.checking_disabled());
  EXPECT_FALSE(view.edns.has_value());
}

TEST(ReadQuery, understands_a_question_for_the_root) {
  QueryView view;
  ASSERT_EQ(read_query(query(".", RecordType::kNs).bytes(), view), Triage::kAnswer);
  EXPECT_EQ(view.qname.size(), 1U);
}

TEST(ReadQuery, accepts_a_name_of_255_octets_and_refuses_one_of_256) {
  const std::string label = std::string(1, '\x3F') + std::string(63, 'a');
  const std::string longest =
      label + label + label + std::string(1, '\x3D') + std::string(61, 'a') + std::string(1, '\0');
  ASSERT_EQ(longest.size(), 255U);
  const std::string header = query(".", RecordType::kA).wire().substr(0, kHeaderSize);
  const std::string tail("\0\1\0\1", 4);
  EXPECT_EQ(triage(header + longest + tail), Triage::kAnswer);
  const std::string too_long =
      label + label + label + std::string(1, '\x3E') + std::string(62, 'a') + std::string(1, '\0');
  EXPECT_EQ(triage(header + too_long + tail), Triage::kFormErr);
}

TEST(ReadQuery, says_nothing_to_a_response_or_a_scrap) {
  EXPECT_EQ(triage(query("a", RecordType::kA).flags(0x8180).wire()), Triage::kDrop);
  EXPECT_EQ(triage(query("a", RecordType::kA).wire().substr(0, 11)), Triage::kDrop);
  EXPECT_EQ(triage(""), Triage::kDrop);
}

TEST(ReadQuery, does_not_implement_other_opcodes) {
  const uint16_t notify = 4 << 11;
  EXPECT_EQ(triage(query("a", RecordType::kA).flags(notify).wire()), Triage::kNotImp);
}

TEST(ReadQuery, refuses_a_message_cut_anywhere) {
  const std::string whole = query("www.example", RecordType::kA).opt(1232).wire();
  for (size_t size = kHeaderSize; size < whole.size(); ++size) {
    EXPECT_EQ(triage(whole.substr(0, size)), Triage::kFormErr) << "cut at " << size;
  }
}

TEST(ReadQuery, refuses_octets_behind_the_last_record) {
  EXPECT_EQ(triage(query("www.example", RecordType::kA).wire() + "x"), Triage::kFormErr);
}

TEST(ReadQuery, refuses_none_or_two_questions_by_rfc_9619) {
  std::string none = query(".", RecordType::kA).wire().substr(0, kHeaderSize);
  none[5] = 0;
  EXPECT_EQ(triage(none), Triage::kFormErr);
  std::string two = query(".", RecordType::kA).wire();
  two += two.substr(kHeaderSize);
  two[5] = 2;
  EXPECT_EQ(triage(two), Triage::kFormErr);
}

TEST(ReadQuery, refuses_answer_and_authority_records) {
  EXPECT_EQ(triage(query("a", RecordType::kA).a("a", 1, "192.0.2.1").wire()), Triage::kFormErr);
  EXPECT_EQ(triage(query("a", RecordType::kA).soa("a", 1, 1).wire()), Triage::kFormErr);
}

TEST(ReadQuery, refuses_a_compressed_question) {
  std::string message = query(".", RecordType::kA).wire();
  message.replace(kHeaderSize, 1, pointer_to(kHeaderSize));
  EXPECT_EQ(triage(message), Triage::kFormErr);
}

TEST(ReadQuery, keeps_the_question_of_a_refused_query_for_the_reply) {
  QueryView view;
  const MessageBuilder message = query("www.example", RecordType::kA).a("a", 1, "192.0.2.1");
  ASSERT_EQ(read_query(message.bytes(), view), Triage::kFormErr);
  EXPECT_EQ(as_text(view.qname), wire_name("www.example"));
}

TEST(ReadQueryEdns, reads_size_version_do_and_options) {
  const std::string cookie = svcb_param(10, "12345678");  // code, length, data: the same form
  const MessageBuilder message = query("a", RecordType::kA).opt(4096, kDnssecOk, cookie);
  QueryView view;
  ASSERT_EQ(read_query(message.bytes(), view), Triage::kAnswer);
  ASSERT_TRUE(view.edns.has_value());
  EXPECT_EQ(view.edns->udp_size, 4096);
  EXPECT_EQ(view.edns->version, 0);
  EXPECT_TRUE(view.dnssec_ok());
  EXPECT_EQ(as_text(view.edns->options), cookie);
}

TEST(ReadQueryEdns, reports_a_version_it_does_not_speak) {
  EXPECT_EQ(triage(query("a", RecordType::kA).opt(1232, kVersionOne).wire()), Triage::kBadVers);
}

TEST(ReadQueryEdns, refuses_a_second_opt) {
  EXPECT_EQ(triage(query("a", RecordType::kA).opt(1232).opt(1232).wire()), Triage::kFormErr);
}

TEST(ReadQueryEdns, refuses_an_opt_away_from_the_root) {
  std::string message = query("a", RecordType::kA).wire();
  append_raw(message, MessageBuilder::kAdditional, wire_name("a"), RecordType::kOpt, "");
  EXPECT_EQ(triage(message), Triage::kFormErr);
}

TEST(ReadQueryEdns, refuses_malformed_options_but_remembers_that_there_was_an_opt) {
  const MessageBuilder message =
      query("a", RecordType::kA).opt(1232, 0, std::string("\0\x0A\0\x09x", 5));
  QueryView view;
  EXPECT_EQ(read_query(message.bytes(), view), Triage::kFormErr);
  EXPECT_TRUE(view.edns.has_value());
}

TEST(ReadQueryEdns, steps_over_other_additional_records) {
  std::string message = query("a", RecordType::kA).opt(1232).wire();
  append_raw(message, MessageBuilder::kAdditional, pointer_to(kHeaderSize), RecordType::kTsig,
             "mac");
  EXPECT_EQ(triage(message), Triage::kAnswer);
}

std::string cookie_option(size_t size) {
  return std::string("\0\x0A\0", 3) + static_cast<char>(size) + std::string(size, 'c');
}

TEST(Cookie, has_8_octets_or_16_to_40) {
  for (size_t size = 0; size < 60; ++size) {
    const bool sound = size == 8 || (size >= 16 && size <= 40);
    const std::string options = cookie_option(size);
    const MessageBuilder asked = query("www.example", RecordType::kA).opt(1232, 0, options);
    QueryView view;
    EXPECT_EQ(read_query(asked.bytes(), view), sound ? Triage::kAnswer : Triage::kFormErr) << size;
    EXPECT_TRUE(!sound || as_text(view.edns->cookie) == options.substr(4));
  }
}

TEST(Cookie, is_the_first_of_several_and_found_in_any_message) {
  const std::string options = cookie_option(8) + cookie_option(16);
  const MessageBuilder asked = query("www.example", RecordType::kA).opt(1232, 0, options);
  QueryView view;
  ASSERT_EQ(read_query(asked.bytes(), view), Triage::kAnswer);
  EXPECT_EQ(view.edns->cookie.size(), 8U);
  ASSERT_TRUE(cookie_in(asked.bytes()).has_value());
  EXPECT_EQ(cookie_in(asked.bytes())->size(), 8U);
  for (size_t size = 0; size < asked.wire().size(); ++size) {
    EXPECT_FALSE(cookie_in(asked.bytes().first(size)).has_value()) << size;
  }
}

TEST(UdpLimit, is_the_clients_size_within_512_and_1232) {
  QueryView view;
  EXPECT_EQ(view.udp_limit(), 512U);
  view.edns = Edns{.udp_size = 100};
  EXPECT_EQ(view.udp_limit(), 512U);
  view.edns->udp_size = 800;
  EXPECT_EQ(view.udp_limit(), 800U);
  view.edns->udp_size = 4096;
  EXPECT_EQ(view.udp_limit(), 1232U);
}

TEST(AuthenticDataWanted, needs_ad_or_do_by_rfc_6840) {
  QueryView view;
  EXPECT_FALSE(view.authentic_data_wanted());
  view.header.flags = kFlagAd;
  EXPECT_TRUE(view.authentic_data_wanted());
  view.header.flags = 0;
  view.edns = Edns{.dnssec_ok = true};
  EXPECT_TRUE(view.authentic_data_wanted());
}

TEST(SameName, ignores_ascii_case_only) {
  EXPECT_TRUE(same_name(as_bytes(wire_name("WwW.example")), as_bytes(wire_name("www.EXAMPLE"))));
  EXPECT_FALSE(same_name(as_bytes(wire_name("www.example")), as_bytes(wire_name("wwx.example"))));
  EXPECT_FALSE(same_name(as_bytes(wire_name("a")), as_bytes(wire_name("a.a"))));
  EXPECT_FALSE(same_name(as_bytes(wire_name("\\196")), as_bytes(wire_name("\\228"))));
}

}  // namespace
}  // namespace etymon::wire

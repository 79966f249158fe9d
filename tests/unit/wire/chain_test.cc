// Which records of a response are its answer, and the chain they form.
#include <gmock/gmock.h>

#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using ::testing::ElementsAre;
using testing::response;

constexpr auto kAnswer = MessageBuilder::kAnswer;

TEST(Chain, is_the_asked_name_alone_when_it_owns_the_records) {
  const auto parsed =
      parse(response("WWW.example", RecordType::kA).a("www.example", 60, "192.0.2.1"),
            "WWW.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(chain_of(*parsed), ElementsAre("www.example"));
  EXPECT_EQ(parsed->answer.question.name.text(), "www.example");
  EXPECT_FALSE(parsed->negative);
}

TEST(Chain, follows_cnames_to_the_records) {
  const auto parsed = parse(response("a.example", RecordType::kA)
                                .cname("a.example", 60, "b.example")
                                .cname("b.example", 60, "C.example")
                                .a("c.EXAMPLE", 60, "192.0.2.1"),
                            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(chain_of(*parsed), ElementsAre("a.example", "b.example", "c.example"));
  EXPECT_EQ(header_of(*parsed).ancount, 3);
}

TEST(Chain, is_found_in_whatever_order_the_records_stand) {
  const auto parsed = parse(response("a.example", RecordType::kA)
                                .a("c.example", 60, "192.0.2.1")
                                .cname("b.example", 60, "c.example")
                                .cname("a.example", 60, "b.example"),
                            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(chain_of(*parsed), ElementsAre("a.example", "b.example", "c.example"));
  EXPECT_EQ(header_of(*parsed).ancount, 3);
}

TEST(Chain, ends_where_the_records_end) {
  const auto parsed = parse(response("a.example", RecordType::kA)
                                .cname("a.example", 60, "b.example")
                                .soa("example", 60, 60),
                            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(chain_of(*parsed), ElementsAre("a.example", "b.example"));
  EXPECT_TRUE(parsed->negative);
}

TEST(Chain, a_question_for_cname_is_answered_by_the_first_one) {
  const auto parsed = parse(response("a.example", RecordType::kCname)
                                .cname("a.example", 60, "b.example")
                                .cname("b.example", 60, "c.example"),
                            "a.example", RecordType::kCname);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(chain_of(*parsed), ElementsAre("a.example"));
  EXPECT_EQ(header_of(*parsed).ancount, 1);
}

TEST(Chain, a_question_for_any_takes_all_records_of_the_name) {
  const auto parsed = parse(response("a.example", RecordType::kAny)
                                .a("a.example", 60, "192.0.2.1")
                                .aaaa("a.example", 60, "2001:db8::1")
                                .record(kAnswer, "a.example", RecordType::kMx, 60, mx_data("m")),
                            "a.example", RecordType::kAny);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(header_of(*parsed).ancount, 3);
  EXPECT_EQ(parsed->answer.addresses.size(), 2U);
}

TEST(Chain, keeps_the_signatures_of_its_steps_and_of_its_end) {
  const std::string of_cname = rrsig_data(RecordType::kCname);
  const std::string of_a = rrsig_data(RecordType::kA);
  const auto parsed = parse(response("a.example", RecordType::kA)
                                .cname("a.example", 60, "b.example")
                                .record(kAnswer, "a.example", RecordType::kRrsig, 60, of_cname)
                                .a("b.example", 60, "192.0.2.1")
                                .record(kAnswer, "b.example", RecordType::kRrsig, 60, of_a)
                                .record(kAnswer, "x.example", RecordType::kRrsig, 60, of_a),
                            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(header_of(*parsed).ancount, 4);
}

TEST(Chain, drops_records_that_it_does_not_lead_to) {
  const auto parsed = parse(response("a.example", RecordType::kA)
                                .a("victim.example", 60, "203.0.113.66")
                                .cname("victim.example", 60, "evil.example")
                                .a("a.example", 60, "192.0.2.1")
                                .record(kAnswer, "a.example", RecordType::kTxt, 60, "\4text"),
                            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(header_of(*parsed).ancount, 1);
  EXPECT_EQ(parsed->stored.message.find("victim"), std::string::npos);
  EXPECT_THAT(parsed->answer.addresses, ElementsAre(AnswerAddress{ip("192.0.2.1"), Via::kA}));
}

TEST(Chain, drops_records_of_another_class) {
  MessageBuilder message = response("a.example", RecordType::kA).a("a.example", 60, "192.0.2.1");
  std::string bytes = message.a("a.example", 60, "192.0.2.2").wire();
  bytes[bytes.size() - 11] = 3;  // the class of the last record: CHAOS
  const auto parsed = parse(bytes, "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(header_of(*parsed).ancount, 1);
}

TEST(Chain, follows_the_first_of_several_cnames_and_drops_the_others) {
  const auto parsed = parse(response("a.example", RecordType::kA)
                                .cname("a.example", 60, "b.example")
                                .cname("a.example", 60, "c.example")
                                .a("b.example", 60, "192.0.2.1")
                                .a("c.example", 60, "192.0.2.2"),
                            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(chain_of(*parsed), ElementsAre("a.example", "b.example"));
  EXPECT_EQ(header_of(*parsed).ancount, 2);
}

TEST(Chain, that_loops_is_an_error) {
  const auto parsed = parse(response("a.example", RecordType::kA)
                                .cname("a.example", 60, "b.example")
                                .cname("b.example", 60, "a.example"),
                            "a.example", RecordType::kA);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
}

MessageBuilder chain_of_steps(size_t steps) {
  const auto name = [](size_t i) { return "n" + std::to_string(i); };
  MessageBuilder message = response("n0", RecordType::kA);
  for (size_t i = 0; i < steps; ++i) {
    message.cname(name(i), 60, name(i + 1));
  }
  return message.a(name(steps), 60, "192.0.2.1");
}

TEST(Chain, may_have_sixteen_steps_and_no_more) {
  const auto longest = parse(chain_of_steps(kChainMax), "n0", RecordType::kA);
  ASSERT_TRUE(longest.ok());
  EXPECT_EQ(longest->answer.chain.size(), kChainMax + 1);
  EXPECT_EQ(longest->answer.addresses.size(), 1U);
  EXPECT_FALSE(parse(chain_of_steps(kChainMax + 1), "n0", RecordType::kA).ok());
}

TEST(ChainDname, is_one_step_with_the_cname_made_from_it) {
  const auto parsed =
      parse(response("a.old.example", RecordType::kA)
                .record(kAnswer, "old.example", RecordType::kDname, 60, wire_name("new.example"))
                .cname("a.old.example", 60, "a.new.example")
                .a("a.new.example", 60, "192.0.2.1"),
            "a.old.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(chain_of(*parsed), ElementsAre("a.old.example", "a.new.example"));
  EXPECT_EQ(header_of(*parsed).ancount, 3);
}

TEST(ChainDname, leads_on_without_its_cname) {
  const auto parsed =
      parse(response("a.old.example", RecordType::kA)
                .record(kAnswer, "old.example", RecordType::kDname, 60, wire_name("new.example"))
                .a("a.new.example", 60, "192.0.2.1"),
            "a.old.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(chain_of(*parsed), ElementsAre("a.old.example", "a.new.example"));
}

TEST(ChainDname, does_not_redirect_its_own_owner_or_a_name_that_only_ends_alike) {
  for (const char* asked : {"old.example", "xold.example"}) {
    const auto parsed =
        parse(response(asked, RecordType::kA)
                  .record(kAnswer, "old.example", RecordType::kDname, 60, wire_name("new.example"))
                  .soa("example", 60, 60),
              asked, RecordType::kA);
    ASSERT_TRUE(parsed.ok());
    EXPECT_THAT(chain_of(*parsed), ElementsAre(asked));
  }
}

TEST(ChainDname, that_makes_a_name_too_long_ends_the_chain) {
  const std::string label = std::string(60, 'x') + ".";
  const std::string asked = label + label + label + "old.example";
  const auto parsed = parse(response(asked, RecordType::kA, 6)  // YXDOMAIN
                                .record(kAnswer, "old.example", RecordType::kDname, 60,
                                        wire_name(label + label + "example")),
                            asked, RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->answer.chain.size(), 1U);
}

TEST(KeptSections, authority_and_additional_stay_but_opt_and_tsig_go) {
  std::string message =
      response("a.example", RecordType::kA)
          .a("a.example", 60, "192.0.2.1")
          .record(MessageBuilder::kAuthority, "example", RecordType::kNs, 60,
                  wire_name("ns.example"))
          .record(MessageBuilder::kAdditional, "ns.example", RecordType::kTxt, 60, "\3txt")
          .opt(1232)
          .wire();
  const size_t size_without_opt = message.size() - 11;
  append_raw(message, MessageBuilder::kAdditional, wire_name("key"), RecordType::kTsig, "mac");
  const auto parsed = parse(message, "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->stored.message.size(), size_without_opt);
  EXPECT_EQ(header_of(*parsed).nscount, 1);
  EXPECT_EQ(header_of(*parsed).arcount, 1);
  EXPECT_EQ(parsed->stored.ttl_offsets.size(), 3U);
}

TEST(KeptSections, what_stands_behind_the_last_record_is_left_out) {
  const MessageBuilder whole =
      response("a.example", RecordType::kA).a("a.example", 60, "192.0.2.1");
  const auto parsed = parse(whole.wire() + "stray", "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->stored.message, whole.wire());
  EXPECT_EQ(parsed->stored.additional_at, whole.wire().size());
}

TEST(KeptSections, a_text_record_may_have_no_text_at_all) {
  const auto parsed = parse(response("a.example", RecordType::kTxt)
                                .record(kAnswer, "a.example", RecordType::kTxt, 60, ""),
                            "a.example", RecordType::kTxt);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(header_of(*parsed).ancount, 1);
}

TEST(KeptSections, an_opt_before_other_records_goes_too) {
  const auto parsed =
      parse(response("a.example", RecordType::kA)
                .a("a.example", 60, "192.0.2.1")
                .opt(1232)
                .record(MessageBuilder::kAdditional, "x.example", RecordType::kTxt, 60, "\3txt"),
            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(header_of(*parsed).arcount, 1);
  EXPECT_NE(parsed->stored.message.find("\3txt"), std::string::npos);
}

TEST(KeptSections, names_that_pointed_into_a_dropped_record_are_written_again) {
  std::string message = response("a.example", RecordType::kCname).wire();
  const size_t victim_at = message.size();
  append_raw(message, kAnswer, wire_name("target.victim"), RecordType::kA, v4_data("192.0.2.9"));
  append_raw(message, kAnswer, pointer_to(kHeaderSize), RecordType::kCname, pointer_to(victim_at));
  const auto parsed = parse(message, "a.example", RecordType::kCname);
  ASSERT_TRUE(parsed.ok());
  const auto again = parse(parsed->stored.message, "a.example", RecordType::kCname);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(header_of(*parsed).ancount, 1);
  EXPECT_TRUE(parsed->stored.message.ends_with(wire_name("target.victim")));
}

TEST(KeptSections, data_of_unknown_types_passes_untouched_by_rfc_3597) {
  const auto unknown = RecordType{65280};
  const std::string data("\xC0\xFF\x00\x07junk", 8);
  const auto parsed = parse(response("a.example", unknown)
                                .a("other.example", 60, "192.0.2.1")
                                .record(kAnswer, "a.example", unknown, 60, data),
                            "a.example", unknown);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(header_of(*parsed).ancount, 1);
  EXPECT_TRUE(parsed->stored.message.ends_with(data));
}

}  // namespace
}  // namespace etymon::wire

#include "api/cli/capture/observed_response.h"

#include <gtest/gtest.h>

#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::capture {
namespace {

using namespace etymon::testing;

ObservedResponse read(const DnsMessage& message) {
  const std::string wire = message.wire();
  const auto response = read_observed_response(as_bytes(wire));
  EXPECT_TRUE(response);
  return response.value_or(ObservedResponse{});
}

// The only answer in the response.
ObservedAnswer read_one(const DnsMessage& message) {
  const ObservedResponse response = read(message);
  EXPECT_EQ(response.answers.size(), 1U);
  return response.answers.empty() ? ObservedAnswer{} : response.answers[0];
}

std::string chain_text(const ObservedAnswer& observed) {
  std::string text;
  for (const DomainName& step : observed.answer.chain) {
    text += (text.empty() ? "" : " ") + step.text();
  }
  return text;
}

std::string addresses_text(const ObservedAnswer& observed) {
  std::string text;
  for (const AnswerAddress& address : observed.answer.addresses) {
    text += (text.empty() ? "" : " ") + address.address.text();
  }
  return text;
}

std::string svcb_parameter(uint16_t key, const std::string& value) {
  return be16(key) + be16(static_cast<uint16_t>(value.size())) + value;
}

TEST(ObservedResponse, tells_the_question_the_addresses_and_how_long_they_hold) {
  const auto observed = read_one({.questions = {question("WWW.example")},
                                  .answers = {a_record("www.example", 300, "192.0.2.2"),
                                              a_record("www.example", 60, "192.0.2.1")}});
  EXPECT_EQ(observed.answer.question.name.text(), "www.example");
  EXPECT_EQ(observed.answer.question.type, RecordType::kA);
  EXPECT_EQ(chain_text(observed), "www.example");
  EXPECT_EQ(observed.answer.addresses,
            (std::vector<AnswerAddress>{{ip("192.0.2.1"), Via::kA}, {ip("192.0.2.2"), Via::kA}}));
  EXPECT_EQ(observed.validity_s, 60U);
}

TEST(ObservedResponse, follows_the_chain_in_whatever_order_the_records_come) {
  const auto observed = read_one({.questions = {question("a.example")},
                                  .answers = {cname_record("b.example", 50, "c.example"),
                                              a_record("c.example", 300, "192.0.2.1"),
                                              cname_record("A.example", 70, "b.example")}});
  EXPECT_EQ(chain_text(observed), "a.example b.example c.example");
  EXPECT_EQ(observed.validity_s, 50U);
}

TEST(ObservedResponse, records_that_the_chain_does_not_lead_to_were_received_all_the_same) {
  const auto observed = read_one({.questions = {question("a.example")},
                                  .answers = {cname_record("x.example", 50, "y.example"),
                                              cname_record("a.example", 50, "b.example"),
                                              a_record("y.example", 50, "192.0.2.9")}});
  EXPECT_EQ(chain_text(observed), "a.example b.example y.example");
  EXPECT_EQ(addresses_text(observed), "192.0.2.9");
}

TEST(ObservedResponse, a_chain_in_a_circle_ends) {
  const auto observed = read_one({.questions = {question("a.example")},
                                  .answers = {cname_record("a.example", 1, "b.example"),
                                              cname_record("b.example", 1, "a.example")}});
  EXPECT_EQ(chain_text(observed), "a.example b.example a.example");
}

TEST(ObservedResponse, a_dname_is_a_step_where_no_cname_says_so) {
  const std::string dname = record("old.example", RecordType::kDname, 30, name("new.example"));
  const auto alone = read_one({.questions = {question("www.old.example")}, .answers = {dname}});
  EXPECT_EQ(chain_text(alone), "www.old.example www.new.example");
  const auto with_cname =
      read_one({.questions = {question("www.old.example")},
                .answers = {dname, cname_record("www.old.example", 30, "www.new.example")}});
  EXPECT_EQ(chain_text(with_cname), "www.old.example www.new.example");
}

TEST(ObservedResponse, hints_of_service_records_are_addresses) {
  const std::string hints = svcb_parameter(4, be32(ip("192.0.2.1").v4_host_order())) +
                            svcb_parameter(6, std::string(as_text(ip("2001:db8::1").octets())));
  const auto observed =
      read_one({.questions = {question("www.example", RecordType::kHttps)},
                .answers = {record("www.example", RecordType::kHttps, 90,
                                   be16(1) + name(".") + svcb_parameter(1, "\2h2") + hints)}});
  EXPECT_EQ(observed.answer.addresses,
            (std::vector<AnswerAddress>{{ip("192.0.2.1"), Via::kSvcbHint, {.tcp = true}},
                                        {ip("2001:db8::1"), Via::kSvcbHint, {.tcp = true}}}));
  EXPECT_EQ(observed.validity_s, 90U);
}

TEST(ObservedResponse, ipv6_addresses_that_hold_ipv4_ones_tell_both) {
  const auto observed =
      read_one({.questions = {question("www.example", RecordType::kAaaa)},
                .answers = {aaaa_record("www.example", 9, "64:ff9b::192.0.2.1")}});
  EXPECT_EQ(observed.answer.addresses,
            (std::vector<AnswerAddress>{{ip("192.0.2.1"), Via::kMapped},
                                        {ip("64:ff9b::192.0.2.1"), Via::kAaaa}}));
}

TEST(ObservedResponse, addresses_of_service_targets_may_come_along) {
  const std::string target = name("host.example");
  const std::vector<std::string> services = {
      record("_x._tcp.example", RecordType::kMx, 90, be16(10) + target),
      record("_x._tcp.example", RecordType::kSrv, 90, be16(1) + be16(2) + be16(443) + target),
      record("_x._tcp.example", RecordType::kSvcb, 90, be16(1) + target),
      record("host.example", RecordType::kHttps, 90, be16(1) + name("."))};
  for (const std::string& service : services) {
    const auto observed = read_one({.questions = {question("_x._tcp.example")},
                                    .answers = {service},
                                    .additional = {a_record("other.example", 9, "192.0.2.2"),
                                                   a_record("host.example", 30, "192.0.2.1")}});
    const bool is_srv = &service == &services[1];
    const Service named = is_srv ? Service{.port = 443, .tcp = true} : Service();
    EXPECT_EQ(observed.answer.addresses,
              (std::vector<AnswerAddress>{{ip("192.0.2.1"), Via::kAdditional, named}}));
    EXPECT_EQ(observed.validity_s, 30U);
  }
}

TEST(ObservedResponse, addresses_that_no_answer_points_to_do_not_count) {
  const auto observed = read_one({.questions = {question("www.example")},
                                  .answers = {a_record("www.example", 9, "192.0.2.1")},
                                  .authority = {a_record("ns.example", 9, "192.0.2.2")},
                                  .additional = {a_record("ns.example", 9, "192.0.2.3")}});
  EXPECT_EQ(addresses_text(observed), "192.0.2.1");
}

TEST(ObservedResponse, a_negative_answer_holds_as_long_as_the_zone_says) {
  const std::string soa = name("ns.example") + name("mail.example") + be32(1) + be32(2) + be32(3) +
                          be32(4) + be32(120);  // the last is MINIMUM
  const auto observed = read_one({.flags = 0x8183,
                                  .questions = {question("no.example")},
                                  .authority = {record("example", RecordType::kSoa, 900, soa)}});
  EXPECT_EQ(observed.answer.rcode, Rcode::kNxDomain);
  EXPECT_TRUE(observed.answer.addresses.empty());
  EXPECT_EQ(observed.validity_s, 120U);
}

TEST(ObservedResponse, an_answer_without_any_record_holds_for_no_time) {
  const auto observed = read_one({.flags = 0x8182, .questions = {question("www.example")}});
  EXPECT_EQ(observed.answer.rcode, Rcode::kServFail);
  EXPECT_EQ(observed.validity_s, 0U);
}

TEST(ObservedResponse, the_upper_bits_of_the_rcode_come_from_the_opt_record) {
  const auto observed = read_one({.flags = 0x8180,
                                  .questions = {question("www.example")},
                                  .additional = {record(".", RecordType::kOpt, 0x01000000, "")}});
  EXPECT_EQ(observed.answer.rcode, Rcode::kBadVers);
}

TEST(ObservedResponse, a_ttl_with_its_top_bit_set_is_zero) {
  const auto observed = read_one({.questions = {question("www.example")},
                                  .answers = {a_record("www.example", 0x80000001, "192.0.2.1")}});
  EXPECT_EQ(observed.validity_s, 0U);
}

TEST(ObservedResponse, each_question_has_its_answer) {
  const ObservedResponse response =
      read({.questions = {question("a.example"), question("b.example")},
            .answers = {cname_record("b.example", 9, "c.example"),
                        a_record("c.example", 9, "192.0.2.1")}});
  ASSERT_EQ(response.answers.size(), 2U);
  EXPECT_EQ(chain_text(response.answers[0]), "a.example c.example");
  EXPECT_EQ(chain_text(response.answers[1]), "b.example c.example");
  EXPECT_EQ(addresses_text(response.answers[0]), "192.0.2.1");
}

TEST(ObservedResponse, a_query_is_none) {
  const std::string query =
      DnsMessage{.flags = 0x0100, .questions = {question("a.example")}}.wire();
  EXPECT_FALSE(read_observed_response(as_bytes(query)));
  EXPECT_FALSE(read_observed_response({}));
  EXPECT_FALSE(read_observed_response(as_bytes(simple_response().substr(0, 11))));
}

TEST(ObservedResponse, another_opcode_counts_only_with_addresses) {
  EXPECT_TRUE(read({.flags = 0xA800, .questions = {question("example")}}).answers.empty());
  EXPECT_EQ(read({.flags = 0xA800,
                  .questions = {question("example")},
                  .answers = {a_record("example", 9, "192.0.2.1")}})
                .answers.size(),
            1U);
}

TEST(ObservedResponse, of_a_cut_message_all_before_the_cut_counts) {
  const std::string wire = DnsMessage{.questions = {question("www.example")},
                                      .answers = {a_record("www.example", 9, "192.0.2.1"),
                                                  a_record("www.example", 9, "192.0.2.2")}}
                               .wire();
  const std::string cut = wire.substr(0, wire.size() - 1);
  const auto response = read_observed_response(as_bytes(cut));
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->malformed);
  EXPECT_EQ(addresses_text(response->answers.at(0)), "192.0.2.1");
}

TEST(ObservedResponse, a_name_that_cannot_be_read_is_stepped_over) {
  const std::string to_itself = be16(0xC000 | 12);  // the first question points to itself
  const ObservedResponse response =
      read({.questions = {to_itself + be16(1) + be16(1), question("www.example")},
            .answers = {to_itself + be16(5) + be16(1) + be32(9) + be16(2) + to_itself,
                        a_record("www.example", 9, "192.0.2.1")}});
  EXPECT_TRUE(response.malformed);
  ASSERT_EQ(response.answers.size(), 1U);
  EXPECT_EQ(chain_text(response.answers[0]), "www.example");
  EXPECT_EQ(addresses_text(response.answers[0]), "192.0.2.1");
}

TEST(ObservedResponse, an_address_record_of_another_size_is_no_address) {
  const ObservedResponse response =
      read({.questions = {question("www.example")},
            .answers = {record("www.example", RecordType::kA, 9, "12345"),
                        record("www.example", RecordType::kAaaa, 9, "1234"),
                        a_record("www.example", 9, "192.0.2.1")}});
  EXPECT_TRUE(response.malformed);
  EXPECT_EQ(addresses_text(response.answers.at(0)), "192.0.2.1");
}

TEST(ObservedResponse, hints_that_do_not_fit_their_record_are_malformed) {
  const std::string beyond = be16(1) + name(".") + be16(4) + be16(8) + be32(0x01020304);
  const ObservedResponse response =
      read({.questions = {question("www.example", RecordType::kHttps)},
            .answers = {record("www.example", RecordType::kHttps, 9, beyond),
                        record("www.example", RecordType::kHttps, 9, be16(1))}});
  EXPECT_TRUE(response.malformed);
  EXPECT_TRUE(response.answers.at(0).answer.addresses.empty());
}

TEST(ObservedResponse, counts_that_lie_cost_nothing) {
  std::string wire = simple_response();
  wire.replace(4, 8, std::string(8, '\xFF'));
  const auto response = read_observed_response(as_bytes(wire));
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->malformed);
}

TEST(ObservedResponse, questions_beyond_the_limit_are_not_answered) {
  DnsMessage message;
  for (size_t i = 0; i <= kObservedQuestionsMax; ++i) {
    message.questions.push_back(question("q" + std::to_string(i) + ".example"));
  }
  const ObservedResponse response = read(message);
  EXPECT_TRUE(response.malformed);
  EXPECT_EQ(response.answers.size(), kObservedQuestionsMax);
}

TEST(ObservedResponse, aliases_beyond_the_limit_are_left_out) {
  DnsMessage message{.questions = {question("n0.x")}};
  for (size_t i = 0; i <= kObservedAliasesMax; ++i) {
    message.answers.push_back(
        cname_record("n" + std::to_string(i) + ".x", 9, "n" + std::to_string(i + 1) + ".x"));
  }
  const ObservedResponse response = read(message);
  EXPECT_TRUE(response.malformed);
  EXPECT_EQ(response.answers.at(0).answer.chain.size(), kObservedAliasesMax + 1);
}

TEST(ObservedResponse, a_message_cut_anywhere_is_read_without_harm) {
  const std::string wire =
      DnsMessage{.questions = {question("www.example")},
                 .answers = {cname_record("www.example", 9, "a.example"),
                             record("a.example", RecordType::kHttps, 9,
                                    be16(1) + name(".") + svcb_parameter(4, "1234")),
                             aaaa_record("a.example", 9, "2001:db8::1")},
                 .additional = {record(".", RecordType::kOpt, 0, "")}}
          .wire();
  for (size_t size = 12; size < wire.size(); ++size) {
    const auto response = read_observed_response(as_bytes(wire).first(size));
    ASSERT_TRUE(response);
    EXPECT_TRUE(response->malformed) << size;
  }
}

}  // namespace
}  // namespace etymon::capture

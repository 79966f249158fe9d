#include "resolver/forward/forwarder.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "resolver/wire/options.h"
#include "tests/support/dns_messages.h"
#include "tests/support/fakes.h"
#include "tests/support/lone_turn.h"
#include "tests/unit/forward/doubles.h"

namespace etymon::forward {
namespace {

using testing::query;
using testing::response;

class ForwarderTest : public ::testing::Test {
 protected:
  // One client's message, and the end of the turn it came in.
  void ask(const testing::MessageBuilder& message, std::string_view client = "192.0.2.1",
           Transport transport = Transport::kUdp) {
    forwarder_.handle(message.bytes(), from(client, transport));
    turn_.finish();
  }

  ReplyTo from(std::string_view client, Transport transport = Transport::kUdp) {
    ReplyTo to;
    to.sink = &sink_;
    to.peer = Endpoint{IpAddress::from_text(client).value(), 5353};
    to.transport = transport;
    return to;
  }

  void upstream_says(const testing::MessageBuilder& message) {
    asker_.answer(next_++, message.wire(), upstream_);
    turn_.finish();
  }

  void upstream_fails() {
    asker_.fail(next_++);
    turn_.finish();
  }

  // The i-th answer that any client got.
  ByteView sent(size_t i) const { return as_bytes(sink_.sent.at(i).second); }
  wire::Header header(size_t i) const { return wire::read_header(sent(i)); }
  // TTL of the first record, which follows the question and its own uncompressed owner.
  uint32_t first_ttl(size_t i, size_t name_length) const {
    return load_u32(sent(i).data() + wire::kHeaderSize + name_length + 4 + name_length + 4);
  }

  Events events_;
  ListingRecorder recorder_{events_};
  ListingSink sink_{events_, "sink"};
  HeldAsker asker_;
  testing::ManualClock clock_;
  testing::LoneTurn turn_{recorder_, clock_};
  cache::AnswerCache cache_{1 << 20, 7};
  Forwarder forwarder_{{turn_, cache_, recorder_, asker_}, {}};
  Endpoint upstream_ = Endpoint::from_text("198.51.100.53:53").value();
  size_t next_ = 0;
};

constexpr size_t kWwwExample = 13;  // octets of \3www\7example\0

TEST_F(ForwarderTest, a_question_it_cannot_answer_goes_upstream_and_its_answer_to_the_client) {
  ask(query("www.example", RecordType::kA, 0x4711));
  ASSERT_EQ(asker_.asked.size(), 1U);
  EXPECT_TRUE(sink_.sent.empty());
  upstream_says(response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80"));
  ASSERT_EQ(sink_.sent.size(), 1U);
  EXPECT_EQ(header(0).id, 0x4711);
  EXPECT_EQ(header(0).ancount, 1);
  EXPECT_EQ(first_ttl(0, kWwwExample), 300U);
}

TEST_F(ForwarderTest, names_that_stay_here_stay_here_in_every_class) {
  forwarder_.know(std::make_shared<local::Knowledge>(local::Knowledge::Parts{
      .names = std::make_shared<local::Names>(60),
      .special_names = std::make_shared<local::SpecialNames>(local::SpecialNames::Zones{}),
      .block_list = std::make_shared<local::BlockList>(local::BlockList::Options{}, 7)}));
  constexpr char kHesiod = 4;  // RFC 1035 section 3.2.4
  for (const char* name : {"printer.local", "www.example"}) {
    std::string message = query(name, RecordType::kA).wire();
    message.back() = kHesiod;
    forwarder_.handle(as_bytes(message), from("192.0.2.1"));
    turn_.finish();
  }
  ASSERT_EQ(sink_.sent.size(), 1U);
  EXPECT_EQ(header(0).flags & 0xF, static_cast<int>(Rcode::kRefused));
  ASSERT_EQ(asker_.asked.size(), 1U);
  EXPECT_EQ(asker_.asked[0].qclass, RecordClass{kHesiod});
}

TEST_F(ForwarderTest, a_stale_answer_has_the_ttl_that_is_set) {
  Forwarder::Options options;
  options.stale_ttl_s = 7;
  Forwarder forwarder{{turn_, cache_, recorder_, asker_}, options};
  const auto ask_it = [&] {
    forwarder.handle(query("www.example", RecordType::kA).bytes(), from("192.0.2.1"));
    turn_.finish();
  };
  ask_it();
  upstream_says(response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80"));
  clock_.advance(Seconds(301));
  ask_it();
  upstream_fails();
  ASSERT_EQ(sink_.sent.size(), 2U);
  EXPECT_EQ(first_ttl(1, kWwwExample), 7U);
}

TEST_F(ForwarderTest, why_an_upstream_fails_is_passed_on_to_clients_with_edns) {
  const std::string not_validated("\0\x0F\0\6\0\6text", 10);  // RFC 8914 section 4.7
  auto failure = response("www.example", RecordType::kA).flags(wire::kFlagQr | 2);
  failure.opt(1232, 0, not_validated);
  ask(query("www.example", RecordType::kA).opt(1232));
  ask(query("www.example", RecordType::kA));
  upstream_says(failure);
  ASSERT_EQ(sink_.sent.size(), 2U);
  const auto told =
      wire::option_in(as_bytes(sink_.sent[0].second), wire::OptionCode::kExtendedError);
  ASSERT_TRUE(told);
  EXPECT_EQ(as_text(*told), std::string_view("\0\6", 2));
  EXPECT_EQ(header(1).arcount, 0);
}

TEST_F(ForwarderTest, answers_that_lead_inside_are_counted_for_each_client) {
  const auto evil = response("www.example", RecordType::kA).a("www.example", 300, "10.0.0.1");
  ask(query("www.example", RecordType::kA));
  upstream_says(evil);
  ask(query("www.example", RecordType::kA));
  EXPECT_EQ(forwarder_.counters().rebinding, 2U);
  EXPECT_EQ(forwarder_.counters().withheld, 0U);

  Forwarder::Options options;
  options.rebinding.policy = Rebinding::kFilter;
  Forwarder strict{{turn_, cache_, recorder_, asker_}, options};
  cache_.clear();
  for (int i = 0; i < 2; ++i) {
    strict.handle(query("www.example", RecordType::kA).bytes(), from("192.0.2.1"));
    if (i == 0) {
      upstream_says(evil);
    }
  }
  EXPECT_EQ(strict.counters().withheld, 2U);
  EXPECT_EQ(strict.counters().rebinding, 0U);
}

TEST_F(ForwarderTest, answers_with_other_ttls_for_their_clients_sake_are_counted) {
  const IpPrefix some = IpPrefix::from_text("192.0.2.7").value();
  Forwarder::Options options;
  options.client_ttls = ClientTtls({{some, {.floor_s = 60, .cap_s = 300}}});
  Forwarder forwarder{{turn_, cache_, recorder_, asker_}, options};
  const auto ask_as = [&](const char* client) {
    forwarder.handle(query("www.example", RecordType::kA).bytes(), from(client));
    turn_.finish();
  };
  ask_as("192.0.2.7");
  upstream_says(response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80"));
  EXPECT_EQ(forwarder.counters().ttl_changed, 0U) << "it is within the limits";
  clock_.advance(Seconds(250));
  ask_as("192.0.2.8");
  EXPECT_EQ(forwarder.counters().ttl_changed, 0U);
  EXPECT_EQ(first_ttl(1, kWwwExample), 50U);
  ask_as("192.0.2.7");
  EXPECT_EQ(forwarder.counters().ttl_changed, 1U);
  EXPECT_EQ(first_ttl(2, kWwwExample), 60U);
  EXPECT_EQ(recorder_.deliveries().back().validity_s, 60U);
}

TEST_F(ForwarderTest, an_upstream_answer_is_recorded_before_it_leaves_with_all_that_it_says) {
  ask(query("www.example", RecordType::kA), "192.0.2.7");
  upstream_says(response("www.example", RecordType::kA)
                    .cname("www.example", 300, "cdn.example")
                    .a("cdn.example", 20, "192.0.2.80"));
  EXPECT_EQ(events_, (Events{"record 1", "send sink 1"}));
  ASSERT_EQ(recorder_.deliveries().size(), 1U);
  const Delivery& delivery = recorder_.deliveries()[0];
  EXPECT_EQ(delivery.client.text(), "192.0.2.7");
  EXPECT_EQ(delivery.validity_s, 20U);
  EXPECT_EQ(delivery.origin, Origin::kUpstream);
  const Answer& answer = recorder_.answer_of(delivery);
  ASSERT_EQ(answer.chain.size(), 2U);
  EXPECT_EQ(answer.chain[1].text(), "cdn.example");
  ASSERT_EQ(answer.addresses.size(), 1U);
  EXPECT_EQ(answer.addresses[0].address.text(), "192.0.2.80");
  EXPECT_EQ(answer.upstream, upstream_);
}

TEST_F(ForwarderTest, a_cached_answer_has_the_ttl_that_is_left_and_is_recorded_with_it) {
  ask(query("www.example", RecordType::kA));
  upstream_says(response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80"));
  clock_.advance(Seconds(100));
  ask(query("www.example", RecordType::kA), "192.0.2.2");
  EXPECT_EQ(asker_.asked.size(), 1U);
  ASSERT_EQ(sink_.sent.size(), 2U);
  EXPECT_EQ(first_ttl(1, kWwwExample), 200U);
  const Delivery& delivery = recorder_.deliveries().at(1);
  EXPECT_EQ(delivery.origin, Origin::kCache);
  EXPECT_EQ(delivery.validity_s, 200U);
  EXPECT_EQ(delivery.client.text(), "192.0.2.2");
  EXPECT_EQ(delivery.at, clock_.wall());
}

TEST_F(ForwarderTest, an_answer_whose_time_is_over_is_asked_for_again) {
  ask(query("www.example", RecordType::kA));
  upstream_says(response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80"));
  clock_.advance(Seconds(300));
  ask(query("www.example", RecordType::kA));
  EXPECT_EQ(asker_.asked.size(), 2U);
}

TEST_F(ForwarderTest, an_answer_that_the_recorder_let_go_of_is_asked_for_again) {
  const auto says = response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80");
  ask(query("www.example", RecordType::kA));
  upstream_says(says);
  recorder_.withdrawn.insert(recorder_.deliveries().at(0).answer);
  ask(query("www.example", RecordType::kA));
  ASSERT_EQ(asker_.asked.size(), 2U);
  upstream_says(says);
  ask(query("www.example", RecordType::kA));
  EXPECT_EQ(asker_.asked.size(), 2U);
  EXPECT_EQ(recorder_.deliveries().at(2).answer, recorder_.deliveries().at(1).answer);
}

TEST_F(ForwarderTest, every_client_gets_its_own_id_and_its_own_spelling) {
  ask(query("www.example", RecordType::kA, 1));
  ask(query("WWW.Example", RecordType::kA, 2), "192.0.2.2");
  EXPECT_EQ(asker_.asked.size(), 1U);
  upstream_says(response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80"));
  ask(query("wwW.examplE", RecordType::kA, 3), "192.0.2.3");
  ASSERT_EQ(sink_.sent.size(), 3U);
  const std::array<std::string_view, 3> spelling{"www.example", "WWW.Example", "wwW.examplE"};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(header(i).id, i + 1);
    const ByteView qname = sent(i).subspan(wire::kHeaderSize, kWwwExample);
    EXPECT_EQ(DomainName::from_wire(qname).value().text(), spelling[i]);
  }
  EXPECT_EQ(recorder_.deliveries().size(), 3U);
}

// RFC 5452 section 5, CVE-2020-25686: many equal questions would give a forger many chances.
TEST_F(ForwarderTest, a_thousand_clients_with_one_new_name_cost_one_question_and_are_all_answered) {
  constexpr uint16_t kClients = 1'000;
  constexpr size_t kLetters = 10;  // of the name: enough for a spelling for each
  const auto spelling_of = [](uint16_t client) {
    std::string name = "abcde.fghij";
    for (size_t i = 0; i < kLetters; ++i) {
      char& letter = name[i < kLetters / 2 ? i : i + 1];
      letter = static_cast<char>(letter - ((client >> i & 1) != 0 ? 'a' - 'A' : 0));
    }
    return name;
  };
  for (uint16_t client = 0; client < kClients; ++client) {
    const std::string address =
        "10.0." + std::to_string(client / 250) + "." + std::to_string(1 + client % 250);
    ask(query(spelling_of(client), RecordType::kA, static_cast<uint16_t>(40'000 + client)),
        address);
  }
  ASSERT_EQ(asker_.asked.size(), 1U);
  upstream_says(response("abcde.fghij", RecordType::kA).a("abcde.fghij", 300, "192.0.2.80"));
  EXPECT_EQ(asker_.asked.size(), 1U);
  ASSERT_EQ(sink_.sent.size(), kClients);
  std::set<IpAddress> answered;
  for (size_t i = 0; i < kClients; ++i) {
    const auto client = static_cast<uint16_t>(header(i).id - 40'000);
    const ByteView qname = sent(i).subspan(wire::kHeaderSize, kWwwExample);
    EXPECT_EQ(DomainName::from_wire(qname).value().text(), spelling_of(client));
    EXPECT_EQ(header(i).ancount, 1);
    answered.insert(sink_.sent[i].first.peer.address);
  }
  EXPECT_EQ(answered.size(), kClients);
}

TEST_F(ForwarderTest, a_name_that_does_not_exist_is_remembered_for_the_soa_minimum) {
  ask(query("no.example", RecordType::kA));
  upstream_says(response("no.example", RecordType::kA, 3).soa("example", 3600, 60));
  clock_.advance(Seconds(59));
  ask(query("no.example", RecordType::kA));
  EXPECT_EQ(asker_.asked.size(), 1U);
  EXPECT_EQ(header(1).flags & 0xF, 3);
  clock_.advance(Seconds(2));
  ask(query("no.example", RecordType::kA));
  EXPECT_EQ(asker_.asked.size(), 2U);
  EXPECT_EQ(recorder_.answer_of(recorder_.deliveries().at(0)).rcode, Rcode::kNxDomain);
}

TEST_F(ForwarderTest, when_no_upstream_answers_the_client_hears_servfail_and_that_is_recorded) {
  ask(query("www.example", RecordType::kA, 9));
  upstream_fails();
  ASSERT_EQ(sink_.sent.size(), 1U);
  EXPECT_EQ(header(0).id, 9);
  EXPECT_EQ(header(0).flags & 0xF, 2);
  ASSERT_EQ(recorder_.deliveries().size(), 1U);
  EXPECT_EQ(recorder_.deliveries()[0].origin, Origin::kLocal);
  EXPECT_EQ(recorder_.answer_of(recorder_.deliveries()[0]).rcode, Rcode::kServFail);
}

TEST_F(ForwarderTest, a_failure_is_remembered_for_seconds_and_then_tried_again) {
  ask(query("www.example", RecordType::kA));
  upstream_fails();
  ask(query("www.example", RecordType::kA));
  EXPECT_EQ(asker_.asked.size(), 1U);
  EXPECT_EQ(header(1).flags & 0xF, 2);
  clock_.advance(Seconds(cache::TtlPolicy().failure_s));
  ask(query("www.example", RecordType::kA));
  EXPECT_EQ(asker_.asked.size(), 2U);
}

TEST_F(ForwarderTest, a_response_that_cannot_be_read_counts_as_none) {
  ask(query("www.example", RecordType::kA));
  std::string cut =
      response("www.example", RecordType::kA).a("www.example", 60, "192.0.2.1").wire();
  cut.pop_back();
  asker_.answer(next_++, cut, upstream_);
  turn_.finish();
  ASSERT_EQ(sink_.sent.size(), 1U);
  EXPECT_EQ(header(0).flags & 0xF, 2);
  EXPECT_EQ(forwarder_.counters().failed_upstream, 1U);
}

TEST_F(ForwarderTest, an_answer_too_large_for_the_client_is_truncated_over_udp_and_whole_over_tcp) {
  ask(query("big.example", RecordType::kTxt));
  const std::string text = "\xff" + std::string(255, 'x');
  upstream_says(response("big.example", RecordType::kTxt)
                    .record(testing::MessageBuilder::kAnswer, "big.example", RecordType::kTxt, 60,
                            text + text + text));
  EXPECT_NE(header(0).flags & wire::kFlagTc, 0);
  EXPECT_LE(sent(0).size(), wire::kPlainUdpMax);
  ask(query("big.example", RecordType::kTxt), "192.0.2.1", Transport::kTcp);
  EXPECT_EQ(header(1).flags & wire::kFlagTc, 0);
  EXPECT_EQ(header(1).ancount, 1);
}

// Thirteen servers, whose addresses stand in the additional section: only without these it fits.
testing::MessageBuilder servers_with_addresses() {
  auto said = response("s.example", RecordType::kSrv);
  for (char c = 'a'; c < 'n'; ++c) {
    said.record(testing::MessageBuilder::kAnswer, "s.example", RecordType::kSrv, 300,
                std::string("\0\0\0\0\0\x19\1", 7) + c + std::string(1, '\0'));
  }
  for (char c = 'a'; c < 'n'; ++c) {
    said.record(testing::MessageBuilder::kAdditional, std::string(1, c), RecordType::kA, 300,
                std::string("\xC0\0\2", 3) + c);
  }
  return said;
}

TEST_F(ForwarderTest, addresses_that_are_recorded_of_an_answer_stand_in_the_message) {
  ask(query("s.example", RecordType::kSrv));
  upstream_says(servers_with_addresses());
  ask(query("s.example", RecordType::kSrv));
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_NE(header(i).flags & wire::kFlagTc, 0) << i;
  }
  EXPECT_TRUE(recorder_.deliveries().empty());

  ask(query("s.example", RecordType::kSrv), "192.0.2.1", Transport::kTcp);
  EXPECT_EQ(header(2).arcount, 13);
  ASSERT_EQ(recorder_.deliveries().size(), 1U);
  EXPECT_EQ(recorder_.answer_of(recorder_.deliveries()[0]).addresses.size(), 13U);
}

TEST_F(ForwarderTest, noise_that_is_no_query_gets_no_answer_at_all) {
  forwarder_.handle(as_bytes("short"), from("192.0.2.1"));
  forwarder_.handle(response("www.example", RecordType::kA).bytes(), from("192.0.2.1"));
  turn_.finish();
  EXPECT_TRUE(events_.empty());
  EXPECT_EQ(forwarder_.counters().malformed, 2U);
}

TEST_F(ForwarderTest, a_malformed_query_hears_formerr_and_is_no_delivery) {
  const std::string cut = query("www.example", RecordType::kA).wire().substr(0, 20);
  forwarder_.handle(as_bytes(cut), from("192.0.2.1"));
  turn_.finish();
  ASSERT_EQ(sink_.sent.size(), 1U);
  EXPECT_EQ(header(0).flags & 0xF, 1);
  EXPECT_TRUE(recorder_.deliveries().empty());
}

TEST_F(ForwarderTest, other_opcodes_and_zone_transfers_are_not_implemented) {
  ask(query("www.example", RecordType::kA).flags(0x2100));  // opcode 4, NOTIFY
  ask(query("www.example", RecordType::kAxfr));
  ask(query("example", RecordType::kIxfr).soa("example", 0, 60));  // RFC 1995 section 3
  ASSERT_EQ(sink_.sent.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(header(i).flags & 0xF, 4) << i;
  }
  EXPECT_TRUE(asker_.asked.empty());
}

TEST_F(ForwarderTest, at_the_limit_of_questions_in_flight_it_says_servfail_and_stays_answering) {
  Forwarder small{{turn_, cache_, recorder_, asker_},
                  {.ttl = {}, .in_flight = {.questions_max = 1, .waiters_max = 10}}};
  small.handle(query("a.example", RecordType::kA, 1).bytes(), from("192.0.2.1"));
  small.handle(query("b.example", RecordType::kA, 2).bytes(), from("192.0.2.1"));
  turn_.finish();
  ASSERT_EQ(sink_.sent.size(), 1U);
  EXPECT_EQ(header(0).id, 2);
  EXPECT_EQ(header(0).flags & 0xF, 2);
  EXPECT_EQ(small.counters().overloaded, 1U);
}

// What an upstream may say of "www.example" when it is asked for addresses of either kind.
std::vector<testing::MessageBuilder> all_that_may_come(RecordType asked) {
  const auto said = [&](uint16_t rcode = 0) { return response("www.example", asked, rcode); };
  return {said().soa("example", 60, 60),
          said(3).soa("example", 60, 60),
          said(2),
          said(5),
          said().a("www.example", 60, "192.0.2.80"),
          said().aaaa("www.example", 60, "2001:db8::80"),
          said().aaaa("www.example", 60, "::ffff:192.0.2.80"),
          said().cname("www.example", 60, "cdn.example"),
          said().cname("www.example", 60, "www.example"),
          said().cname("cdn.example", 60, "www.example").aaaa("cdn.example", 60, "2001:db8::80"),
          response("other.example", asked).a("other.example", 60, "192.0.2.80")};
}

// How many questions one upstream costs by itself is the pool's: twice that for these clients.
TEST_F(ForwarderTest, a_client_behind_a_nat64_costs_two_questions_at_most_whatever_is_answered) {
  Forwarder::Options options;
  options.dns64 = {.on = true,
                   .prefix = Nat64Prefix::from(*IpPrefix::from_text("64:ff9b::/96")).value()};
  const size_t kinds = all_that_may_come(RecordType::kA).size();
  size_t second_questions = 0;
  for (size_t kind = 0; kind < kinds * kinds; ++kind) {
    cache_.clear();
    Forwarder forwarder{{turn_, cache_, recorder_, asker_}, options};
    forwarder.handle(query("www.example", RecordType::kAaaa).bytes(), from("192.0.2.1"));
    for (size_t asked = 0; next_ < asker_.asked.size(); ++asked) {
      ASSERT_LT(asked, 2U) << kind;
      second_questions += asked;
      const auto all = all_that_may_come(asker_.asked[next_].qtype);
      upstream_says(all[asked == 0 ? kind / kinds : kind % kinds]);
    }
    EXPECT_EQ(sink_.sent.size(), kind + 1);
  }
  EXPECT_GT(second_questions, kinds);
}

TEST_F(ForwarderTest, a_client_that_wants_dnssec_records_is_not_given_an_answer_without_them) {
  ask(query("www.example", RecordType::kA));
  upstream_says(response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80"));
  ask(query("www.example", RecordType::kA).opt(1232, testing::kDnssecOk));
  ASSERT_EQ(asker_.asked.size(), 2U);
  EXPECT_TRUE(asker_.asked[1].dnssec_ok);
}

}  // namespace
}  // namespace etymon::forward

// Which addresses an answer delivers, and how each came along.
#include <gmock/gmock.h>

#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::response;
using ::testing::UnorderedElementsAre;

constexpr auto kAnswer = MessageBuilder::kAnswer;
constexpr auto kAdditional = MessageBuilder::kAdditional;
constexpr uint16_t kIpv4Hint = 4;  // RFC 9460 section 14.3.2
constexpr uint16_t kIpv6Hint = 6;
constexpr uint16_t kAlpn = 1;

std::vector<AnswerAddress> addresses_of(const MessageBuilder& message, std::string_view qname,
                                        RecordType type) {
  const auto parsed = parse(message, qname, type);
  EXPECT_TRUE(parsed.ok());
  return parsed.ok() ? parsed->answer.addresses : std::vector<AnswerAddress>();
}

// What the record named of port and transport is told by the tests of services.
AnswerAddress delivered(std::string_view address, Via via) {
  return {ip(address), via};
}

std::vector<AnswerAddress> without_services(std::vector<AnswerAddress> addresses) {
  for (AnswerAddress& address : addresses) {
    address.service = {};
  }
  return addresses;
}

TEST(Addresses, are_those_at_the_end_of_the_chain_sorted_and_once) {
  EXPECT_THAT(addresses_of(response("a.example", RecordType::kA)
                               .cname("a.example", 60, "b.example")
                               .a("b.example", 60, "192.0.2.9")
                               .a("b.example", 60, "192.0.2.1")
                               .a("b.example", 60, "192.0.2.9"),
                           "a.example", RecordType::kA),
              ElementsAre(delivered("192.0.2.1", Via::kA), delivered("192.0.2.9", Via::kA)));
}

TEST(Addresses, of_aaaa_records) {
  EXPECT_THAT(addresses_of(response("a", RecordType::kAaaa).aaaa("a", 60, "2001:db8::1"), "a",
                           RecordType::kAaaa),
              ElementsAre(delivered("2001:db8::1", Via::kAaaa)));
}

TEST(Addresses, a_mapped_one_is_the_ipv4_address) {
  EXPECT_THAT(addresses_of(response("a", RecordType::kAaaa).aaaa("a", 60, "::ffff:192.0.2.1"), "a",
                           RecordType::kAaaa),
              ElementsAre(delivered("192.0.2.1", Via::kMapped)));
}

TEST(Addresses, behind_the_nat64_prefix_tell_both_forms) {
  EXPECT_THAT(addresses_of(response("a", RecordType::kAaaa).aaaa("a", 60, "64:ff9b::c000:201"), "a",
                           RecordType::kAaaa),
              UnorderedElementsAre(delivered("64:ff9b::c000:201", Via::kAaaa),
                                   delivered("192.0.2.1", Via::kMapped)));
}

TEST(Addresses, an_answer_without_addresses_has_none) {
  EXPECT_THAT(addresses_of(response("a", RecordType::kTxt)
                               .record(kAnswer, "a", RecordType::kTxt, 60, std::string("\4text")),
                           "a", RecordType::kTxt),
              IsEmpty());
}

TEST(Addresses, of_unrelated_additional_records_are_not_delivered) {
  EXPECT_THAT(
      addresses_of(response("a", RecordType::kA)
                       .a("a", 60, "192.0.2.1")
                       .record(kAdditional, "ns", RecordType::kA, 60, v4_data("192.0.2.53")),
                   "a", RecordType::kA),
      ElementsAre(delivered("192.0.2.1", Via::kA)));
}

TEST(SvcbHints, are_addresses) {
  const std::string params = svcb_param(kAlpn, "\2h3") +
                             svcb_param(kIpv4Hint, v4_data("192.0.2.1") + v4_data("192.0.2.2")) +
                             svcb_param(kIpv6Hint, v6_data("2001:db8::1"));
  for (const RecordType type : {RecordType::kHttps, RecordType::kSvcb}) {
    EXPECT_THAT(without_services(addresses_of(
                    response("a", type).record(kAnswer, "a", type, 60, svcb_data(1, ".", params)),
                    "a", type)),
                UnorderedElementsAre(delivered("192.0.2.1", Via::kSvcbHint),
                                     delivered("192.0.2.2", Via::kSvcbHint),
                                     delivered("2001:db8::1", Via::kSvcbHint)));
  }
}

std::vector<AnswerAddress> hints_of(uint16_t priority, const std::string& params) {
  return addresses_of(
      response("a", RecordType::kHttps)
          .record(kAnswer, "a", RecordType::kHttps, 60, svcb_data(priority, "b", params)),
      "a", RecordType::kHttps);
}

TEST(SvcbHints, of_an_alias_are_ignored) {
  EXPECT_THAT(hints_of(0, svcb_param(kIpv4Hint, v4_data("192.0.2.1"))), IsEmpty());
}

TEST(SvcbHints, of_a_malformed_record_are_ignored) {
  const std::string hint = svcb_param(kIpv4Hint, v4_data("192.0.2.1"));
  EXPECT_THAT(hints_of(1, hint), ::testing::SizeIs(1));
  EXPECT_THAT(hints_of(1, hint + svcb_param(kAlpn, "\2h3")), IsEmpty()) << "keys must ascend";
  EXPECT_THAT(hints_of(1, hint + hint), IsEmpty()) << "no key twice";
  EXPECT_THAT(hints_of(1, hint + std::string("\0\7\0\5x", 5)), IsEmpty()) << "cut";
  EXPECT_THAT(hints_of(1, svcb_param(kIpv4Hint, "12345")), IsEmpty()) << "not in fours";
  EXPECT_THAT(hints_of(1, svcb_param(kIpv4Hint, "")), IsEmpty()) << "empty";
  EXPECT_THAT(hints_of(1, hint + svcb_param(kIpv6Hint, "12345678")), IsEmpty()) << "not in 16s";
}

TEST(AdditionalAddresses, of_srv_mx_and_svcb_targets_are_delivered) {
  const std::pair<RecordType, std::string> cases[] = {
      {RecordType::kSrv, srv_data("T.example")},
      {RecordType::kMx, mx_data("t.Example")},
      {RecordType::kNs, wire_name("t.example")},
      {RecordType::kSvcb, svcb_data(1, "t.example")},
      {RecordType::kHttps, svcb_data(0, "t.example")}};
  for (const auto& [type, data] : cases) {
    EXPECT_THAT(
        without_services(addresses_of(
            response("a", type)
                .record(kAnswer, "a", type, 60, data)
                .record(kAdditional, "t.example", RecordType::kA, 60, v4_data("192.0.2.1"))
                .record(kAdditional, "t.example", RecordType::kAaaa, 60, v6_data("2001:db8::1"))
                .record(kAdditional, "u.example", RecordType::kA, 60, v4_data("192.0.2.2")),
            "a", type)),
        UnorderedElementsAre(delivered("192.0.2.1", Via::kAdditional),
                             delivered("2001:db8::1", Via::kAdditional)));
  }
}

TEST(AdditionalAddresses, an_svcb_target_written_as_the_root_is_the_owner) {
  EXPECT_THAT(addresses_of(response("a", RecordType::kSvcb)
                               .record(kAnswer, "a", RecordType::kSvcb, 60, svcb_data(1, "."))
                               .record(kAdditional, "a", RecordType::kA, 60, v4_data("192.0.2.1")),
                           "a", RecordType::kSvcb),
              ElementsAre(delivered("192.0.2.1", Via::kAdditional)));
}

// How many additional records are left of an HTTPS record in alias mode, its target's address and
// one record more.
unsigned left_beside_address(MessageBuilder::Section section, const std::string& owner,
                             RecordType type, const std::string& data) {
  const auto parsed =
      parse(response("a", RecordType::kHttps)
                .record(kAnswer, "a", RecordType::kHttps, 60, svcb_data(0, "t.example"))
                .record(section, owner, type, 60, data)
                .record(kAdditional, "t.example", RecordType::kA, 60, v4_data("192.0.2.1")),
            "a", RecordType::kHttps);
  EXPECT_TRUE(parsed.ok());
  EXPECT_THAT(parsed->answer.addresses, ElementsAre(delivered("192.0.2.1", Via::kAdditional)));
  return header_of(*parsed).nscount + header_of(*parsed).arcount;
}

TEST(AdditionalAddresses, that_are_not_recorded_are_not_told) {
  const std::string hint = svcb_param(kIpv4Hint, v4_data("192.0.2.9"));
  EXPECT_EQ(
      left_beside_address(kAdditional, "t.example", RecordType::kHttps, svcb_data(1, ".", hint)),
      1U);
  EXPECT_EQ(left_beside_address(kAdditional, "t.example", RecordType::kSvcb, svcb_data(1, "u")),
            1U);
  EXPECT_EQ(left_beside_address(kAdditional, "t.example", RecordType::kCname, wire_name("u")), 1U);
  EXPECT_EQ(left_beside_address(kAdditional, "example", RecordType::kDname, wire_name("u")), 1U);
  EXPECT_EQ(left_beside_address(kAdditional, "u", RecordType::kA, v4_data("192.0.2.9")), 1U);
  EXPECT_EQ(left_beside_address(MessageBuilder::kAuthority, "t.example", RecordType::kA,
                                v4_data("192.0.2.9")),
            1U);
}

TEST(AdditionalAddresses, go_and_stay_with_their_signatures) {
  EXPECT_EQ(
      left_beside_address(kAdditional, "t.example", RecordType::kRrsig, rrsig_data(RecordType::kA)),
      2U);
  EXPECT_EQ(left_beside_address(kAdditional, "t.example", RecordType::kRrsig,
                                rrsig_data(RecordType::kHttps)),
            1U);
  EXPECT_EQ(left_beside_address(kAdditional, "u", RecordType::kRrsig, rrsig_data(RecordType::kA)),
            1U);
}

Service only_service(const std::vector<AnswerAddress>& addresses) {
  EXPECT_EQ(addresses.size(), 1U);
  return addresses.empty() ? Service() : addresses.front().service;
}

// One SRV record for each port, all to one target.
Service service_of_srv_at(const std::string& owner, const std::vector<uint16_t>& ports) {
  MessageBuilder message = response(owner, RecordType::kSrv);
  for (const uint16_t port : ports) {
    message.record(kAnswer, owner, RecordType::kSrv, 60, srv_data("t.example", port));
  }
  message.record(kAdditional, "t.example", RecordType::kA, 60, v4_data("192.0.2.1"));
  return only_service(addresses_of(message, owner, RecordType::kSrv));
}

TEST(Service, of_an_srv_target_is_its_port_and_the_transport_in_the_owner) {
  EXPECT_EQ(service_of_srv_at("_sip._udp.example", {5060}), (Service{.port = 5060, .udp = true}));
  EXPECT_EQ(service_of_srv_at("_sip._tcp.example", {5060}), (Service{.port = 5060, .tcp = true}));
  EXPECT_EQ(service_of_srv_at("sip.example", {5060}), (Service{.port = 5060}));
  EXPECT_EQ(service_of_srv_at("sip", {5060}), (Service{.port = 5060}));
}

TEST(Service, of_a_target_with_different_ports_has_none) {
  EXPECT_EQ(service_of_srv_at("_sip._udp.example", {5060, 5061}), (Service{.udp = true}));
}

TEST(Service, of_an_svcb_hint_is_its_port_and_the_transports_of_its_protocols) {
  constexpr uint16_t kPort = 3;
  const std::string hint = svcb_param(kIpv4Hint, v4_data("192.0.2.1"));
  const auto service = [&](const std::string& params) {
    return only_service(hints_of(1, params + hint));
  };
  EXPECT_EQ(service(""), Service()) << "nothing that goes without saying counts";
  EXPECT_EQ(service(svcb_param(kAlpn, "\2h3")), (Service{.udp = true}));
  EXPECT_EQ(service(svcb_param(kAlpn, "\2h2\5h3-29")), (Service{.tcp = true, .udp = true}));
  EXPECT_EQ(service(svcb_param(kAlpn, "\3dot\3doq")), (Service{.tcp = true, .udp = true}));
  EXPECT_EQ(service(svcb_param(kAlpn, "\3dot") + svcb_param(kPort, u16_data(853))),
            (Service{.port = 853, .tcp = true}));
  EXPECT_EQ(service(svcb_param(kAlpn, "\7h2")), Service()) << "cut";
}

TEST(Service, of_an_address_record_is_none) {
  EXPECT_EQ(only_service(addresses_of(response("a", RecordType::kA).a("a", 60, "192.0.2.1"), "a",
                                      RecordType::kA)),
            Service());
}

}  // namespace
}  // namespace etymon::wire

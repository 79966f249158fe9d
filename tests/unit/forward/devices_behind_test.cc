// Whose question it is, when a forwarder says so.
#include "resolver/forward/devices_behind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resolver/forward/forwarder.h"
#include "tests/support/dns_messages.h"
#include "tests/support/fakes.h"
#include "tests/support/lone_turn.h"
#include "tests/unit/forward/doubles.h"

namespace etymon::forward {
namespace {

using ::testing::IsEmpty;
using testing::query;
using testing::response;
using ::testing::SizeIs;

class Learned final : public HostLearner {
 public:
  void learn(std::span<const HostSighting> sightings) override {
    all.insert(all.end(), sightings.begin(), sightings.end());
  }
  std::vector<HostSighting> all;
};

std::string option(uint16_t code, const std::string& value) {
  std::string octets;
  ByteWriter out(octets);
  out.u16(code);
  out.u16(static_cast<uint16_t>(value.size()));
  out.bytes(as_bytes(value));
  return octets;
}

const std::string kClient = option(8, std::string("\x00\x01\x20\x00\x0a\x00\x00\x07", 8));
const std::string kMac = option(65'001, std::string("\x02\x00\x00\x00\x00\x07", 6));

class Behind : public ::testing::Test {
 protected:
  void ask(const std::string& options, std::string_view peer = "192.168.1.3",
           const std::optional<IpAddress>& proxied = {}) {
    ReplyTo from;
    from.sink = &sink_;
    from.behind = proxied;
    from.peer = Endpoint{IpAddress::from_text(peer).value(), 5353};
    forwarder_.handle(query("www.example", RecordType::kA).opt(1232, 0, options).bytes(), from);
    turn_.finish();
    if (asker_.asked.size() > answered_) {
      asker_.answer(
          answered_++,
          response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80").wire(),
          Endpoint::from_text("198.51.100.53:53").value());
      turn_.finish();
    }
  }
  std::string client() const { return recorder_.deliveries().back().client.text(); }
  std::string forwarder() const { return recorder_.deliveries().back().forwarder.text(); }

  static Forwarder::Options options() {
    Forwarder::Options options;
    options.trusted_forwarders = {IpPrefix::from_text("192.168.1.3").value()};
    return options;
  }

  Events events_;
  ListingRecorder recorder_{events_};
  ListingSink sink_{events_, "sink"};
  HeldAsker asker_;
  Learned learned_;
  testing::ManualClock clock_;
  testing::LoneTurn turn_{recorder_, clock_};
  cache::AnswerCache cache_{1 << 20, 7};
  Forwarder forwarder_{{turn_, cache_, recorder_, asker_, nullptr, &learned_}, options()};
  size_t answered_ = 0;
};

TEST_F(Behind, the_client_that_a_trusted_forwarder_names_is_the_deliverys) {
  ask(kClient);
  EXPECT_EQ(client(), "10.0.0.7");
  EXPECT_EQ(sink_.sent.back().first.peer.address.text(), "192.168.1.3") << "the answer goes back";
  ask(kClient);
  EXPECT_EQ(client(), "10.0.0.7") << "from the cache, too";
}

TEST_F(Behind, both_addresses_are_recorded_where_somebody_stands_between) {
  ask(kClient);
  EXPECT_EQ(forwarder(), "192.168.1.3");
  ask("");
  EXPECT_EQ(forwarder(), "::") << "its own question";
  ask(option(8, std::string("\x00\x01\x20\x00\xc0\xa8\x01\x03", 8)));
  EXPECT_EQ(forwarder(), "::") << "it names itself";
  ask(kClient, "192.168.1.4");
  EXPECT_EQ(forwarder(), "::") << "a stranger, who is the client";
  ask("", "192.168.1.5", IpAddress::from_text("192.168.1.9").value());
  EXPECT_EQ(forwarder(), "192.168.1.5") << "a proxy";
  ask(kClient, "192.168.1.5", IpAddress::from_text("192.168.1.3").value());
  EXPECT_EQ(forwarder(), "192.168.1.5") << "of two the one that we see";
}

TEST_F(Behind, its_mac_is_learned_with_it_once_a_minute) {
  ask(kClient + kMac);
  ask(kMac + kClient);
  ASSERT_THAT(learned_.all, SizeIs(1));
  EXPECT_EQ(learned_.all[0].device, "mac:02:00:00:00:00:07");
  EXPECT_EQ(learned_.all[0].address.text(), "10.0.0.7");
  EXPECT_EQ(learned_.all[0].source, HostSource::kForwarder);
  clock_.advance(Seconds(61));
  ask(kClient + kMac);
  EXPECT_THAT(learned_.all, SizeIs(2));
}

TEST_F(Behind, a_mac_alone_names_the_client_that_has_the_lease) {
  ask(kMac);
  EXPECT_EQ(client(), "192.168.1.3") << "without leases nobody knows";
  const local::DeviceAddresses devices = {{MacAddress::from_text("02:00:00:00:00:07").value(),
                                           IpAddress::from_text("10.0.0.7").value()}};
  forwarder_.know(std::make_shared<local::Knowledge>(local::Knowledge::Parts{
      .names = std::make_shared<local::Names>(60),
      .special_names = std::make_shared<local::SpecialNames>(local::SpecialNames::Zones{}),
      .block_list = std::make_shared<local::BlockList>(local::BlockList::Options{}, 7),
      .devices = std::make_shared<local::DeviceAddresses>(devices)}));
  ask(kMac);
  EXPECT_EQ(client(), "10.0.0.7");
  EXPECT_EQ(forwarder(), "192.168.1.3");
  ask(option(65'001, "02:00:00:00:00:08"));
  EXPECT_EQ(client(), "192.168.1.3") << "it has no lease";
  ask(kMac, "192.168.1.4");
  EXPECT_EQ(client(), "192.168.1.4") << "not to be believed";
  EXPECT_THAT(learned_.all, IsEmpty()) << "the leases are where it comes from";
}

TEST_F(Behind, another_mac_is_learned_at_once) {
  ask(kClient + kMac);
  ask(kClient + option(65'001, "02:00:00:00:00:08"));
  ASSERT_THAT(learned_.all, SizeIs(2));
  EXPECT_EQ(learned_.all[1].device, "mac:02:00:00:00:00:08");
}

TEST_F(Behind, strangers_who_name_a_client_are_not_believed) {
  ask(kClient + kMac, "192.168.1.4");
  EXPECT_EQ(client(), "192.168.1.4");
  EXPECT_THAT(learned_.all, IsEmpty());
}

TEST_F(Behind, whom_a_proxy_names_is_believed_only_if_trusted_itself) {
  ask(kClient, "192.168.1.3", IpAddress::from_text("192.168.1.9").value());
  EXPECT_EQ(client(), "192.168.1.9") << "its own option could be anybody's";
  ask(kClient, "192.168.1.5", IpAddress::from_text("192.168.1.3").value());
  EXPECT_EQ(client(), "10.0.0.7") << "a forwarder before the proxy";
  ask("", "192.168.1.5", IpAddress::from_text("192.168.1.3").value());
  EXPECT_EQ(client(), "192.168.1.3");
}

TEST_F(Behind, without_a_whole_address_the_client_is_the_forwarder) {
  for (const std::string& options :
       {std::string(), kMac, option(8, std::string("\x00\x01\x18\x00\x0a\x00\x00", 7)),
        option(8, std::string("\x00\x01\x20\x00\x0a\x00\x00", 7)), option(8, ""),
        option(8, std::string("\x00\x02\x20\x00\x0a\x00\x00\x07", 8))}) {
    ask(options);
    EXPECT_EQ(client(), "192.168.1.3");
  }
  EXPECT_THAT(learned_.all, IsEmpty()) << "the forwarder's address is not the device's";
}

TEST_F(Behind, an_ipv6_client_is_named_in_full_too) {
  ask(option(8, std::string("\x00\x02\x80\x00\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 20)));
  EXPECT_EQ(client(), "2001:db8::7");
}

TEST_F(Behind, a_mac_that_names_no_device_is_not_learned) {
  for (const std::string& mac : {std::string(6, '\0'), std::string(6, '\xff'), std::string("x"),
                                 std::string("02:00:00:00:00"), std::string()}) {
    ask(kClient + option(65'001, mac));
  }
  EXPECT_THAT(learned_.all, IsEmpty());
}

TEST(DevicesBehind, remembers_a_bounded_number_of_addresses) {
  Learned learned;
  DevicesBehind behind({}, &learned);
  for (uint32_t i = 0; i < 3 * DevicesBehind::kToldMax; ++i) {
    std::string value("\x00\x01\x20\x00", 4);
    ByteWriter(value).u32(0x0A000000 + i);
    const auto message = query("www.example", RecordType::kA).opt(1232, 0, option(8, value) + kMac);
    wire::QueryView view;
    ASSERT_EQ(wire::read_query(message.bytes(), view), wire::Triage::kAnswer);
    behind.client_of(view, WallTime(Seconds(1'700'000'000)), nullptr);
  }
  EXPECT_THAT(learned.all, SizeIs(3 * DevicesBehind::kToldMax));
}

}  // namespace
}  // namespace etymon::forward

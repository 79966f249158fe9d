// rtnetlink's neighbours, from octets as the kernel sends them and from such as it never would.
#include "resolver/hosts/neighbour_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "tests/support/fakes.h"

namespace etymon::hosts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr WallTime kNow{Seconds(1'700'000'000)};
constexpr uint32_t kTicks = 100;
const std::string kMac("\x02\x00\x00\x00\x00\x07", 6);
const std::string kV4("\xc0\xa8\x01\x07", 4);

template <class T>
std::string octets_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string attribute(unsigned short type, const std::string& value) {
  const rtattr head{static_cast<unsigned short>(sizeof(rtattr) + value.size()), type};
  std::string octets = octets_of(head) + value;
  octets.resize((octets.size() + 3) / 4 * 4);
  return octets;
}

std::string message(uint16_t type, const std::string& body) {
  nlmsghdr head{};
  head.nlmsg_len = static_cast<uint32_t>(sizeof(head) + body.size());
  head.nlmsg_type = type;
  return octets_of(head) + body;
}

struct Entry {
  uint8_t family = AF_INET;
  uint16_t state = NUD_REACHABLE;
  uint8_t flags = 0;
  std::string address = kV4;
  std::string mac = kMac;
  uint32_t confirmed = 0;  // ticks ago
  uint32_t updated = 0;
};

std::string neighbour(const Entry& entry) {
  ndmsg head{};
  head.ndm_family = entry.family;
  head.ndm_state = entry.state;
  head.ndm_flags = entry.flags;
  const nda_cacheinfo age{entry.confirmed, 0, entry.updated, 1};
  return message(RTM_NEWNEIGH, octets_of(head) + attribute(NDA_DST, entry.address) +
                                   attribute(NDA_LLADDR, entry.mac) +
                                   attribute(NDA_CACHEINFO, octets_of(age)));
}

NeighbourNews read(const std::string& octets) {
  return read_neighbours(as_bytes(octets), kNow, kTicks);
}

TEST(Neighbours, an_entry_says_which_device_has_an_address) {
  const NeighbourNews news = read(neighbour({}));
  EXPECT_FALSE(news.failed);
  EXPECT_THAT(news.sightings,
              ElementsAre(HostSighting{.device = "mac:02:00:00:00:00:07",
                                       .address = IpAddress::from_text("192.168.1.7").value(),
                                       .seen = {kNow, kNow},
                                       .source = HostSource::kNeighbour}));
}

TEST(Neighbours, are_of_ipv6_too) {
  const IpAddress address = IpAddress::from_text("2001:db8::7").value();
  const std::string octets(reinterpret_cast<const char*>(address.octets().data()), 16);
  const NeighbourNews news = read(neighbour({.family = AF_INET6, .address = octets}));
  ASSERT_THAT(news.sightings, SizeIs(1));
  EXPECT_EQ(news.sightings[0].address, address);
}

TEST(Neighbours, were_seen_when_the_kernel_last_heard_of_them) {
  const NeighbourNews news =
      read(neighbour({.state = NUD_STALE, .confirmed = 90'000, .updated = 1'250}));
  ASSERT_THAT(news.sightings, SizeIs(1));
  EXPECT_EQ(news.sightings[0].seen.end, kNow - Milliseconds(12'500));
}

TEST(Neighbours, several_messages_come_in_one_buffer) {
  const NeighbourNews news =
      read(neighbour({}) + neighbour({.address = "\x0a\x01\x01\x01"}) + message(NLMSG_DONE, ""));
  EXPECT_THAT(news.sightings, SizeIs(2));
  EXPECT_TRUE(news.dump_ended);
}

TEST(Neighbours, a_router_says_that_it_is_one) {
  EXPECT_TRUE(read(neighbour({.flags = NTF_ROUTER})).sightings.at(0).is_router);
}

TEST(Neighbours, nothing_is_learned_from_what_names_no_device) {
  for (const Entry& entry : std::vector<Entry>{{.state = NUD_INCOMPLETE},
                                               {.state = NUD_FAILED},
                                               {.state = NUD_NOARP},
                                               {.flags = NTF_PROXY},
                                               {.family = AF_BRIDGE},
                                               {.mac = ""},
                                               {.mac = std::string(6, '\0')},
                                               {.mac = std::string("\x01\x00\x5e\x00\x00\x01", 6)},
                                               {.mac = std::string(20, '\2')},
                                               {.address = ""},
                                               {.family = AF_INET6}}) {
    const NeighbourNews news = read(neighbour(entry));
    EXPECT_THAT(news.sightings, IsEmpty());
    EXPECT_FALSE(news.failed);
  }
}

TEST(Neighbours, an_entry_that_goes_is_no_sighting) {
  std::string gone = neighbour({});
  gone[4] = static_cast<char>(RTM_DELNEIGH);
  EXPECT_THAT(read(gone).sightings, IsEmpty());
}

TEST(Neighbours, an_error_of_the_kernel_is_a_failure_and_an_acknowledgement_none) {
  nlmsgerr error{};
  error.error = -105;
  EXPECT_TRUE(read(message(NLMSG_ERROR, octets_of(error))).failed);
  error.error = 0;
  EXPECT_FALSE(read(message(NLMSG_ERROR, octets_of(error))).failed);
}

TEST(Neighbours, a_buffer_that_is_cut_anywhere_is_read_up_to_there) {
  const std::string two = neighbour({}) + neighbour({});
  for (size_t size = 1; size < two.size(); ++size) {
    // A copy of exactly that size, so that a read beyond it is one beyond the heap block.
    const std::vector<uint8_t> cut(two.begin(), two.begin() + static_cast<std::ptrdiff_t>(size));
    const NeighbourNews news = read_neighbours(cut, kNow, kTicks);
    EXPECT_EQ(news.failed, size != two.size() / 2) << size;
    EXPECT_LE(news.sightings.size(), 1U);
  }
}

TEST(Neighbours, octets_of_no_sense_end_the_reading) {
  testing::SeededRandom random(7);
  const std::string sound = neighbour({}) + neighbour({.flags = NTF_ROUTER});
  for (int round = 0; round < 20'000; ++round) {
    std::vector<uint8_t> octets(sound.begin(), sound.end());
    for (int i = 0; i < 3; ++i) {
      octets[random.u64() % octets.size()] = static_cast<uint8_t>(random.u64());
    }
    EXPECT_LE(read_neighbours(octets, kNow, kTicks).sightings.size(), 8U);
  }
}

TEST(Neighbours, the_question_asks_for_the_whole_table) {
  const std::string request = neighbour_dump_request(5);
  ASSERT_EQ(request.size(), sizeof(nlmsghdr) + sizeof(ndmsg));
  nlmsghdr head{};
  memcpy(&head, request.data(), sizeof(head));
  EXPECT_EQ(head.nlmsg_type, RTM_GETNEIGH);
  EXPECT_EQ(head.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
  EXPECT_EQ(head.nlmsg_seq, 5U);
}

}  // namespace
}  // namespace etymon::hosts

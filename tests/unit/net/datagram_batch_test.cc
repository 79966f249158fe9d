// What leaves with one system call: datagrams of one size that go the same way as one run, which
// the kernel divides.
#include "resolver/net/datagram_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/udp.h>

#include <string>
#include <vector>

namespace etymon::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Endpoint kLoopback{IpAddress::v4(0x7F000001), 0};

// A socket that is given runs undivided, so that they can be seen.
class Receiver {
 public:
  Receiver() : fd_(open_bound_socket(kLoopback, SOCK_DGRAM, PortSharing::kExclusive).value()) {
    set_option(fd_.get(), IPPROTO_UDP, UDP_GRO, 1);
  }

  Endpoint endpoint() const { return local_endpoint(fd_.get()); }

  // What has come.
  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    std::string room(65'536, '\0');
    for (;;) {
      const ssize_t size = recv(fd_.get(), room.data(), room.size(), MSG_DONTWAIT);
      if (size < 0) {
        return all;
      }
      all.push_back(room.substr(0, static_cast<size_t>(size)));
    }
  }

 private:
  FileDescriptor fd_;
};

class DatagramBatch : public ::testing::Test {
 protected:
  static Datagram to(const Receiver& receiver, std::string_view text) {
    return {as_bytes(text), receiver.endpoint(), kLoopback.address, 0};
  }

  void connect_to(const Receiver& receiver) const {
    SocketAddress address;
    const socklen_t size = to_socket_address(receiver.endpoint(), 0, address);
    ASSERT_EQ(connect(fd_.get(), &address.any, size), 0);
  }

  // Has no checksums computed: so the kernel divides nothing, as on the way into an IPsec tunnel.
  void refuse_runs() const { set_option(fd_.get(), SOL_SOCKET, SO_NO_CHECK, 1); }

  FileDescriptor fd_ = open_socket(kLoopback.address, SOCK_DGRAM).value();
  SendBatch batch_{LocalAddress::kFixed, Runs::kTogether};
  Receiver one_;
  Receiver other_;
};

TEST_F(DatagramBatch, sends_neighbours_of_one_size_as_one) {
  const std::vector<Datagram> datagrams = {to(one_, "aaa"), to(one_, "bbb"), to(one_, "ccc")};
  EXPECT_EQ(batch_.send(fd_.get(), datagrams), 3U);
  EXPECT_THAT(one_.messages(), ElementsAre("aaabbbccc"));
}

TEST_F(DatagramBatch, lets_a_smaller_one_end_a_run_and_a_larger_one_begin_another) {
  const std::vector<Datagram> datagrams = {to(one_, "aaa"), to(one_, "bbb"), to(one_, "c"),
                                           to(one_, "ddd"), to(one_, "eeee")};
  EXPECT_EQ(batch_.send(fd_.get(), datagrams), 5U);
  EXPECT_THAT(one_.messages(), ElementsAre("aaabbbc", "ddd", "eeee"));
}

TEST_F(DatagramBatch, begins_a_run_for_each_peer) {
  const std::vector<Datagram> datagrams = {to(one_, "aaa"), to(one_, "bbb"), to(other_, "ccc"),
                                           to(other_, "ddd"), to(one_, "eee")};
  EXPECT_EQ(batch_.send(fd_.get(), datagrams), 5U);
  EXPECT_THAT(one_.messages(), ElementsAre("aaabbb", "eee"));
  EXPECT_THAT(other_.messages(), ElementsAre("cccddd"));
}

TEST_F(DatagramBatch, begins_a_run_for_each_address_of_ours) {
  SendBatch batch(LocalAddress::kPerDatagram, Runs::kTogether);
  std::vector<Datagram> datagrams = {to(one_, "aaa"), to(one_, "bbb"), to(one_, "ccc")};
  datagrams[2].local = IpAddress::v4(0x7F000002);
  EXPECT_EQ(batch.send(fd_.get(), datagrams), 3U);
  EXPECT_THAT(one_.messages(), ElementsAre("aaabbb", "ccc"));
}

TEST_F(DatagramBatch, makes_no_run_larger_than_a_message) {
  const std::string large(1'232, 'x');
  const std::vector<Datagram> datagrams(kBatchMax, to(one_, large));
  EXPECT_EQ(batch_.send(fd_.get(), datagrams), kBatchMax);
  const std::vector<std::string> messages = one_.messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].size() + messages[1].size(), kBatchMax * large.size());
}

TEST_F(DatagramBatch, leaves_all_apart_where_that_is_wanted) {
  SendBatch batch(LocalAddress::kFixed, Runs::kApart);
  const std::vector<Datagram> datagrams = {to(one_, "aaa"), to(one_, "bbb")};
  EXPECT_EQ(batch.send(fd_.get(), datagrams), 2U);
  EXPECT_THAT(one_.messages(), ElementsAre("aaa", "bbb"));
}

TEST_F(DatagramBatch, sends_one_by_one_what_the_kernel_will_not_divide) {
  refuse_runs();
  const std::vector<Datagram> datagrams = {to(one_, "aaa"), to(one_, "bbb"), to(one_, "c"),
                                           to(other_, "ddd")};
  EXPECT_EQ(batch_.send(fd_.get(), datagrams), 4U);
  EXPECT_THAT(one_.messages(), ElementsAre("aaa", "bbb", "c"));
  EXPECT_THAT(other_.messages(), ElementsAre("ddd"));
}

TEST_F(DatagramBatch, counts_no_run_that_cannot_leave) {
  std::vector<Datagram> datagrams = {to(one_, "aaa"), to(one_, "bbb"), to(other_, "ccc")};
  datagrams[0].peer.port = datagrams[1].peer.port = 0;  // Port 0 cannot be sent to.
  EXPECT_EQ(batch_.send(fd_.get(), datagrams), 1U);
  EXPECT_THAT(other_.messages(), ElementsAre("ccc"));
}

TEST_F(DatagramBatch, of_a_connected_socket_makes_runs_too) {
  connect_to(one_);
  const std::vector<ByteView> datagrams = {as_bytes("aaa"), as_bytes("bbb"), as_bytes("cccc")};
  EXPECT_TRUE(batch_.send(fd_.get(), datagrams));
  EXPECT_THAT(one_.messages(), ElementsAre("aaabbb", "cccc"));
}

TEST_F(DatagramBatch, of_a_connected_socket_goes_one_by_one_if_need_be) {
  connect_to(one_);
  refuse_runs();
  const std::vector<ByteView> datagrams = {as_bytes("aaa"), as_bytes("bbb"), as_bytes("cccc")};
  EXPECT_TRUE(batch_.send(fd_.get(), datagrams));
  EXPECT_THAT(one_.messages(), ElementsAre("aaa", "bbb", "cccc"));
}

TEST_F(DatagramBatch, of_a_socket_without_a_peer_says_that_it_cannot_leave) {
  const std::vector<ByteView> datagrams = {as_bytes("aaa"), as_bytes("bbb")};
  EXPECT_FALSE(batch_.send(fd_.get(), datagrams));
  EXPECT_THAT(one_.messages(), IsEmpty());
}

}  // namespace
}  // namespace etymon::net

// Where the command looks for the daemon of its machine.
#include "api/cli/nearby_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/fakes.h"

namespace etymon::cli {
namespace {

constexpr uint32_t kLoopback = 0x7F000001;

class NearbyServer : public ::testing::Test {
 protected:
  ~NearbyServer() override {
    for (const int descriptor : open_) {
      close(descriptor);
    }
  }

  // Somebody listens at the socket's path; at a port, which is given.
  int listen_at_socket() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.socket_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    return listen_at(reinterpret_cast<sockaddr&>(address), sizeof(address));
  }
  void listen_at_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(kLoopback);
    const int descriptor = listen_at(reinterpret_cast<sockaddr&>(address), sizeof(address));
    socklen_t size = sizeof(address);
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    port_.endpoint.port = ntohs(address.sin_port);
  }

  int listen_at(const sockaddr& address, socklen_t size) {
    const int descriptor = ::socket(address.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(descriptor, &address, size), 0);
    EXPECT_EQ(listen(descriptor, 1), 0);
    open_.push_back(descriptor);
    return descriptor;
  }

  testing::TemporaryFolder folder_;
  const api::ServerAddress socket_{folder_.path() + "/api.sock", {}};
  api::ServerAddress port_{{}, {IpAddress::v4(kLoopback), 1}};  // nobody is at port 1
  std::vector<int> open_;
};

TEST_F(NearbyServer, is_at_its_socket) {
  listen_at_port();
  listen_at_socket();
  EXPECT_EQ(nearby_server(socket_, port_), socket_);
}

TEST_F(NearbyServer, is_at_its_port_where_there_is_no_socket) {
  EXPECT_EQ(nearby_server(socket_, port_), port_);
}

TEST_F(NearbyServer, is_at_its_port_where_the_socket_is_left_over) {
  listen_at_port();
  close(listen_at_socket());
  open_.pop_back();
  ASSERT_TRUE(std::filesystem::exists(socket_.socket_path));
  EXPECT_EQ(nearby_server(socket_, port_), port_);
}

TEST_F(NearbyServer, is_at_its_port_where_the_socket_is_for_others) {
  if (geteuid() == 0) {
    GTEST_SKIP() << "root may connect to every socket";
  }
  listen_at_port();
  listen_at_socket();
  std::filesystem::permissions(socket_.socket_path, std::filesystem::perms::none);
  EXPECT_EQ(nearby_server(socket_, port_), port_);
}

TEST_F(NearbyServer, is_looked_for_at_the_socket_where_nobody_is_at_the_port_either) {
  close(listen_at_socket());
  open_.pop_back();
  EXPECT_EQ(nearby_server(socket_, port_), socket_);
}

}  // namespace
}  // namespace etymon::cli

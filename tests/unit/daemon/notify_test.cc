// What the service manager hears.
#include "api/daemon/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "tests/support/fakes.h"

namespace etymon::daemon {
namespace {

// A datagram socket at `path`, as the service manager holds it.
int listen_at(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? fd : -1;
}

TEST(Notify, tells_the_service_manager) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/notify";
  const int fd = listen_at(path);
  ASSERT_GE(fd, 0);
  EXPECT_TRUE(notify(path, kReady));
  char heard[64] = {};
  EXPECT_EQ(recv(fd, heard, sizeof(heard), 0), 7);
  EXPECT_STREQ(heard, "READY=1");
  close(fd);
}

TEST(Notify, without_a_service_manager_is_content) {
  EXPECT_TRUE(notify("", kReady));
}

TEST(Notify, says_when_nobody_heard) {
  const testing::TemporaryFolder folder;
  EXPECT_FALSE(notify(folder.path() + "/nobody", kReady));
  EXPECT_FALSE(notify(std::string(200, 'x'), kReady));
}

}  // namespace
}  // namespace etymon::daemon

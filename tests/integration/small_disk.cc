#include "tests/integration/small_disk.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/integration/own_network.h"

namespace etymon::testing {
namespace {

bool can_mount() {
  const TemporaryFolder folder;
  if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    return false;
  }
  umount2(folder.path().c_str(), MNT_DETACH);
  return true;
}

}  // namespace

SmallDisk::SmallDisk(const std::string& size) {
  if (mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0) {
    throw std::runtime_error(std::string("cannot mount a small disk: ") + std::strerror(errno));
  }
}

SmallDisk::~SmallDisk() {
  umount2(folder_.path().c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
  std::ofstream ballast(this->ballast(), std::ios::binary | std::ios::app);
  const std::string block(4096, 'x');
  while (ballast.write(block.data(), std::ssize(block)).flush()) {
  }
}

void SmallDisk::make_room() const {
  std::filesystem::remove(ballast());
}

void with_small_disks(const std::function<void()>& test) {
  if (const std::optional<Finished> again = run_again_as_root()) {
    EXPECT_EQ(again->status, 0) << again->out << again->err;
    if (again->out.find("SKIPPED") == std::string::npos) {
      return;
    }
  }
  if (!can_mount()) {  // A namespace's root may be kept from it, too.
    GTEST_SKIP() << "neither root nor user namespaces: nobody can mount a small disk here";
  }
  test();
}

}  // namespace etymon::testing

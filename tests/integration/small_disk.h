// SmallDisk: a folder on a disk of its own in memory, until the object goes.
//
// Only root mounts one, of whatever namespace: a test calls with_small_disks(), which runs it once
// more as the root of a user namespace. So the disk goes with the test, however that ends.
#pragma once

#include <functional>
#include <string>

#include "tests/support/fakes.h"

namespace etymon::testing {

class SmallDisk {
 public:
  // `size` as mount wants it: "16m". Throws std::runtime_error.
  explicit SmallDisk(const std::string& size);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& path() const { return folder_.path(); }

  // What others had reserved and gave back is filled, too, when called again.
  void fill() const;
  void make_room() const;

 private:
  std::string ballast() const { return path() + "/ballast"; }

  TemporaryFolder folder_;
};

// Does what a test does with small disks, there where it may mount them; skips it where it may
// nowhere.
void with_small_disks(const std::function<void()>& test);

}  // namespace etymon::testing

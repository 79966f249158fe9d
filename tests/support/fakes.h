// Doubles that a test holds in its hand: time that moves when told, dice that repeat.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>

#include "resolver/base/clock.h"
#include "resolver/base/random.h"

namespace etymon::testing {

// Both clocks stand still until advance(); the wall clock alone can be set. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime(Seconds(1'700'000'000)))
      : began_us_(start.time_since_epoch().count()) {}

  WallTime wall() const override { return WallTime(Microseconds(began_us_ + passed_us_)); }
  MonotonicTime monotonic() const override { return MonotonicTime(Microseconds(passed_us_)); }

  // Of both clocks at once: nobody sees one ahead of the other.
  void advance(Microseconds by) { passed_us_ += by.count(); }
  void set_wall(WallTime to) { began_us_ = to.time_since_epoch().count() - passed_us_; }

 private:
  std::atomic<int64_t> began_us_;  // the wall clock when `passed_us_` was 0
  std::atomic<int64_t> passed_us_{0};
};

// The same numbers for the same seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  void fill(std::span<uint8_t> out) override {
    for (uint8_t& octet : out) {
      octet = static_cast<uint8_t>(engine_());
    }
  }

 private:
  std::mt19937_64 engine_;
};

// A folder of the test's own below the system's temporary folder; removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "etymon-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace etymon::testing

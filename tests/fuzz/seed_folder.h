// SeedFolder: where make_fuzz_seeds puts the seeds of one target.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace etymon::fuzz {

class SeedFolder {
 public:
  explicit SeedFolder(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
  }

  void add(const char* name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  // Of a message that is still being built.
  template <class Builder>
  void add(const char* name, const Builder& message) const {
    add(name, message.wire());
  }

 private:
  std::filesystem::path path_;
};

// In make_capture_seeds.cc: the packets' builder has names of its own for what messages are made
// of.
void write_captures(const SeedFolder& seeds);
void write_pcapng_files(const SeedFolder& seeds);

}  // namespace etymon::fuzz

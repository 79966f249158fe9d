// Which files of a folder some octets stand in: for tests of what has to be gone.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace etymon::testing {

// Files that go while they are looked for do not count.
inline std::vector<std::string> files_with_octets(const std::string& folder,
                                                  const std::string& octets) {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    std::error_code gone;
    if (!file.is_regular_file(gone)) {
      continue;
    }
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(stream), {}};
    if (all.find(octets) != std::string::npos) {
      files.push_back(file.path());
    }
  }
  return files;
}

}  // namespace etymon::testing

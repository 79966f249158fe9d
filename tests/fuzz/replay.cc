// Runs a fuzz target over every file of the folders given, without a fuzzer: for every build and
// every compiler. A target that finds something wrong ends the process.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

void replay_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  // Said first, so that the last line before a crash names its input.
  std::printf("%s\n", path.c_str());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

size_t replay_folder(const std::string& folder) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      replay_file(entry.path());
      ++files;
    }
  }
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> folders(argv + 1, argv + argc);
  if (const char* extra = std::getenv("ETYMON_EXTRA_CORPUS"); extra != nullptr) {
    std::istringstream list(extra);
    for (std::string folder; std::getline(list, folder, ':');) {
      folders.push_back(folder);
    }
  }
  size_t files = 0;
  for (const std::string& folder : folders) {
    files += replay_folder(folder);
  }
  std::printf("%zu inputs\n", files);
  return files > 0 ? 0 : 1;  // An empty corpus proves nothing.
}

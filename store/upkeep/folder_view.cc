#include "store/upkeep/folder_view.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

}  // namespace

bool make_view(const std::string& folder, const std::string& view) {
  std::error_code error;
  fs::remove_all(view, error);
  fs::create_directories(view, error);
  const std::string prefix = "MANIFEST-";
  std::string newest;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) &&
        (newest.empty() || file_number(name, prefix) > file_number(newest, prefix))) {
      newest = name;
    }
    std::error_code ignored;
    if (name != "CURRENT" && name != "LOCK" && entry.is_regular_file(ignored)) {
      fs::create_symlink(fs::absolute(entry.path()), view + "/" + name, ignored);
    }
  }
  std::ofstream(view + "/CURRENT") << newest << "\n";
  return !newest.empty();
}

uint64_t file_number(const std::string& name, const std::string& prefix) {
  uint64_t number = 0;
  for (const char c : name.substr(std::min(prefix.size(), name.size()))) {
    if (c < '0' || c > '9') {
      break;
    }
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number;
}

}  // namespace etymon::store

#include "store/upkeep/folder_view.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "MANIFEST-";

Error cannot(const std::string& make, const std::error_code& error) {
  const bool is_full = error == std::errc::no_space_on_device;
  return {is_full ? ErrorCode::kResourceExhausted : ErrorCode::kIo,
          "cannot create " + make + ": " + error.message()};
}

// The names of the files in `folder`; none where there is no such folder.
Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::error_code ignored;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(ignored)) {
      names.push_back(it->path().filename().string());
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error{ErrorCode::kIo, "cannot read " + folder + ": " + error.message()};
  }
  return names;
}

std::string newest_manifest(const std::vector<std::string>& names) {
  std::string newest;
  for (const std::string& name : names) {
    if (name.starts_with(kManifest) &&
        (newest.empty() || file_number(name, kManifest) > file_number(newest, kManifest))) {
      newest = name;
    }
  }
  return newest;
}

}  // namespace

Result<bool> make_view(const std::string& folder, const std::string& view) {
  const auto names = names_in(folder);
  if (!names) {
    return names.error();
  }
  std::error_code error;
  fs::remove_all(view, error);
  fs::create_directories(view, error);
  for (const std::string& name : *names) {
    if (!error && name != "CURRENT" && name != "LOCK") {
      fs::create_symlink(fs::absolute(folder + "/" + name), view + "/" + name, error);
    }
  }
  if (error) {
    return cannot(view, error);
  }
  const std::string newest = newest_manifest(*names);
  std::ofstream current(view + "/CURRENT");
  if (!(current << newest << "\n").flush()) {
    return cannot(view + "/CURRENT", std::make_error_code(std::errc::no_space_on_device));
  }
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

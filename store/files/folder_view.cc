#include "store/files/folder_view.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "store/files/folders.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "MANIFEST-";

Error cannot(const std::string& make, const std::error_code& error) {
  const bool is_full = error == std::errc::no_space_on_device;
  return {is_full ? ErrorCode::kResourceExhausted : ErrorCode::kIo,
          "cannot create " + make + ": " + error.message()};
}

bool is_linked(const std::string& name, ViewLogs logs) {
  const bool is_log = name.ends_with(".log");
  return name != "CURRENT" && name != "LOCK" && !(is_log && logs == ViewLogs::kLeftOut);
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

Result<bool> make_view(const std::string& folder, const std::string& view, ViewLogs logs) {
  const auto names = file_names(folder);
  if (!names) {
    return names.error();
  }
  std::error_code error;
  fs::remove_all(view, error);
  fs::create_directories(view, error);
  const fs::path whole = error ? fs::path() : fs::absolute(folder, error);
  for (const std::string& name : *names) {
    if (!error && is_linked(name, logs)) {
      fs::create_symlink(whole / name, view + "/" + name, error);
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

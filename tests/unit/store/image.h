// A store that is open, as a process that is killed at this moment leaves it.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <system_error>

namespace etymon::store {

inline std::set<std::string> names_below(const std::string& folder) {
  std::set<std::string> names;
  std::error_code gone;  // Files come and go meanwhile.
  for (std::filesystem::recursive_directory_iterator it(folder, gone), end; !gone && it != end;
       it.increment(gone)) {
    names.insert(it->path().string());
  }
  return names;
}

// Copies the folder `store` to `image`, in the place of what is there, until no file was made or
// removed meanwhile.
inline void take_image(const std::string& store, const std::string& image) {
  std::error_code error;
  std::set<std::string> before;
  do {
    before = names_below(store);
    std::filesystem::remove_all(image);
    std::filesystem::copy(store, image, std::filesystem::copy_options::recursive, error);
  } while (error || names_below(store) != before);
}

}  // namespace etymon::store

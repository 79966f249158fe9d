#include "tests/layering/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace etymon::layering {
namespace {

namespace fs = std::filesystem;

bool is_source(const fs::path& path) {
  const fs::path kind = path.extension();
  const bool is_ours = path.generic_string().find("/third_party/") == std::string::npos;
  return is_ours && (kind == ".h" || kind == ".cc" || kind == ".proto");
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<SourceFile> read_sources(std::initializer_list<std::string_view> folders) {
  const fs::path root = ETYMON_SOURCE_ROOT;
  std::vector<SourceFile> found;
  for (const std::string_view folder : folders) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file() && is_source(entry.path())) {
        found.push_back({entry.path().lexically_relative(root).generic_string(), read(entry)});
      }
    }
  }
  std::ranges::sort(found, {}, &SourceFile::path);
  return found;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace etymon::layering

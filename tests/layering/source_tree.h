// The project's own source files, as text. Values; one thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace etymon::layering {

struct SourceFile {
  std::string path;  // from the root, with '/': "resolver/base/clock.h"
  std::string text;

  bool is_header() const { return path.ends_with(".h"); }
};

// All .h, .cc and .proto files below `folders` of the project, ordered by path; without those of
// proto/third_party, which are kept as their makers wrote them.
std::vector<SourceFile> read_sources(std::initializer_list<std::string_view> folders);

// The lines of `text` without their ends; a final line end begins no further line.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace etymon::layering

// Which folder may include what, and a check of sources against it. Pure functions, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/layering/source_tree.h"

namespace etymon::layering {

// One row of the architecture. A folder may include itself, the folders it names, whatever those
// may include in turn, and the headers of its libraries. A file belongs to the row with the longest
// path that it lies below.
struct Folder {
  std::string_view path;
  std::vector<std::string_view> uses;
  std::vector<std::string_view> libraries;
};

// How the headers of a third-party library are recognised: by the beginning of what stands between
// the brackets of the #include.
struct Library {
  std::string_view name;
  std::vector<std::string_view> headers;
};

struct Architecture {
  std::vector<Folder> folders;  // each names only folders above it, so there is no circle
  std::vector<Library> libraries;
};

struct Include {
  size_t line = 0;  // counted from 1
  std::string_view header;
  bool quoted = false;
};

// All #include lines of a source text.
std::vector<Include> includes_of(std::string_view text);

// What in the table itself is wrong: a folder that is used before it is listed, an unknown library.
std::vector<std::string> flaws_of(const Architecture& architecture);

// One line "FILE:LINE: what is wrong" for each forbidden #include in `sources`.
std::vector<std::string> forbidden_includes(const Architecture& architecture,
                                            std::span<const SourceFile> sources);

}  // namespace etymon::layering

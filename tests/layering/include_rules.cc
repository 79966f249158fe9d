#include "tests/layering/include_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace etymon::layering {
namespace {

// Headers of the C library and of Linux that are told from third-party ones by their folder; those
// of the C++ library have neither dot nor slash.
constexpr std::array<std::string_view, 5> kSystemFolders = {"sys/", "netinet/", "arpa/", "net/",
                                                            "linux/"};
constexpr std::array<std::string_view, 16> kSystemHeaders = {
    "dirent.h", "errno.h", "fcntl.h",  "grp.h",     "ifaddrs.h", "langinfo.h",
    "malloc.h", "netdb.h", "poll.h",   "pthread.h", "pwd.h",     "sched.h",
    "signal.h", "spawn.h", "syslog.h", "unistd.h"};

// What protoc makes of proto/ is included in quotes, by its path below proto/.
bool is_generated(std::string_view header) {
  return header.ends_with(".pb.h");
}

bool is_system(std::string_view header) {
  return header.find_first_of("./") == std::string_view::npos ||
         std::ranges::find(kSystemHeaders, header) != kSystemHeaders.end() ||
         std::ranges::any_of(kSystemFolders, [&](auto f) { return header.starts_with(f); });
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool lies_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
}

const Folder* folder_of(const Architecture& architecture, std::string_view path) {
  const Folder* deepest = nullptr;
  for (const Folder& folder : architecture.folders) {
    if (lies_below(path, folder.path) &&
        (deepest == nullptr || folder.path.size() > deepest->path.size())) {
      deepest = &folder;
    }
  }
  return deepest;
}

const Folder* folder_named(const Architecture& architecture, std::string_view path) {
  const auto found = std::ranges::find(architecture.folders, path, &Folder::path);
  return found == architecture.folders.end() ? nullptr : &*found;
}

// `folder`, and everything that can be reached from it along the arrows.
std::set<std::string_view> reachable(const Architecture& architecture, const Folder& folder) {
  std::set<std::string_view> reached = {folder.path};
  for (const std::string_view used : folder.uses) {
    reached.merge(reachable(architecture, *folder_named(architecture, used)));
  }
  return reached;
}

const Library* library_of(const Architecture& architecture, std::string_view header) {
  for (const Library& library : architecture.libraries) {
    if (std::ranges::any_of(library.headers, [&](auto h) { return header.starts_with(h); })) {
      return &library;
    }
  }
  return nullptr;
}

std::optional<std::string> objection_to_foreign(std::string_view header, const Folder& folder,
                                                const Architecture& architecture) {
  if (const Library* library = library_of(architecture, header)) {
    return contains(folder.libraries, library->name)
               ? std::nullopt
               : std::optional(std::string(library->name) + " is not a library of this folder");
  }
  return is_system(header) ? std::nullopt
                           : std::optional("<" + std::string(header) + "> belongs to no library");
}

std::optional<std::string> objection_to_own(std::string_view header, const Folder& folder,
                                            const Architecture& architecture) {
  const Folder* target =
      is_generated(header) ? folder_named(architecture, "proto") : folder_of(architecture, header);
  if (target == nullptr) {
    return "\"" + std::string(header) + "\" lies in no folder of the architecture";
  }
  return reachable(architecture, folder).contains(target->path)
             ? std::nullopt
             : std::optional("must not know " + std::string(target->path));
}

// What is wrong with `include` in a file of `folder`; nothing when it is allowed.
std::optional<std::string> objection_to(const Include& include, const Folder& folder,
                                        const Architecture& architecture) {
  return include.quoted ? objection_to_own(include.header, folder, architecture)
                        : objection_to_foreign(include.header, folder, architecture);
}

}  // namespace

std::vector<Include> includes_of(std::string_view text) {
  constexpr std::string_view kDirective = "#include ";
  std::vector<Include> includes;
  size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    if (!line.starts_with(kDirective)) {
      continue;
    }
    line.remove_prefix(kDirective.size());
    const bool quoted = line.starts_with('"');
    const size_t end = line.find(quoted ? '"' : '>', 1);
    if (end != std::string_view::npos) {
      includes.push_back({number, line.substr(1, end - 1), quoted});
    }
  }
  return includes;
}

std::vector<std::string> flaws_of(const Architecture& architecture) {
  std::vector<std::string> flaws;
  std::set<std::string_view> above;
  for (const Folder& folder : architecture.folders) {
    for (const std::string_view used : folder.uses) {
      if (!above.contains(used)) {
        flaws.push_back(std::string(folder.path) + " uses " + std::string(used) +
                        ", which is not listed above it");
      }
    }
    for (const std::string_view library : folder.libraries) {
      if (std::ranges::find(architecture.libraries, library, &Library::name) ==
          architecture.libraries.end()) {
        flaws.push_back(std::string(folder.path) + " uses the unknown library " +
                        std::string(library));
      }
    }
    above.insert(folder.path);
  }
  return flaws;
}

std::vector<std::string> forbidden_includes(const Architecture& architecture,
                                            std::span<const SourceFile> sources) {
  std::vector<std::string> findings;
  for (const SourceFile& source : sources) {
    const Folder* folder = folder_of(architecture, source.path);
    if (folder == nullptr) {
      findings.push_back(source.path + ": lies in no folder of the architecture");
      continue;
    }
    for (const Include& include : includes_of(source.text)) {
      if (const auto objection = objection_to(include, *folder, architecture)) {
        findings.push_back(source.path + ":" + std::to_string(include.line) + ": " + *objection);
      }
    }
  }
  return findings;
}

}  // namespace etymon::layering

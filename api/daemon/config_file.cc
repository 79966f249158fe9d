#include "api/daemon/config_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "api/daemon/settings.h"

namespace etymon::daemon {

namespace {

using Kind = Setting::Kind;

// What one key says, in the order of the text.
struct Entry {
  std::string key;
  const toml::node* node;

  toml::source_index line() const { return node->source().begin.line; }
};

Error at_line(const std::string& file, toml::source_index line, const std::string& message) {
  return {ErrorCode::kInvalidArgument, file + ":" + std::to_string(line) + ": " + message};
}

Error at_entry(const std::string& file, const Entry& entry, const std::string& message) {
  return at_line(file, entry.line(), "key '" + entry.key + "': " + message);
}

// True for "store" when there is a setting such as "store.path".
bool is_section(const std::string& key) {
  return std::any_of(settings().begin(), settings().end(),
                     [&](const Setting& setting) { return setting.key.starts_with(key + "."); });
}

// Every key below `table` with its dotted name. A table that is no section of ours stays whole, so
// that it is reported as the unknown key it is.
void collect(const toml::table& table, const std::string& prefix, std::vector<Entry>& entries) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const toml::table* below = node.as_table();
    if (below != nullptr && is_section(key)) {
      collect(*below, key + ".", entries);
    } else {
      entries.push_back({key, &node});
    }
  }
}

const char* wanted(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "wants a string";
    case Kind::kNumber:
      return "wants a whole number";
    case Kind::kList:
    case Kind::kSome:
      return "wants an array of strings";
  }
  return "";
}

bool is_list(Kind kind) {
  return kind == Kind::kList || kind == Kind::kSome;
}

// The node's values as a flag would have brought them; nothing when it is of another type.
std::optional<std::vector<std::string>> values_of(const toml::node& node, Kind kind) {
  std::vector<std::string> values;
  if (kind == Kind::kText && node.is_string()) {
    return std::vector{node.as_string()->get()};
  }
  if (kind == Kind::kNumber && node.is_integer()) {
    return std::vector{std::to_string(node.as_integer()->get())};
  }
  if (!is_list(kind) || !node.is_array()) {
    return std::nullopt;
  }
  for (const toml::node& element : *node.as_array()) {
    if (!element.is_string()) {
      return std::nullopt;
    }
    values.push_back(element.as_string()->get());
  }
  return values;
}

Status apply_entry(const Entry& entry, const std::string& file, Config& config) {
  const Setting* setting = find_setting(entry.key);
  if (setting == nullptr) {
    return at_entry(file, entry, "there is no such setting");
  }
  const auto values = values_of(*entry.node, setting->kind);
  if (!values) {
    return at_entry(file, entry, wanted(setting->kind));
  }
  if (setting->kind == Kind::kSome && values->empty()) {
    return at_entry(file, entry, "it is empty; leave the key out for the default");
  }
  if (const Status applied = setting->apply(*values, config); !applied) {
    return at_entry(file, entry, applied.error().message);
  }
  return {};
}

}  // namespace

Status apply_toml(std::string_view text, const std::string& file, Config& config) {
  toml::table document;
  try {
    document = toml::parse(text, file);
  } catch (const toml::parse_error& mistake) {
    return at_line(file, mistake.source().begin.line, std::string(mistake.description()));
  }
  std::vector<Entry> entries;
  collect(document, "", entries);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.line() < b.line(); });
  for (const Entry& entry : entries) {
    if (Status applied = apply_entry(entry, file, config); !applied) {
      return applied;
    }
  }
  return {};
}

}  // namespace etymon::daemon

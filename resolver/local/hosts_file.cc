#include "resolver/local/hosts_file.h"

#include <optional>

#include "resolver/local/text_lines.h"

namespace etymon::local {
namespace {

std::optional<HostsLine> read_line(std::string_view line) {
  // "fe80::1%lo0": which link it is on does not concern a name.
  const std::string_view address_text = take_word(line);
  const auto address = IpAddress::from_text(address_text.substr(0, address_text.find('%')));
  if (!address) {
    return std::nullopt;
  }
  HostsLine read{.address = *address, .names = {}, .number = 0};
  while (!line.empty()) {
    if (auto name = DomainName::from_text(take_word(line)); name && !name->is_root()) {
      read.names.push_back(*std::move(name));
    }
  }
  return read.names.empty() ? std::nullopt : std::optional(std::move(read));
}

}  // namespace

HostsFile read_hosts(std::string_view text) {
  HostsFile file;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    const std::string_view line = take_line(text);
    if (line.empty()) {
      continue;
    }
    if (auto read = read_line(line)) {
      read->number = number;
      file.lines.push_back(*std::move(read));
    } else {
      file.passed_over.add(number, whole);
    }
  }
  return file;
}

}  // namespace etymon::local

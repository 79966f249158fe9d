#include "resolver/local/block_list.h"

#include "resolver/local/soa.h"
#include "resolver/local/text_lines.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"

namespace etymon::local {
namespace {

constexpr size_t kV4Octets = 4;
constexpr size_t kV6Octets = 16;

// False when it is no name.
bool add_name(std::string_view text, NameSet& set) {
  if (text.starts_with("*.")) {
    text.remove_prefix(2);  // The names below are meant in any case.
  }
  const Result<DomainName> name = DomainName::from_text(text);
  if (!name.ok() || name->is_root()) {
    return false;
  }
  set.add(name->canonical().wire());
  return true;
}

bool read_line(std::string_view line, NameSet& set) {
  const std::string_view first = take_word(line);
  if (line.empty()) {
    return add_name(first, set);
  }
  if (!IpAddress::from_text(first.substr(0, first.find('%'))).ok()) {
    return false;
  }
  bool sound = true;
  while (!line.empty()) {
    const std::string_view name = take_word(line);
    const bool machine = name.find('.') == name.npos || IpAddress::from_text(name).ok();
    sound = (machine || add_name(name, set)) && sound;
  }
  return sound;
}

}  // namespace

size_t read_name_list(std::string_view text, NameSet& set) {
  size_t passed_over = 0;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (!line.empty() && !read_line(line, set)) {
      ++passed_over;
    }
  }
  return passed_over;
}

std::optional<wire::OwnAnswer> BlockList::answer(std::string_view qname, RecordType type) const {
  const std::string_view rule = blocked_.closest(qname);
  if (rule.empty() || !allowed_.closest(qname).empty()) {
    return std::nullopt;
  }
  const bool is_address = type == RecordType::kA || type == RecordType::kAaaa;
  if (options_.answer == BlockAnswer::kNullAddress && is_address) {
    const std::string null(type == RecordType::kA ? kV4Octets : kV6Octets, '\0');
    return wire::OwnAnswer{.answer = {{std::string(qname), type, options_.ttl_s, null}}};
  }
  const Rcode rcode =
      options_.answer == BlockAnswer::kNxDomain ? Rcode::kNxDomain : Rcode::kNoError;
  return wire::OwnAnswer{.rcode = rcode, .authority = {soa_of(rule, options_.ttl_s)}};
}

}  // namespace etymon::local

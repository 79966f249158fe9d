#include "resolver/local/block_list.h"

#include "resolver/local/labels.h"
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
  if (!name.ok() || name->is_root() || IpAddress::from_text(text).ok()) {
    return false;
  }
  const std::string wire = name->canonical().wire();
  // What has other letters is a rule of another kind, and would block nothing.
  if (!is_host_name(wire)) {
    return false;
  }
  set.add(wire);
  return true;
}

// "||ads.example^", as lists for browsers have it, is the name and all below; whatever stands in
// front or behind makes another rule of it.
std::string_view name_in_rule(std::string_view word) {
  constexpr std::string_view kBegin = "||";
  constexpr std::string_view kEnd = "^";
  return word.starts_with(kBegin) && word.ends_with(kEnd)
             ? word.substr(kBegin.size(), word.size() - kBegin.size() - kEnd.size())
             : word;
}

// "news.example##.ad" is about parts of that name's pages, and no name with a comment.
bool is_about_pages(std::string_view line) {
  const size_t mark = line.find('#');
  return mark != line.npos && mark > 0 && mark + 1 < line.size() &&
         kBlanks.find(line[mark - 1]) == kBlanks.npos &&
         std::string_view("#@?$%").find(line[mark + 1]) != line.npos;
}

bool is_remark(std::string_view line) {
  return line.empty() || line.front() == '!' || line.front() == '[';
}

bool read_line(std::string_view line, NameSet& set) {
  const std::string_view first = take_word(line);
  if (line.empty()) {
    return add_name(name_in_rule(first), set);
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

PassedOver read_name_list(std::string_view text, NameSet& set) {
  PassedOver passed_over;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    const std::string_view line = take_line(text);
    if (!is_remark(line) && (is_about_pages(whole) || !read_line(line, set))) {
      passed_over.add(number, whole);
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

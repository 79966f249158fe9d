#include "api/service/callers.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "resolver/base/regular_file.h"

namespace etymon::service {
namespace {

constexpr size_t kSecretMin = 32;
constexpr size_t kSecretMax = 256;
constexpr mode_t kOthers = 0007;
constexpr std::string_view kBlanks = " \t\r";

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

// A # begins a comment at the beginning of a line or behind a blank; a secret may have one.
std::string_view without_comment(std::string_view line) {
  for (size_t at = line.find('#'); at != line.npos; at = line.find('#', at + 1)) {
    if (at == 0 || kBlanks.find(line[at - 1]) != kBlanks.npos) {
      return line.substr(0, at);
    }
  }
  return line;
}

std::string_view take_word(std::string_view& rest) {
  const size_t begin = std::min(rest.find_first_not_of(kBlanks), rest.size());
  const size_t end = std::min(rest.find_first_of(kBlanks, begin), rest.size());
  const std::string_view word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

// Compares all octets whatever they are, so that the time tells nothing of how many are right.
bool is_same_secret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto other = static_cast<unsigned char>(b[std::min(i, b.size() - 1)]);
    difference |= unsigned{static_cast<unsigned char>(a[i])} ^ other;
  }
  return difference == 0;
}

Result<std::vector<IpPrefix>> read_prefixes(std::string_view text) {
  std::vector<IpPrefix> prefixes;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const auto prefix = IpPrefix::from_text(text.substr(0, comma));
    if (!prefix) {
      return prefix.error();
    }
    prefixes.push_back(*prefix);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return prefixes;
}

}  // namespace

std::optional<Role> role_from_text(std::string_view text) {
  if (text == "ask") {
    return Role::kAsk;
  }
  if (text == "ingest") {
    return Role::kIngest;
  }
  return text == "admin" ? std::optional(Role::kAdmin) : std::nullopt;
}

std::string_view text_of(Role role) {
  if (role == Role::kAsk) {
    return "ask";
  }
  return role == Role::kIngest ? "ingest" : "admin";
}

bool Caller::may_ask_about(const IpAddress& client) const {
  return clients.empty() ||
         std::ranges::any_of(clients, [&](const IpPrefix& p) { return p.contains(client); });
}

Result<Callers::Entry> Callers::read_line(std::string_view line) {
  Entry entry;
  entry.caller.name = take_word(line);
  const auto role = role_from_text(take_word(line));
  const std::string_view proof = take_word(line);
  const auto prefixes = read_prefixes(take_word(line));
  if (!role || !take_word(line).empty()) {
    return invalid("NAME ask|ingest|admin token:SECRET|cert:COMMON-NAME [PREFIX,...] is wanted");
  }
  if (entry.caller.name == kUnixCaller || entry.caller.name == kLoopbackCaller) {
    return invalid("'" + entry.caller.name +
                   "' is what those are called who are not listed: take another name");
  }
  entry.caller.role = *role;
  if (proof.starts_with("token:")) {
    entry.secret = proof.substr(6);
  } else if (proof.starts_with("cert:")) {
    entry.common_name = proof.substr(5);
  }
  if (entry.secret.empty() && entry.common_name.empty()) {
    return invalid("neither token:SECRET nor cert:COMMON-NAME is given");
  }
  const size_t length = entry.secret.size();
  if (entry.common_name.empty() && (length < kSecretMin || length > kSecretMax)) {
    return invalid("the secret has not 32 to 256 characters");
  }
  if (!prefixes) {  // Its own error would show the word, and what if that is the secret?
    return invalid("the blocks of clients are not of the form 192.168.1.0/24,2001:db8::/32");
  }
  if (!prefixes->empty() && *role != Role::kAsk) {
    return invalid("only ask can be limited to some clients");
  }
  entry.caller.clients = *prefixes;
  return entry;
}

bool Callers::has_proof_of(const Entry& entry) const {
  return by_secret(entry.secret).has_value() || by_common_name(entry.common_name).has_value();
}

Result<Callers> Callers::from_text(std::string_view text) {
  Callers callers;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = without_comment(line);
    if (line.find_first_not_of(kBlanks) == std::string_view::npos) {
      continue;
    }
    auto entry = read_line(line);
    if (callers.entries_.size() == kMax) {
      return invalid("line " + std::to_string(number) + ": more than 1000 callers");
    }
    if (entry && callers.has_proof_of(*entry)) {
      entry = invalid("the token, or the certificate, is that of an earlier line");
    }
    if (!entry) {
      return invalid("line " + std::to_string(number) + ": " + entry.error().message);
    }
    callers.entries_.push_back(*std::move(entry));
  }
  return callers;
}

Result<Callers> Callers::from_file(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    return Error{ErrorCode::kIo, path + ": " + std::strerror(errno)};
  }
  if ((found.st_mode & kOthers) != 0) {
    return Error{ErrorCode::kPermissionDenied,
                 path + ": it holds secrets and is open to others; chmod o-rwx it"};
  }
  const auto text = read_regular_file(path, kFileMax + 1);
  if (!text) {
    return text.error();
  }
  if (text->size() > kFileMax) {
    return Error{ErrorCode::kIo, path + ": has more than 1 MiB"};
  }
  auto callers = from_text(*text);
  return callers ? callers : invalid(path + ", " + callers.error().message);
}

std::optional<Caller> Callers::by_secret(std::string_view secret) const {
  std::optional<Caller> found;
  for (const Entry& entry : entries_) {
    if (!entry.secret.empty() && !secret.empty() && is_same_secret(entry.secret, secret)) {
      found = entry.caller;
    }
  }
  return found;
}

std::optional<Caller> Callers::by_common_name(std::string_view common_name) const {
  for (const Entry& entry : entries_) {
    if (!entry.common_name.empty() && entry.common_name == common_name) {
      return entry.caller;
    }
  }
  return std::nullopt;
}

const Caller* Callers::with_certificate() const {
  const auto found =
      std::ranges::find_if(entries_, [](const Entry& entry) { return !entry.common_name.empty(); });
  return found == entries_.end() ? nullptr : &found->caller;
}

Result<Callers> read_callers(const std::string& path, const Tls& tls) {
  auto callers = Callers::from_file(path);
  const Caller* unheard = callers && tls.client_ca.empty() ? callers->with_certificate() : nullptr;
  return unheard == nullptr
             ? std::move(callers)
             : invalid(path + ": '" + unheard->name +
                       "' of api.callers has cert:, but nobody is asked for a certificate: set "
                       "api.tls_client_ca, or give a token");
}

}  // namespace etymon::service

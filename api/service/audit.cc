#include "api/service/audit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "resolver/base/time_text.h"

namespace etymon::service {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr Seconds kLookEvery(1);
// Of any one field but the next two.
constexpr size_t kFieldMax = 1024;
// Of what a stranger says, who is refused whatever it is: a name in most cases.
constexpr size_t kStrangerFieldMax = 256;
// Of a known caller, a folder as long as Linux takes one, or what is to be forgotten, with all
// conditions.
constexpr size_t kSubjectMax = 4096;
// A name in presentation form, with its escapes escaped again, and all other conditions.
constexpr size_t kFilterMax = 2048;

// As JSON; whatever a caller sends stays one line of ASCII.
void append_field(std::string& out, const char* name, std::string_view value,
                  size_t max = kFieldMax) {
  constexpr const char* kDigits = "0123456789abcdef";
  out += std::string(",\"") + name + "\":\"";
  for (const char c : value.substr(0, max)) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet >= 0x20 && octet < 0x7F) {
      out += c;
    } else {
      out += "\\u00";
      out += kDigits[octet >> 4];
      out += kDigits[octet & 0xF];
    }
  }
  out += '"';
  if (value.size() > max) {
    out += std::string(",\"") + name + "_left_out\":" + std::to_string(value.size() - max);
  }
}

// Of a line that a full disk had cut, before the end of an earlier process as a rule.
bool ends_in_part_of_a_line(int fd, off_t size) {
  char last = '\n';
  return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

Audit::Audit(std::string path, const Clock& clock, OnNotice on_notice)
    : path_(std::move(path)), clock_(clock), on_notice_(std::move(on_notice)) {}

Audit::~Audit() {
  const int fd = state_.lock()->fd;
  if (fd >= 0) {
    close(fd);
  }
}

// Does nothing while the file is still the one that is open.
void Audit::reopen(State& state) const {
  struct stat found {};
  const bool is_there = stat(path_.c_str(), &found) == 0;
  if (state.fd >= 0 && is_there && found.st_ino == state.inode) {
    return;
  }
  const int fd = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd < 0) {
    return;
  }
  if (state.fd >= 0) {
    close(state.fd);
  }
  state.fd = fd;
  const bool is_known = fstat(fd, &found) == 0;
  state.inode = is_known ? found.st_ino : 0;
  state.is_cut = is_known && ends_in_part_of_a_line(fd, found.st_size);
}

Status Audit::open() {
  if (!is_on()) {
    return {};
  }
  auto state = state_.lock();
  reopen(*state);
  if (state->fd < 0) {
    return Error{ErrorCode::kIo,
                 "cannot write the audit record " + path_ + ": " + std::strerror(errno)};
  }
  return {};
}

void Audit::write(const AuditRecord& record) {
  if (!is_on()) {
    return;
  }
  const bool is_stranger = record.caller.empty();
  const auto at_most = [is_stranger](size_t max) { return is_stranger ? kStrangerFieldMax : max; };
  std::string line = "{\"at\":\"" + format_time(clock_.wall()) + "\"";
  append_field(line, "caller", record.caller);
  append_field(line, "peer", record.peer);
  append_field(line, "method", record.method);
  append_field(line, "client", record.client, at_most(kFieldMax));
  append_field(line, "subject", record.subject, at_most(kSubjectMax));
  if (!record.filter.empty()) {
    append_field(line, "filter", record.filter, at_most(kFilterMax));
  }
  append_field(line, "refused", record.refused);
  std::string notice;
  auto level = api::LogLevel::kInfo;
  {
    auto state = state_.lock();
    look(*state);
    if (is_stranger && ++state->strangers > kStrangersMax) {
      ++state->left_out;
      return;
    }
    if (state->left_out > 0) {
      line += ",\"left_out\":" + std::to_string(std::exchange(state->left_out, 0));
    }
    line += "}\n";
    const bool is_written = append(*state, line);
    state->lost += is_written ? 0 : 1;
    if (std::exchange(state->failing, !is_written) == is_written) {
      notice = is_written ? "the audit record goes on; lost so far: " + std::to_string(state->lost)
                          : "the audit record " + path_ + " cannot be written";
      level = is_written ? api::LogLevel::kInfo : api::LogLevel::kWarning;
    }
  }
  if (!notice.empty() && on_notice_) {
    on_notice_(level, notice);
  }
}

// Once a second.
void Audit::look(State& state) const {
  if (clock_.monotonic() >= state.look_at) {
    state.look_at = clock_.monotonic() + kLookEvery;
    state.strangers = 0;
    reopen(state);
  }
}

// Behind a line that was cut a new one begins.
bool Audit::append(State& state, const std::string& line) {
  if (state.fd < 0) {
    return false;
  }
  const std::string octets = state.is_cut ? "\n" + line : line;
  const ssize_t written = ::write(state.fd, octets.data(), octets.size());
  if (written > 0) {
    state.is_cut = octets[static_cast<size_t>(written) - 1] != '\n';
  }
  return written == static_cast<ssize_t>(octets.size());
}

}  // namespace etymon::service

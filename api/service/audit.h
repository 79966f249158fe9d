// Audit: a record of who asked what about whom, one line of JSON each, in a file.
//
// Written before the answer leaves. When the file has been moved away or removed (log rotation), a
// new one is begun within a second. What cannot be written is counted and told, once until writing
// works again, and the answer leaves all the same: a full disk must not take the lookups with it.
// Strangers cannot fill the disk with it: beyond so many refusals of theirs in a second, the next
// line says how many were left out. A field that is longer than any request can have it that is
// carried out is cut, and the next one, named for it ("subject_left_out"), says by how many octets.
// Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/service/notice.h"
#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"

namespace etymon::service {

struct AuditRecord {
  std::string_view caller;   // its name; empty: a stranger
  std::string_view peer;     // where it calls from, as gRPC writes it
  std::string_view method;   // "Lookup"
  std::string_view client;   // the host that is asked about; empty: all
  std::string_view subject;  // the address, name or folder, or all that is asked for; empty: all
  std::string_view filter;   // every condition, where there may be more; empty: there is none
  std::string_view refused;  // the reason; empty: it was let in, whatever became of it
};

class Audit {
 public:
  static constexpr int kStrangersMax = 20;  // lines a second about those who are not known

  // `path` empty: nothing is recorded.
  Audit(std::string path, const Clock& clock, OnNotice on_notice = {});
  ~Audit();
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  // Makes sure that the file can be written. Error kIo.
  Status open();

  bool is_on() const { return !path_.empty(); }
  void write(const AuditRecord& record);
  uint64_t lost() const { return state_.lock()->lost; }  // records, since the start

 private:
  struct State {
    int fd = -1;
    uint64_t inode = 0;
    uint64_t lost = 0;
    bool failing = false;   // the last record could not be written
    bool is_cut = false;    // and a part of it stands in the file
    int strangers = 0;      // lines about them since look_at was set
    uint64_t left_out = 0;  // about them, since the last line
    MonotonicTime look_at{};
  };

  void look(State& state) const;
  void reopen(State& state) const;
  static bool append(State& state, const std::string& line);

  const std::string path_;
  const Clock& clock_;
  const OnNotice on_notice_;
  Guarded<State> state_;
};

}  // namespace etymon::service

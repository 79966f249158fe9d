// Forget log: the rows of the table `kept` that tell of forgetting: what is being forgotten now,
// and what was. Private to store/.
//
// An order is on the disk before the first row goes, and is carried out from there after a crash.
// Once everything it is about has left the tables the row no longer says which client and name it
// was about; then the table's own files are rewritten, and the record takes its place.
#pragma once

#include <rocksdb/iterator.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"
#include "store/model/forget_report.h"
#include "store/tables/tables.h"

namespace etymon::store {

// Stored: values are never renumbered.
enum class ForgetState : uint8_t {
  kRows = 1,   // some of it may still be in the tables
  kFiles = 2,  // none of it is, but octets of it may be in files
};

struct PendingForget {
  ForgetState state = ForgetState::kRows;
  ForgetRecord record;             // so far
  std::optional<IpPrefix> client;  // while in kRows, as `name`
  std::optional<DomainName> name;

  friend bool operator==(const PendingForget&, const PendingForget&) = default;
};

struct ForgetLog {
  std::optional<PendingForget> pending;
  std::vector<ForgetRecord> records;  // oldest first
};

// Error: kDataLoss (damaged), or as the disk says.
Result<ForgetLog> read_forget_log(rocksdb::Iterator& kept);
Result<ForgetLog> read_forget_log(const Tables& tables);

// Adds what one row says. Of several orders, as files of several ages may have them, the one that
// is left is the newest, and of that what has the most to do. False: it is damaged.
bool read_forget_row(std::string_view key, std::string_view value, ForgetLog& log);

// Whether a key of `kept` is one of these, and not a floor's.
bool is_forget_key(std::string_view key);

std::string pending_forget_key();
std::string encode_forget(const PendingForget& pending);
// REQUIRES: no two records were asked for in the same microsecond.
std::string forget_record_key(const ForgetRecord& record);
std::string encode_forget(const ForgetRecord& record);

}  // namespace etymon::store

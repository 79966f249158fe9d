// Keeper: whoever keeps deliveries and can be asked for them. Etymon's store is one, its peers are
// the others; all are told the same and asked the same.
//
// One thread. Failures are thrown as std::runtime_error: a benchmark has nothing to go on with.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "resolver/model/domain_name.h"
#include "resolver/model/history.h"
#include "resolver/model/ip_address.h"
#include "tests/bench/history_workload.h"

namespace etymon::bench {

enum class QuestionKind {
  kAddress,    // which names had led this client to this address at span.end?
  kAddresses,  // which names had led which clients to these addresses at span.end?
  kPrefix,     // what was told of these addresses in the span?
  kName,       // what was told under this name in the span?
  kSubtree,    // the same for the name and all below it
  kClient,     // what was this client told in the span?
};
inline constexpr QuestionKind kQuestionKinds[] = {QuestionKind::kAddress, QuestionKind::kAddresses,
                                                  QuestionKind::kPrefix,  QuestionKind::kName,
                                                  QuestionKind::kSubtree, QuestionKind::kClient};
const char* to_text(QuestionKind kind);

// Most rows that a question is answered with.
inline constexpr size_t kRowsMax = 1000;

struct HistoryQuestion {
  QuestionKind kind = QuestionKind::kAddress;
  IpPrefix address = {};
  IpAddress client = {};
  DomainName name = {};
  TimeSpan span = {};
};

class Keeper {
 public:
  virtual ~Keeper() = default;

  virtual std::string name() const = 0;

  // Returns when all of it can be asked for.
  virtual void keep(std::span<const Told> told, HistoryWorkload& workload) = 0;

  // Brings everything to where it is to stay. What is tidied up later, in the background, may go
  // on.
  virtual void settle() = 0;
  // Nothing is told for a minute, by the clock that the keeper has, if it has one of its own.
  virtual void pass_quiet_minute() {}
  // Brings everything into its smallest form.
  virtual void compact() = 0;

  // What is kept now, once more, to be asked and no more told; all of it lies in `folder`, which is
  // not there yet. Null: cannot be had.
  virtual std::unique_ptr<Keeper> copy(const std::string& folder);

  // Processor time that was spent so far on keeping, all threads and processes.
  virtual double processor_seconds() = 0;

  // Octets on disk, by what they are for.
  virtual std::map<std::string, uint64_t> bytes() = 0;

  virtual bool understands(QuestionKind kind) const = 0;
  // How many rows the answer has; of kAddress 1 when any name is known, else 0.
  virtual size_t ask(const HistoryQuestion& question) = 0;

  // The next question finds nothing of the data in memory, neither here nor in the machine's cache.
  virtual void go_cold() = 0;
  // The next questions find all files in the machine's cache, and nothing of them here, as after a
  // start. Some machines let go of pages that nobody has read for seconds, also where there is
  // room: those reads would be the disk's.
  virtual void go_warm() = 0;
};

struct KeeperOptions {
  std::string folder;  // exists, empty
  WallTime start;      // no delivery is earlier
  size_t turn = 32;    // deliveries that one loop records at once
};

std::unique_ptr<Keeper> etymon_keeper(const KeeperOptions& options);
std::unique_ptr<Keeper> sqlite_keeper(const KeeperOptions& options);
// REQUIRES: balboa_is_installed().
std::unique_ptr<Keeper> balboa_keeper(const KeeperOptions& options);
bool balboa_is_installed();

// Processor time of a process so far, all its threads.
double processor_seconds_of(pid_t process);

// Octets of all files in and below the folder.
uint64_t bytes_below(const std::string& folder);
// Makes the machine forget what it holds of them in memory, or hold all of it.
void drop_pages_below(const std::string& folder);
void read_pages_below(const std::string& folder);

}  // namespace etymon::bench

// Forget: takes deliveries out of the store, so that no octet of them is left on the disk.
//
// The folder's thread does it step by step, folding in between:
//   order     what is to be forgotten is written down (forget_log.h): from here on it will be done,
//             whatever fails or dies;
//   fold      what was recorded up to here comes into the tables;
//   rows      some thousand at a time are taken out of all tables at once; before that, the hours
//             in which they lie are no longer covered, on the disk, so nothing claims that what is
//             gone never was;
//   answers   that nothing refers to any more are removed; one that a cache may still deliver goes
//             on living in memory, under its number, and is stored again when it is delivered;
//   hosts     which devices the client was, when it is forgotten whatever the name;
//   files     all tables are rewritten, once nobody reads them as they were before (purge.h, as for
//             retention), the journal lets go of what is folded, older files and manifests go;
//   record    takes the place of the order.
// What is delivered while it goes on is not forgotten. What fails is tried again every minute.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "store/answer_book.h"
#include "store/forget_log.h"
#include "store/forget_report.h"
#include "store/forget_rows.h"
#include "store/host_keeper.h"
#include "store/purge.h"
#include "store/tables.h"
#include "store/tail.h"
#include "store/upkeep/meter.h"

namespace etymon::store {

class Forget {
 public:
  // What it works with; all of it must outlive it. The functions are called on the folder's thread,
  // but for `wake`.
  struct Parts {
    Tables& tables;
    AnswerBook& book;
    const Tail& tail;
    HostKeeper& hosts;
    const Clock& clock;
    // step() has something to do.
    std::function<void()> wake;
    // What the tail holds now waits to be folded.
    std::function<void()> freeze;
    // Why it cannot be; empty: it can.
    std::function<std::string()> fold_error;
    // These spans are no longer covered; returns when that is on the disk. Error kUnavailable: in a
    // moment, perhaps.
    std::function<Status(std::span<const TimeSpan> spans)> leave_out;
    // What the journal holds of folded deliveries goes from the disk; once its older files do, too,
    // the second one says so.
    std::function<Status()> clear_journal;
    std::function<Result<bool>()> remove_older_journal;
    std::function<void(const ForgetNews&)> tell;  // may be empty
  };
  explicit Forget(Parts parts) : parts_(std::move(parts)), purge_(parts_.tables) {}

  // What was forgotten, and what has to go on. Before the folder's thread is started. Errors:
  // kDataLoss, kIo.
  Status load();

  // Waits until it is done, one at a time; any thread. Errors: kInvalidArgument, kUnavailable
  // (stopped: nobody waits any more, what has begun goes on), kDataLoss, and as the disk says.
  Result<ForgetReport> run(const ForgetOrder& order, const Oversight& oversight);

  std::vector<ForgetRecord> records() const { return state_.lock()->records; }
  // Why what has begun does not go on now; empty: all is well.
  std::string last_error() const { return state_.lock()->last_error; }

  // Whoever waits is told that the store closes.
  void stop();

  // Folder's thread: some of it. True: there is more, at once.
  bool step();

 private:
  enum class Phase {
    kOrder,
    kFreeze,
    kFold,
    kRows,
    kAnswers,
    kHosts,
    kReaders,
    kFiles,
    kSubject,
    kOwnFiles,
    kJournal,
    kJournalFiles,
    kManifest,
    kOlderFiles,
    kRecord,
  };
  enum class Step { kMore, kWait, kOver };

  struct Job {
    uint64_t ticket = 0;  // of who waits for it; 0: nobody
    ForgetMode mode = ForgetMode::kCount;
    PendingForget order = {};
    Phase phase = Phase::kOrder;
    std::string from = {};       // key of `by_name` behind the rows that are done
    std::set<Hour> hours = {};   // since the start of the process
    uint64_t hours_before = 0;   // of an earlier process
    uint64_t removed_at = 0;     // number of RocksDB's last write that removed anything
    MonotonicTime not_before{};  // is a step to be tried
    uint64_t octets = 0;         // dealt with
    uint64_t octets_before = 0;  // in earlier phases
    uint64_t octets_max = 0;
  };

  struct Waiting {
    uint64_t ticket = 0;
    ForgetOrder order;
    WallTime asked;
  };
  struct State {
    uint64_t tickets = 0;
    std::optional<Waiting> waiting;
    std::optional<std::pair<uint64_t, Result<ForgetReport>>> done;
    std::optional<uint64_t> left;  // the ticket of one who no longer waits
    uint64_t octets = 0;           // of the job at hand
    uint64_t octets_max = 0;
    std::vector<ForgetRecord> records;
    std::string last_error;
    bool stopping = false;
  };

  uint64_t enter(const ForgetOrder& order);
  void take_job();
  Result<Step> step_of(Phase phase);
  bool is_last(Phase phase) const;
  void fail(const Error& error);
  void finish(Result<ForgetReport> report);
  void answer(uint64_t ticket, Result<ForgetReport> report);
  void tell(ForgetNews::Stage stage, const std::string& error = {}) const;
  void show(uint64_t octets);
  bool is_wanted() const;
  KeyRange names() const;

  // Where a step of kRows ended.
  struct Collected {
    bool is_all = false;
    std::string from;  // behind what was collected
  };

  // Over once that is true.
  static Result<Step> once(const Result<bool>& gone);
  Result<Step> write_order();
  Result<Step> await_fold() const;
  Result<Step> take_rows();
  Result<Collected> collect(ForgetRows& rows) const;
  Status collect_row(ForgetRows& rows, std::string_view key, std::string_view value) const;
  bool leads(ForgetRows& rows, std::string_view key, const NameKey& row) const;
  Status write(const ForgetRows& rows);
  Result<Step> take_answers();
  Result<Step> take_hosts();
  Result<Step> rewrite(std::initializer_list<Table> tables);
  Result<Step> drop_subject();
  Status drop_floor(const IpAddress& client);
  Result<Step> begin_manifest();
  Result<Step> write_record();

  const Parts parts_;
  std::mutex running_;  // held during run()
  Guarded<State> state_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};

  // The folder's thread's own.
  std::optional<Job> job_;
  Purge purge_;
};

}  // namespace etymon::store

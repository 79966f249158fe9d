// Forget: takes deliveries out of the store, so that no byte of them is left on the disk.
//
// The folder's thread does it step by step, folding in between:
//   rows      some thousand at a time are taken out of all tables at once; before that, the hours
//             in which they lie are no longer covered, on the disk, so nothing claims that what is
//             gone never was;
//   answers   that nobody else was told are removed; one that a cache may still deliver goes on
//             living in memory, under its number, and is stored again when it is delivered;
//   files     all tables are rewritten, once nobody reads them as they were before; the manifest,
//             which has keys of files, begins anew; the journal lets go of what is folded.
// Whoever asks waits for it. After a crash, or an error, what is gone is gone in all tables and the
// rest is still there: forget again. What is delivered while it goes on is not forgotten.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>

#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "store/answer_book.h"
#include "store/forget_report.h"
#include "store/forget_rows.h"
#include "store/purge.h"
#include "store/tables.h"

namespace etymon::store {

class Forget {
 public:
  // What it works with; all of it must outlive it.
  struct Parts {
    Tables& tables;
    AnswerBook& book;
    // step() has something to do.
    std::function<void()> wake;
    // These spans are no longer covered; returns when that is on the disk.
    std::function<Status(std::span<const TimeSpan> spans)> leave_out;
    // What the journal holds of folded deliveries goes from the disk.
    std::function<Status()> clear_journal;
  };
  explicit Forget(Parts parts) : parts_(std::move(parts)), purge_(parts_.tables) {}

  // Waits until it is done. REQUIRES: everything that is to be forgotten is folded. Errors:
  // kUnavailable (stopped), kDataLoss, and as the disk says. One at a time; any thread.
  Result<ForgetReport> run(const ForgetQuery& query, ForgetMode mode, WallTime now);

  // Whoever waits is told that the store closes.
  void stop();

  // Folder's thread: some of it. True: there is more, at once.
  bool step();

 private:
  enum class Phase { kRows, kAnswers, kReaders, kFiles, kJournal };

  struct Job {
    ForgetQuery query;
    ForgetMode mode = ForgetMode::kCount;
    WallTime now;
    Phase phase = Phase::kRows;
    std::string from = {};  // key behind the rows that are done
    std::unordered_set<AnswerId> answers = {};
    std::set<Hour> hours = {};
    uint64_t removed_at = 0;  // number of the last write of RocksDB that removed anything
    ForgetReport report = {};
  };

  struct State {
    std::optional<Job> waiting;
    std::optional<Result<ForgetReport>> done;
    bool stopping = false;
  };

  // True: the phase is over.
  Result<bool> step_of(Phase phase);
  Result<bool> take_rows();
  Result<bool> take_answers();
  Result<bool> rewrite_files();
  Result<bool> clear_journal();
  Result<bool> collect_by_name(ForgetRows& rows);
  Result<bool> collect_by_client(ForgetRows& rows);
  Result<bool> collect_by_hour(ForgetRows& rows);
  Status take(ForgetRows& rows, const ToldDay& told, uint32_t hours);
  Status take_row(ForgetRows& rows, std::string_view row);
  Status take_hour(ForgetRows& rows, std::string_view prefix);
  Result<bool> is_told(const KnownAnswer& known) const;
  bool leads(std::string_view key, AnswerId id);
  void finish(Result<ForgetReport> report);

  const Parts parts_;
  std::mutex running_;  // held during run()
  Guarded<State> state_;
  std::condition_variable done_;
  std::atomic<bool> stopping_{false};

  // The folder's thread's own.
  std::optional<Job> job_;
  Purge purge_;
};

}  // namespace etymon::store

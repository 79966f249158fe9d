// Forget work: one order to forget, carried through step by step, folding in between. Private to
// store/. Fold thread.
//
//   kOrder         what is to be forgotten is written down (forget_log.h): from here on it will be
//                  done, whatever fails or dies;
//   kFreeze        what was recorded up to here waits to be folded,
//   kFold          and comes into the tables;
//   kRows          some thousand at a time are taken out of all tables at once; before that, the
//                  hours in which they lie are no longer covered, on the disk, so nothing claims
//                  that what is gone never was;
//   kAnswers       that nothing refers to any more are removed; one that a cache may still deliver
//                  goes on living in memory, under its number, and is stored again when it is
//                  delivered;
//   kHosts         which devices the client was, when it is forgotten whatever the name;
//   kReaders       nobody reads the tables any more as they were before;
//   kFiles         all tables but `kept` are rewritten (purge.h, as for retention);
//   kSubject       the order, and the records of others, no longer say what it was about;
//   kOwnFiles      nor does a file: `kept` is rewritten, once nobody reads it as it was before;
//   kJournal       the journal lets go of what is folded,
//   kJournalFiles  and of its older files;
//   kManifest      a new one begins, as the present one names keys of files that are gone,
//   kOlderFiles    and older files and manifests of the tables go;
//   kRecord        takes the place of the order.
// A step that failed may be tried again.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "store/hosts/host_keeper.h"
#include "store/journal/answer_book.h"
#include "store/journal/tail.h"
#include "store/model/forget_report.h"
#include "store/removal/forget_search.h"
#include "store/removal/purge.h"
#include "store/tables/forget_log.h"
#include "store/tables/tables.h"

namespace etymon::store {

// What forgetting works with; all of it must outlive it.
struct ForgetParts {
  Tables& tables;
  AnswerBook& book;
  const Tail& tail;
  HostKeeper& hosts;
  const Clock& clock;
  // There is something to do for the fold thread. Any thread.
  std::function<void()> wake;
  // The last moment on record, but for what is being recorded now; beyond the present where the
  // clock was ahead. Nothing: there is none.
  std::function<std::optional<WallTime>()> recorded_until;
  // What the tail holds now waits to be folded.
  std::function<Status()> freeze;
  // Why it cannot be frozen or folded; empty: it can.
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

class ForgetWork {
 public:
  enum class Step { kMore, kWait, kOver };
  using Records = Guarded<std::vector<ForgetRecord>>;

  // A new one. `records`, oldest first, get one more with the last step; all must outlive it.
  ForgetWork(const ForgetParts& parts, Records& records, ForgetMode mode, PendingForget order);
  // One that was on the disk at the start.
  ForgetWork(const ForgetParts& parts, Records& records, PendingForget order);
  ForgetWork(const ForgetWork&) = delete;
  ForgetWork& operator=(const ForgetWork&) = delete;

  // Some of it. kWait: nothing can be done now. kOver: all of it is done. `stop` ends what takes
  // long; error kUnavailable then.
  Result<Step> step(std::atomic<bool>& stop);

  ForgetMode mode() const { return mode_; }
  // The order is on the disk.
  bool has_begun() const { return mode_ == ForgetMode::kForget && phase_ != Phase::kOrder; }
  // So far.
  const PendingForget& order() const { return order_; }
  // Of files, dealt with and in all, about.
  uint64_t octets() const { return octets_; }
  uint64_t octets_max() const { return octets_max_; }

 private:
  enum class Phase {  // Their order is that of the work.
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

  Result<Step> step_of_phase(std::atomic<bool>& stop);
  bool is_last_phase() const;
  void show(uint64_t octets_of_phase);

  Result<Step> write_order();
  Result<Step> await_fold() const;
  Result<Step> take_rows();
  Status write_rows(const ForgetRows& rows);
  Status settle_doubt();
  Result<Step> take_answers();
  Result<Step> take_hosts();
  Result<Step> await_readers() const;
  Result<Step> rewrite(std::initializer_list<Table> tables, std::atomic<bool>& stop);
  Result<Step> drop_subject();
  Status drop_floors(const IpPrefix& clients);
  Result<Step> begin_manifest();
  Result<Step> write_record();

  const ForgetParts& parts_;
  Records& records_;
  const ForgetMode mode_;
  PendingForget order_;
  Phase phase_;
  ForgetSearch search_;
  Purge purge_;
  const uint64_t hours_before_;  // of an earlier process
  std::set<Hour> hours_;         // since the start of this one
  bool in_doubt_ = false;        // the last rows may have been written, or not
  uint64_t removed_at_ = 0;      // number of RocksDB's last write that removed anything
  uint64_t octets_ = 0;
  uint64_t octets_before_ = 0;  // in earlier phases
  uint64_t octets_max_ = 0;
};

}  // namespace etymon::store

// The power goes at a random moment. Afterwards the store must open, and what it had promised to
// be on disk must be there: with a sync of each write all that was acknowledged, else all that was
// acknowledged before the journal's last entry that was written before its last sync began: a sync
// begins with one. Of the rest nothing may be claimed as covered. What is let go or forgotten may
// be missing from when that began, and is never told again once it was done. A backup that was made
// has all that was acknowledged before.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "store/removal/age_clock.h"
#include "store/store_opener.h"
#include "tests/endurance/ledger.h"
#include "tests/support/covered_import.h"
#include "tests/support/fakes.h"
#include "tests/support/forgetful_disk.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::endurance {
namespace {

namespace fs = std::filesystem;
using testing::DiskImage;
using testing::DiskStep;
using testing::ForgetfulDisk;
using testing::ManualClock;

constexpr size_t kMomentsOfALife = 5;  // the power is lost at so many moments of one run
constexpr size_t kTurnsOfALife = 60;
// A lost delivery was acknowledged no longer ago than a sync begins again in, and the syncs and a
// busy machine take.
constexpr Milliseconds kSlack{500};
constexpr Milliseconds kLongPause{700};  // after which all from before it has to be safe
constexpr Milliseconds kSyncs[] = {Milliseconds(0), Milliseconds(2), Milliseconds(20)};

class PowerLoss {
 public:
  explicit PowerLoss(const Rounds& rounds) : rounds_(rounds), dice_(rounds.seed) {}

  int run() {
    for (uint64_t round = 0; round < rounds_.count;) {
      live();
      for (size_t i = 0; i < kMomentsOfALife && round < rounds_.count; ++i, ++round) {
        lose_power();
      }
      go_on_from_here();
    }
    return report_.end();
  }

 private:
  std::string root() const { return folder_.path() + "/" + std::to_string(life_); }
  std::string remains() const { return folder_.path() + "/remains"; }
  std::string backups() const { return root() + "/backups"; }

  store::Options options(const std::string& root) const { return options_of(root + "/store"); }

  store::Options options_of(const std::string& folder) const {
    store::Options options;
    options.path = folder;
    options.sync_every = sync_every_;
    options.record_wait = Milliseconds(1000);  // A busy machine loses nothing here.
    options.tail_deliveries_max = 1000;
    return options;
  }

  // A run of the store on a disk that takes notes.
  void live() {
    fs::create_directories(backups());
    sync_every_ = kSyncs[dice_() % std::size(kSyncs)];
    disk_ = std::make_unique<ForgetfulDisk>(root());
    auto opened = store::StoreOpener::open(options(root()), clock_, disk_->env());
    if (!opened) {
      report_.find("does not open: " + opened.error().message);
      return;
    }
    if (std::exchange(has_forgotten_, false)) {
      // What a power loss has left of it goes on, and would take what is imported into its span.
      await_forgetting(**opened);
    }
    const size_t silent = dice_() % (2 * kTurnsOfALife);  // in half of all lives
    for (size_t turn = 0; turn < kTurnsOfALife; ++turn) {
      do_something(**opened);
      if (turn == silent) {
        note_call("a long pause", [] { std::this_thread::sleep_for(kLongPause); });
      }
    }
    if (dice_() % 4 == 0) {
      note_call("closing", [&] { static_cast<void>((*opened)->close()); });
    }
    opened->reset();
    clock_.advance(Seconds(60));
  }

  void do_something(store::Store& store) {
    switch (dice_() % 36) {
      case 0:
      case 1:
      case 2:
        note_call("a fold", [&] { static_cast<void>(store.fold()); });
        break;
      case 3:
      case 4:
      case 5:
        note_call("an import", [&] { import(store); });
        break;
      case 6:
      case 7:
      case 8:  // The syncer and the folder go on.
        note_call("a pause", [&] { std::this_thread::sleep_for(Milliseconds(dice_() % 5)); });
        break;
      case 9:
      case 10:
        clock_.advance(Seconds(dice_() % 3));
        break;
      case 11:
        note_call("letting go", [&] { let_go(store); });
        break;
      case 12:
        note_call("forgetting", [&] { forget(store); });
        break;
      case 13:
        note_call("a backup", [&] { back_up(store); });
        break;
      default:
        note_call("recording", [&] { record(store); });
    }
  }

  void note_call(const char* what, const std::function<void()>& call) {
    const size_t began = disk_->position();
    call();
    calls_.push_back({what, began, disk_->position()});
  }

  void record(store::Store& store) {
    std::vector<Delivery> turn;
    const size_t first = ledger_.entries().size();
    for (size_t left = 1 + dice_() % 20; left > 0; --left) {
      clock_.advance(Microseconds(1 + dice_() % 1000));
      turn.push_back(ledger_.next(store, clock_.wall(), dice_));
      ledger_.entries().back().begun = disk_->position();
    }
    note(first, store.record(turn) == Recorded::kYes);
  }

  // A span of the past that is covered by nothing else.
  void import(store::Store& store) {
    std::vector<store::Observed> seen;
    const size_t first = ledger_.entries().size();
    import_at_ += Seconds(1000);
    for (size_t i = 0, count = 1 + dice_() % 50; i < count; ++i) {
      seen.push_back(ledger_.next_observed(import_at_ + Seconds(i), dice_));
      ledger_.entries().back().begun = disk_->position();
    }
    note(first, store::import_covered(store, seen, {import_at_, import_at_ + Seconds(99)}).ok());
  }

  void note(size_t first, bool taken) {
    const size_t position = disk_->position();
    for (size_t i = first; taken && i < ledger_.entries().size(); ++i) {
      ledger_.entries()[i].done = position;
      ledger_.entries()[i].done_at = SystemClock().monotonic();
    }
  }

  // Of imports, which are older by decades, all but the newest few hours. Those from before the
  // floor are not to be told any more. A day after the start, or the clock would not be believed.
  void let_go(store::Store& store) {
    clock_.advance(store::AgeClock::kBelievedAfter);
    const WallTime since = import_at_ - std::chrono::hours(dice_() % 4);
    const auto keep = std::chrono::floor<Seconds>(clock_.wall() - since);
    const WallTime floor = std::chrono::floor<std::chrono::hours>(clock_.wall() - keep);
    const auto goes = [&](const Entry& entry) { return entry.at < floor; };
    note_going(goes);
    if (const auto set = store.change_retention({.keep = keep}); !set) {
      report_.find("cannot be set: " + set.error().message);
    }
    store::StoreOpener::let_go(store);
    static_cast<void>(store.change_retention(
        {.keep = store::RetentionLimits::kKeepMax}));  // or the floor would rise with the time
    note_gone(goes);
  }

  // A client or a name, since ever or the last minute. The present hour is not covered then, so
  // that what comes next is in another.
  void forget(store::Store& store) {
    const std::vector<Entry>& entries = ledger_.entries();
    if (entries.empty()) {
      return;
    }
    const Entry& one = entries[dice_() % entries.size()];
    store::ForgetQuery query;
    if (dice_() % 2 == 0) {
      query.client = IpPrefix::around(store::ip(one.client), 128);
    } else {
      query.name = Ledger::answer(one.number).question.name;
    }
    if (dice_() % 2 == 0) {
      query.start = clock_.wall() - Seconds(60);
    }
    const bool by_client = query.client.has_value();
    const auto goes = [by_client, start = query.start, one](const Entry& entry) {
      return (by_client ? entry.client == one.client : entry.name == one.name) &&
             (!start || entry.at >= *start);
    };
    note_going(goes);
    has_forgotten_ = true;
    if (carry_out(store, query)) {
      note_gone(goes);
    }
    clock_.advance(std::chrono::hours(1));
  }

  // What waits for another try waits for the clock.
  bool carry_out(store::Store& store, const store::ForgetQuery& query) {
    auto forgotten = std::async(std::launch::async, [&] {
      return store.forget({query, store::ForgetMode::kForget, "endurance"});
    });
    while (forgotten.wait_for(Milliseconds(1)) == std::future_status::timeout) {
      clock_.advance(Milliseconds(1));
    }
    const auto report = forgotten.get();
    if (!report) {
      report_.find("not forgotten: " + report.error().message);
    }
    return report.ok();
  }

  void note_going(const std::function<bool(const Entry&)>& goes) {
    const size_t position = disk_->position();
    for (Entry& entry : ledger_.entries()) {
      if (goes(entry) && !entry.going) {
        entry.going = position;
      }
    }
  }

  void note_gone(const std::function<bool(const Entry&)>& goes) {
    const size_t position = disk_->position();
    for (Entry& entry : ledger_.entries()) {
      if (goes(entry) && !entry.gone) {
        entry.gone = position;
      }
    }
  }

  void back_up(store::Store& store) {
    const Ledger before = ledger_;
    const std::string folder = backups() + "/" + std::to_string(calls_.size());
    if (const Status made = store.backup(folder); !made) {
      report_.find("no backup: " + made.error().message);
      return;
    }
    const auto opened = store::Store::open(options_of(folder), clock_);
    if (!opened) {
      report_.find("a backup does not open: " + opened.error().message);
      return;
    }
    end_forgetting(**opened, before);
    std::string damage;
    const auto there = before.compare(**opened, report_, damage);
    for (size_t i = 0; i < before.entries().size(); ++i) {
      const Entry& entry = before.entries()[i];
      if (!there || (!(*there)[i] && entry.done && !entry.going)) {
        report_.find("not in the backup: " + entry.name + damage);
      }
      if (there && (*there)[i] && entry.gone) {
        report_.find("gone, and told by a backup: " + entry.name);
      }
    }
    report_.count("backups read");
  }

  void end_forgetting(store::Store& store, const Ledger& ledger) {
    const bool may_go_on = std::ranges::any_of(
        ledger.entries(), [](const Entry& entry) { return entry.going && !entry.gone; });
    if (may_go_on) {
      await_forgetting(store);
    }
  }

  // What a power loss has left of forgetting is carried out after the start; one order after the
  // other, so this one comes behind it.
  void await_forgetting(store::Store& store) {
    carry_out(store, {.client = IpPrefix::around(store::ip("203.0.113.200"), 128)});
  }

  // Forgetting and letting go take most of the steps, so half of the moments are of any call.
  size_t moment_of_any_call() {
    const Call& call = calls_[dice_() % calls_.size()];
    return call.began + dice_() % (call.ended - call.began + 1);
  }

  // Any moment; often one next to a change of names or a sync, where the order matters.
  size_t any_moment() {
    const auto& steps = disk_->steps();
    size_t moment =
        calls_.empty() || dice_() % 2 == 0 ? dice_() % (steps.size() + 1) : moment_of_any_call();
    if (dice_() % 2 == 0) {
      const auto next = std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(moment),
                                     steps.end(), [](const DiskStep& step) {
                                       return step.kind != DiskStep::Kind::kAppend &&
                                              step.kind != DiskStep::Kind::kSync;
                                     });
      moment = static_cast<size_t>(next - steps.begin());
    }
    return std::min(steps.size(), moment + dice_() % 2);
  }

  // The disk at that moment, and up to which step everything acknowledged is promised.
  struct Moment {
    DiskImage image;
    size_t position = 0;
    size_t promised = 0;
  };

  Moment state_at(size_t position) const {
    Moment moment{disk_->before(), position, 0};
    std::string newest_log;
    size_t synced = 0;
    std::vector<size_t> entries;  // the steps that wrote one, or coverage with what was before it
    for (size_t i = 0; i < position; ++i) {
      const DiskStep& step = disk_->steps()[i];
      moment.image.apply(step);
      const bool is_log =
          step.path.starts_with(root() + "/store/journal/") && step.path.ends_with(".log");
      if (is_log && step.kind == DiskStep::Kind::kCreate) {
        newest_log = step.path;
        synced = 0;
      }
      if (is_log && step.kind == DiskStep::Kind::kAppend) {
        entries.push_back(i);
      }
      if (step.kind == DiskStep::Kind::kSync && step.path == newest_log) {
        const auto behind = std::ranges::lower_bound(entries, step.began);
        synced = behind == entries.begin() ? 0 : *std::prev(behind);
      }
      if (synced > 0 && moment.image.is_safe(newest_log)) {
        moment.promised = std::max(moment.promised, synced);
      }
    }
    if (sync_every_ == Milliseconds(0)) {
      moment.promised = position;
    }
    return moment;
  }

  void lose_power() {
    const Moment moment = state_at(any_moment());
    fs::remove_all(remains());
    moment.image.write_remains(root(), remains(), dice_);
    // What goes on later is what the disk held, not what a first look made of it.
    const std::string look = folder_.path() + "/look";
    fs::remove_all(look);
    fs::copy(remains(), look, fs::copy_options::recursive);
    ledger_at_ = given_up_to(moment.position);
    report_.count("power losses");
    count_call_of(moment.position);
    if (const auto there = look_at(look)) {
      hold_to_promise(moment, *there);
      presence_ = *there;
    }
    fs::remove_all(look);
  }

  void count_call_of(size_t position) {
    const auto call = std::ranges::find_if(
        calls_, [&](const Call& one) { return one.began < position && position <= one.ended; });
    report_.count(std::string("in ") + (call == calls_.end() ? "none of these" : call->what));
  }

  Ledger given_up_to(size_t position) const {
    Ledger ledger = ledger_;
    std::erase_if(ledger.entries(), [&](const Entry& entry) { return entry.begun > position; });
    for (Entry& entry : ledger.entries()) {
      for (std::optional<size_t>* moment : {&entry.going, &entry.gone}) {
        if (*moment && **moment > position) {
          moment->reset();
        }
      }
    }
    return ledger;
  }

  std::optional<Presence> look_at(const std::string& root) {
    auto opened = store::Store::open(options(root), clock_);
    if (!opened) {
      report_.find("does not open: " + opened.error().message);
      return std::nullopt;
    }
    end_forgetting(**opened, ledger_at_);
    std::optional<Presence> first;
    for (const char* when : {"at once", "folded", "opened again"}) {
      std::string damage;
      const auto there = ledger_at_.compare(**opened, report_, damage);
      if (!there || (first && *there != *first)) {
        report_.find(std::string("reads otherwise, ") + when + ": " + damage);
        return std::nullopt;
      }
      first = there;
      if (!(*opened)->fold().ok()) {
        report_.find("does not fold: " + (*opened)->statistics().last_error);
      }
      if (when == std::string("folded")) {
        opened->reset();
        opened = store::Store::open(options(root), clock_);
      }
    }
    return first;
  }

  // Of this life.
  Microseconds longest_sync() const {
    Microseconds longest{0};
    for (const DiskStep& step : disk_->steps()) {
      if (step.kind == DiskStep::Kind::kSync) {
        longest = std::max(longest, step.at - step.began_at);
      }
    }
    return longest;
  }

  void hold_to_promise(const Moment& moment, const Presence& there) {
    const MonotonicTime now =
        moment.position == 0 ? MonotonicTime() : disk_->steps()[moment.position - 1].at;
    for (size_t i = 0; i < there.size(); ++i) {
      const Entry& entry = ledger_at_.entries()[i];
      if (there[i] && entry.gone) {
        report_.find("gone, and told again: " + entry.name + " for " + entry.client);
      }
      if (there[i] || entry.going || !entry.done || *entry.done > moment.position) {
        continue;
      }
      report_.count("acknowledged and lost");
      if (entry.done_at < now) {
        const Microseconds late = now - entry.done_at - sync_every_;
        report_.raise("us at most beyond the stated time",
                      static_cast<uint64_t>(std::max(Microseconds(0), late).count()));
        if (late > 2 * longest_sync() + kSlack) {
          report_.find("lost though acknowledged long before: " + entry.name + ", " +
                       std::to_string(late.count()) + " us beyond the stated time");
        }
      }
      if (*entry.done <= moment.promised) {
        report_.find("promised but lost: " + entry.name + " of step " +
                     std::to_string(*entry.done) + ", promised up to " +
                     std::to_string(moment.promised) + ", lost at " +
                     std::to_string(moment.position) + " of life " + std::to_string(life_));
      }
    }
  }

  void go_on_from_here() {
    disk_.reset();
    fs::remove_all(root());
    calls_.clear();
    ++life_;
    if (fs::exists(remains()) && presence_.size() == ledger_at_.entries().size()) {
      fs::rename(remains(), root());
      fs::remove_all(backups());
      ledger_ = ledger_at_;
      ledger_.keep(presence_);
    } else {
      ledger_ = Ledger();
    }
  }

  // While it went on the disk came from the one position to the other.
  struct Call {
    const char* what;
    size_t began;
    size_t ended;
  };

  const Rounds rounds_;
  std::mt19937 dice_;
  testing::TemporaryFolder folder_;
  ManualClock clock_;
  WallTime import_at_{Seconds(1'000'000'000)};
  bool has_forgotten_ = false;  // in this life
  Report report_{"power-loss"};
  uint64_t life_ = 0;
  Milliseconds sync_every_{0};
  std::unique_ptr<ForgetfulDisk> disk_;
  std::vector<Call> calls_;  // of this life
  Ledger ledger_;
  Ledger ledger_at_;   // at the last power loss
  Presence presence_;  // of its entries
};

}  // namespace

int run_power_losses(const Rounds& rounds) {
  return PowerLoss(rounds).run();
}

}  // namespace etymon::endurance

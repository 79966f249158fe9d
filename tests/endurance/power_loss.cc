// The power goes at a random moment. Afterwards the store must open, and what it had promised to
// be on disk must be there: with a sync of each write all that was acknowledged, else all that was
// acknowledged before the journal's last entry that was written before its last sync began: a sync
// begins with one. Of the rest nothing may be claimed as covered.
#include <algorithm>
#include <filesystem>
#include <thread>

#include "store/store_opener.h"
#include "tests/endurance/ledger.h"
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

  store::Options options(const std::string& root) const {
    store::Options options;
    options.path = root + "/store";
    options.sync_every = sync_every_;
    options.record_wait = Milliseconds(1000);  // A busy machine loses nothing here.
    options.tail_deliveries_max = 1000;
    return options;
  }

  // A run of the store on a disk that takes notes.
  void live() {
    fs::create_directories(root());
    sync_every_ = kSyncs[dice_() % std::size(kSyncs)];
    disk_ = std::make_unique<ForgetfulDisk>(root());
    auto opened = store::StoreOpener::open(options(root()), clock_, disk_->env());
    if (!opened) {
      report_.find("does not open: " + opened.error().message);
      return;
    }
    for (size_t turn = 0; turn < kTurnsOfALife; ++turn) {
      do_something(**opened);
    }
    if (dice_() % 4 == 0) {
      static_cast<void>((*opened)->close());
    }
    opened->reset();
    clock_.advance(Seconds(60));
  }

  void do_something(store::Store& store) {
    switch (dice_() % 12) {
      case 0:
        static_cast<void>(store.fold());
        break;
      case 1:
        import(store);
        break;
      case 2:  // The syncer and the folder go on.
        std::this_thread::sleep_for(Milliseconds(dice_() % 5));
        break;
      case 3:
        clock_.advance(Seconds(dice_() % 3));
        break;
      default:
        record(store);
    }
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
    note(first, store.ingest(seen, TimeSpan{import_at_, import_at_ + Seconds(99)}).ok());
  }

  void note(size_t first, bool taken) {
    const size_t position = disk_->position();
    for (size_t i = first; taken && i < ledger_.entries().size(); ++i) {
      ledger_.entries()[i].done = position;
      ledger_.entries()[i].done_at = SystemClock().monotonic();
    }
  }

  // Any moment; often one next to a change of names or a sync, where the order matters.
  size_t any_moment() {
    const auto& steps = disk_->steps();
    size_t moment = dice_() % (steps.size() + 1);
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
          step.path.find("/journal/") != std::string::npos && step.path.ends_with(".log");
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
    if (const auto there = look_at(look)) {
      hold_to_promise(moment, *there);
      presence_ = *there;
    }
    fs::remove_all(look);
  }

  Ledger given_up_to(size_t position) const {
    Ledger ledger = ledger_;
    std::erase_if(ledger.entries(), [&](const Entry& entry) { return entry.begun > position; });
    return ledger;
  }

  std::optional<Presence> look_at(const std::string& root) {
    auto opened = store::Store::open(options(root), clock_);
    if (!opened) {
      report_.find("does not open: " + opened.error().message);
      return std::nullopt;
    }
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

  void hold_to_promise(const Moment& moment, const Presence& there) {
    const MonotonicTime now =
        moment.position == 0 ? MonotonicTime() : disk_->steps()[moment.position - 1].at;
    for (size_t i = 0; i < there.size(); ++i) {
      const Entry& entry = ledger_at_.entries()[i];
      if (there[i] || !entry.done || *entry.done > moment.position) {
        continue;
      }
      report_.count("acknowledged and lost");
      if (entry.done_at < now) {
        const Microseconds late = now - entry.done_at - sync_every_;
        report_.raise("us at most beyond the stated time",
                      static_cast<uint64_t>(std::max(Microseconds(0), late).count()));
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
    ++life_;
    if (fs::exists(remains()) && presence_.size() == ledger_at_.entries().size()) {
      fs::rename(remains(), root());
      ledger_ = ledger_at_;
      ledger_.keep(presence_);
    } else {
      ledger_ = Ledger();
    }
  }

  const Rounds rounds_;
  std::mt19937 dice_;
  testing::TemporaryFolder folder_;
  ManualClock clock_;
  WallTime import_at_{Seconds(1'000'000'000)};
  Report report_{"power-loss"};
  uint64_t life_ = 0;
  Milliseconds sync_every_{0};
  std::unique_ptr<ForgetfulDisk> disk_;
  Ledger ledger_;
  Ledger ledger_at_;   // at the last power loss
  Presence presence_;  // of its entries
};

}  // namespace

int run_power_losses(const Rounds& rounds) {
  return PowerLoss(rounds).run();
}

}  // namespace etymon::endurance

// One bit of one file is wrong, or a page of it is zero, or all of it is gone. The store says so,
// or nothing is: it never tells a name that nobody was given, and never claims to have covered a
// moment of which it has lost a delivery. After that the same damage is repaired: the store opens,
// is sound, and the same holds.
#include <rocksdb/sst_file_reader.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "store/store_opener.h"
#include "store/upkeep/closed_store.h"
#include "store/upkeep/repair.h"
#include "tests/endurance/ledger.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/image.h"

namespace etymon::endurance {
namespace {

namespace fs = std::filesystem;
using testing::ManualClock;

constexpr uint64_t kRoundsOfAStore = 50;  // then another one is made
constexpr size_t kTurns = 120;

// "journal/LOG" for journal/000007.log, "tables/by_name" for a file of that table.
std::string kind_of(const fs::path& path) {
  const std::string folder = path.parent_path().filename().string();
  std::string name = path.filename().string();
  if (name == "FORMAT") {
    return name;
  }
  if (name.starts_with("LOG") || name == "LOCK") {
    return "";  // RocksDB's words for people
  }
  std::string what = name.substr(0, name.find('-'));
  if (name.ends_with(".log")) {
    what = "log";
  } else if (name.ends_with(".sst")) {
    rocksdb::SstFileReader reader{rocksdb::Options()};
    const bool is_open = reader.Open(path.string()).ok();
    what = is_open ? reader.GetTableProperties()->column_family_name : "?";
    what = what.empty() ? "ingested" : what;
  }
  return folder + "/" + what;
}

class BitFlips {
 public:
  explicit BitFlips(const Rounds& rounds) : rounds_(rounds), dice_(rounds.seed) {}

  int run() {
    for (uint64_t round = 0; round < rounds_.count; ++round) {
      if (round % kRoundsOfAStore == 0) {
        make_store();
      }
      flip(round);
    }
    return report_.end();
  }

 private:
  std::string store() const { return folder_.path() + "/store"; }
  std::string flipped() const { return folder_.path() + "/flipped"; }

  static store::Options options(const std::string& path) {
    store::Options options;
    options.path = path;
    options.record_wait = Milliseconds(1000);  // A busy machine loses nothing here.
    options.tail_deliveries_max = 1000;
    return options;
  }

  // One with files of every kind: compacted and just folded ones, journal entries that are in a
  // file and such as are in the log alone, floors, a device. It was killed, or stopped in order.
  void make_store() {
    fs::remove_all(store());
    ledger_ = Ledger();
    auto first = std::move(*store::Store::open(options(store()), clock_));
    let_some_go(*first);
    record(*first, kTurns);
    require(first->fold());
    require(store::StoreOpener::compact(*first));
    record(*first, kTurns);
    require(first->fold());
    record(*first, kTurns);
    first.reset();
    auto second = std::move(*store::Store::open(options(store()), clock_));
    record(*second, kTurns);
    const std::string image = folder_.path() + "/image";
    if (dice_() % 2 == 0) {
      second.reset();
    }
    store::take_image(store(), image);
    second.reset();
    fs::remove_all(store());
    fs::rename(image, store());
    sort_files();
    clock_.advance(Seconds(60));
  }

  // Some rows of it stay where they are.
  void let_some_go(store::Store& store) {
    const HostSighting seen{
        "02:00:00:00:00:01", *IpAddress::from_text("10.0.0.1"), {clock_.wall(), clock_.wall()}};
    store.learn({&seen, 1});
    record(store, kTurns / 4);
    require(store.fold());
    clock_.advance(std::chrono::hours(30));
    record(store, kTurns / 4);
    require(store.fold());
    const auto thinned = store.change_retention({.keep = std::chrono::hours(20)});
    require(thinned ? Status() : Status(thinned.error()));
    store::StoreOpener::let_go(store);
    ledger_.let_go(store.statistics().kept_since.value());
  }

  void record(store::Store& store, size_t turns) {
    for (; turns > 0; --turns) {
      clock_.advance(Milliseconds(1 + dice_() % 10'000));
      std::vector<Delivery> turn;
      for (size_t left = 1 + dice_() % 20; left > 0; --left) {
        clock_.advance(Microseconds(1 + dice_() % 1000));
        turn.push_back(ledger_.next(store, clock_.wall(), dice_));
      }
      if (store.record(turn) != Recorded::kYes) {
        throw std::runtime_error("the store does not record");
      }
    }
  }

  static void require(const Status& status) {
    if (!status) {
      throw std::runtime_error(status.error().message);
    }
  }

  void sort_files() {
    files_.clear();
    for (const auto& entry : fs::recursive_directory_iterator(store())) {
      const bool has_octets = entry.is_regular_file() && entry.file_size() > 0;
      const std::string kind = has_octets ? kind_of(entry.path()) : "";
      if (!kind.empty()) {
        files_[kind].push_back(entry.path().string());
      }
    }
  }

  void flip(uint64_t round) {
    const auto kind = std::next(files_.begin(), static_cast<std::ptrdiff_t>(round % files_.size()));
    const std::string& file = kind->second[dice_() % kind->second.size()];
    const uint64_t bit = dice_() % (fs::file_size(file) * 8);
    const std::string name = file.substr(store().size());
    const auto flip_bit = [&] {
      change(name, bit / 8, 1, [bit](int c) { return c ^ 1 << bit % 8; });
    };
    copy_store();
    flip_bit();
    report_.count("flips");
    const std::string outcome = look();
    report_.count(outcome);
    copy_store();
    // Once a file is gone, RocksDB may go on without it: only a repair can be asked to see that.
    const uint64_t way = dice_() % 4;
    if (way == 0) {
      fs::remove(flipped() + name);
    } else if (way == 1) {
      change(name, bit / 8, 4096, [](int) { return 0; });
    } else {
      flip_bit();
    }
    const std::string repaired = repair(name);
    report_.count(repaired);
    std::printf("%s octet %llu of %ju bit %llu: %s; %s, %s\n", name.c_str(),
                static_cast<unsigned long long>(bit / 8), fs::file_size(file),
                static_cast<unsigned long long>(bit % 8), outcome.c_str(),
                way == 0   ? "gone"
                : way == 1 ? "zeroed"
                           : "flipped",
                repaired.c_str());
    std::fflush(stdout);
  }

  void copy_store() {
    fs::remove_all(flipped());
    fs::copy(store(), flipped(), fs::copy_options::recursive);
  }

  void change(const std::string& name, uint64_t from, uint64_t octets,
              const std::function<int(int)>& changed) {
    std::fstream stream(flipped() + name, std::ios::binary | std::ios::in | std::ios::out);
    const uint64_t end = std::min<uint64_t>(from + octets, fs::file_size(flipped() + name));
    for (uint64_t at = from; at < end; ++at) {
      stream.seekg(static_cast<std::streamoff>(at));
      const int octet = stream.get();
      stream.seekp(static_cast<std::streamoff>(at));
      stream.put(static_cast<char>(changed(octet)));
    }
  }

  std::string repair(const std::string& name) {
    const auto repaired = store::repair(flipped(), clock_.wall());
    if (!repaired) {
      // A FORMAT that names a format of the future is not to be touched.
      if (name != "/FORMAT" || repaired.error().code != ErrorCode::kFailedPrecondition) {
        report_.find("not repaired: " + repaired.error().message);
      }
      return "not repaired";
    }
    const auto verified = store::verify_closed(flipped());
    if (!verified || !verified->is_sound()) {
      report_.find("not sound after its repair: " +
                   (verified ? verified->findings.front().text() : verified.error().message));
    }
    const auto opened = store::Store::open(options(flipped()), clock_);
    if (!opened) {
      report_.find("does not open after its repair: " + opened.error().message);
      return "not repaired";
    }
    ledger_.compare_each(**opened, report_);
    return repaired->gaps.empty() ? "repaired whole" : "repaired with a gap";
  }

  // What became of the flipped store, in the words of the report.
  std::string look() {
    for (const bool again : {false, true}) {
      auto opened = store::Store::open(options(flipped()), clock_);
      if (!opened) {
        return again ? "refused at the second start" : "refused at the start";
      }
      std::string damage;
      auto there = ledger_.compare(**opened, report_, damage);
      if (!there) {
        return "told by a lookup";
      }
      if (!(*opened)->fold().ok() || !store::StoreOpener::compact(**opened).ok()) {
        return "told by a fold or a compaction";
      }
      there = ledger_.compare(**opened, report_, damage);
      if (!there) {
        return "told by a lookup after a compaction";
      }
      if (std::ranges::count(*there, false) > 0) {
        return "cut off and not covered";
      }
    }
    return "harmless";
  }

  const Rounds rounds_;
  std::mt19937 dice_;
  testing::TemporaryFolder folder_;
  ManualClock clock_;
  Report report_{"bit-flips"};
  Ledger ledger_;
  std::map<std::string, std::vector<std::string>> files_;  // by kind
};

}  // namespace

int run_bit_flips(const Rounds& rounds) {
  return BitFlips(rounds).run();
}

}  // namespace etymon::endurance

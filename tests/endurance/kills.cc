// The daemon is killed at random moments of random load. Afterwards it must know of every answer
// that a host got, of none that was not asked for, and say the same by each of its addresses. Only
// what the daemon could not record in time excuses a missing one, and it has to own up to that: by
// a gap of its own or, as it may be killed before that is written, by what it counts as lost when
// it is asked right before. Else the gap that a start makes behind a crash excuses nothing. A
// backup that was being made is whole, or is none.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <random>
#include <sstream>
#include <thread>
#include <tuple>
#include <utility>

#include "store/store.h"
#include "tests/endurance/hosts.h"
#include "tests/endurance/rounds.h"
#include "tests/endurance/stored_deliveries.h"
#include "tests/integration/etymond.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::endurance {
namespace {

namespace fs = std::filesystem;
using testing::Etymond;
using testing::Json;

// Folds happen often. What a busy machine holds up for longer is lost, and has to lie in a gap.
constexpr const char* kConfig = "[store]\nrecord_wait = \"1s\"\ntail = 1000\nfold_after = \"1s\"\n";
// A daemon that takes so long to say what it has lost is on a machine that is too busy to tell.
constexpr Milliseconds kBusy{500};
// Answers over UDP, and over TCP, in a life on average, on a machine that is busy: where there are
// fewer, nothing was asked of what comes after.
constexpr uint64_t kFewestAnswers = 10;
constexpr uint64_t kCopyEvery = 10;  // rounds between two looks into the folder itself
constexpr const char* kStranger = "203.0.113.200";

// Host, name, and one of its addresses or nothing.
using Fact = std::tuple<std::string, std::string, std::string>;

class Kills {
 public:
  explicit Kills(const Rounds& rounds)
      : rounds_(rounds), dice_(rounds.seed), upstream_(answer_by_name) {
    std::ofstream(config()) << kConfig;
    daemon_ = std::make_unique<Etymond>(std::vector{upstream_.address()},
                                        std::vector<std::string>{"--config", config()});
    for (int i = 0; i < 6; ++i) {
      hosts_.push_back(std::make_unique<Host>("127.0.0." + std::to_string(2 + i), daemon_->port(),
                                              i < 4 ? HostOver::kUdp : HostOver::kTcp, dice_()));
    }
  }

  int run() {
    for (uint32_t round = 1; round <= rounds_.count; ++round) {
      load_and_kill(round);
      const bool is_copied = round % kCopyEvery == 0 || round == rounds_.count;
      if (is_copied) {
        fs::copy(daemon_->store(), copy(), fs::copy_options::recursive);
      }
      const WallTime dead = SystemClock().wall();
      daemon_->start();
      read_coverage();
      compare_by_address(round);
      if (is_copied) {
        look_into_copy();
      }
      ask_about_stranger(dead);
      report_.count("kills");
    }
    expect_enough();
    expect_few_excuses();
    return report_.end();
  }

 private:
  std::string config() const { return folder_.path() + "/etymond.toml"; }
  std::string backup_of_round() const { return folder_.path() + "/backup"; }
  std::string copy() const { return folder_.path() + "/copy"; }

  void load_and_kill(uint32_t block) {
    const WallTime began = SystemClock().wall();
    for (const auto& host : hosts_) {
      host->start(block);
    }
    const Milliseconds life(200 + dice_() % 1800);
    const Milliseconds before = life * (dice_() % 100) / 100;
    std::this_thread::sleep_for(before);
    auto backup = std::async(std::launch::async, [&] {
      return daemon_->command({"backup", backup_of_round()}).status;
    });
    std::this_thread::sleep_for(life - before);
    const bool may_have_lost = may_have_lost_some();
    daemon_->kill();
    ++killed_;
    for (const auto& host : hosts_) {
      host->finish();
      note(*host);
      answers_[host->over()] += host->answers();
    }
    if (may_have_lost) {
      report_.count("lives that lost some");
      lossy_.push_back({began, SystemClock().wall()});
    }
    look_into_backup(backup.get());
  }

  void expect_enough() {
    for (const auto& [over, count] : answers_) {
      if (count < kFewestAnswers * rounds_.count) {
        report_.find("only " + std::to_string(count) + " answers over " +
                     (over == HostOver::kUdp ? "UDP" : "TCP"));
      }
    }
  }

  // A life that lost some excuses what is missing of it; most lives must not.
  void expect_few_excuses() {
    if (lives_with_losses_ * 2 > rounds_.count) {
      report_.find(std::to_string(lives_with_losses_) + " of " + std::to_string(rounds_.count) +
                   " lives lost some: too many to tell");
    }
  }

  bool may_have_lost_some() {
    const SystemClock clock;
    const MonotonicTime asked = clock.monotonic();
    const uint64_t lost = testing::count_in(daemon_->status().at("deliveries"), "lost");
    lives_with_losses_ += lost > 0 ? 1U : 0U;
    return lost > 0 || clock.monotonic() - asked > kBusy;
  }

  void look_into_backup(int status) {
    const std::string folder = backup_of_round();
    const bool is_there = fs::exists(folder);
    if (is_there) {
      const auto verified =
          testing::run({testing::etymond_program(), "--verify", "--store", folder});
      if (verified.status != 0) {
        report_.find("a backup is not sound: " + verified.out + verified.err);
      }
    } else if (status == 0) {
      report_.find("a backup that was made is not there");
    }
    report_.count(is_there                          ? "backups made"
                  : fs::exists(folder + ".partial") ? "backups cut short"
                                                    : "backups not begun");
    fs::remove_all(folder);
    fs::remove_all(folder + ".partial");
  }

  void note(const Host& host) {
    // The names of earlier rounds were compared, all but those that go on.
    std::erase_if(told_, [&](const auto& told) {
      return told.first.first == host.address() && told.second.named.block != kEverBlock;
    });
    for (const auto& [name, told] : host.told()) {
      Told& all = told_[{host.address(), name}];
      all.named = told.named;
      all.asked += told.asked;
      all.heard.insert(all.heard.end(), told.heard.begin(), told.heard.end());
      report_.count("answers", told.heard.size());
      total_asked_[{host.address(), name}] += told.asked;
      total_heard_[{host.address(), name}] += told.heard.size();
    }
    if (host.wrong() > 0) {
      report_.find("answers that the upstream had not given to " + host.address());
    }
  }

  // What is covered, and what would be had the daemon not been killed: what was before a crash ends
  // with the start behind it.
  std::pair<Coverage, Coverage> read_both_coverages() {
    std::vector<CoverageInterval> intervals;
    std::vector<CoverageInterval> without_kills;
    bool was_killed = false;
    const Json status = daemon_->status();  // outlives what the loop reads of it
    for (const Json& one : status.at("coverage")) {
      const TimeSpan span{testing::time_in(one["span"]["start"]),
                          testing::time_in(one["span"]["end"])};
      if (was_killed) {
        without_kills.back().span.end = span.start;
      }
      intervals.push_back({span});
      without_kills.push_back({span});
      was_killed = one.at("ended") == "COVERAGE_EDGE_CRASH";
    }
    if (intervals.size() <= killed_) {
      report_.find("the status has no coverage of each life");
    }
    return {Coverage(std::move(intervals)), Coverage(std::move(without_kills))};
  }

  void read_coverage() {
    const auto [coverage, without_kills] = read_both_coverages();
    const auto may_be_lost = [&](const Heard& heard) {
      const TimeSpan span{heard.asked, heard.at};
      const bool is_of_lossy = std::ranges::any_of(
          lossy_, [&](const TimeSpan& life) { return life.contains(span.start); });
      return !coverage.covers(span) && (is_of_lossy || !without_kills.covers(span));
    };
    for (const auto& [who, told] : told_) {
      admitted_[who] = static_cast<uint64_t>(std::ranges::count_if(told.heard, may_be_lost));
    }
  }

  // What the API says of each address of the round.
  void compare_by_address(uint32_t round) {
    std::vector<std::string> addresses = addresses_of_block(round);
    const auto ever = addresses_of_block(kEverBlock);
    addresses.insert(addresses.end(), ever.begin(), ever.end());
    std::string questions;
    for (const std::string& address : addresses) {
      questions += Json{{"address", address}}.dump() + "\n";
    }
    const auto asked = daemon_->command({"lookup", "--file", "-", "--json"}, questions);
    if (asked.status != 0) {
      report_.find("lookups failed: " + asked.err);
      return;
    }
    std::map<Fact, uint64_t> stored;
    std::istringstream lines(asked.out);
    for (std::string line; std::getline(lines, line);) {
      const Json answer = Json::parse(line);
      for (const Json& one : answer.value("candidates", Json::array())) {
        stored[{one.at("client"), one.at("name"), one.at("address")}] = one.at("deliveries");
      }
    }
    for (const auto& [who, told] : told_) {
      for (const std::string& address : told.named.addresses()) {
        const Fact fact{who.first, who.second, address};
        const auto found = stored.find(fact);
        judge(who, told, found == stored.end() ? 0 : found->second);
        stored.erase(fact);
      }
    }
    for (const auto& [fact, count] : stored) {
      report_.find("invented: " + std::get<1>(fact) + " for " + std::get<0>(fact));
    }
  }

  void judge(const std::pair<std::string, std::string>& who, const Told& told, uint64_t stored) {
    const std::string what = who.second + " for " + who.first + ": heard " +
                             std::to_string(told.heard.size()) + ", asked " +
                             std::to_string(told.asked) + ", stored " + std::to_string(stored);
    if (stored > told.asked) {
      report_.find("invented: " + what);
    }
    if (stored >= told.heard.size()) {
      return;
    }
    const uint64_t lost = told.heard.size() - stored;
    const uint64_t admitted = admitted_[who];
    // By each address of an answer the same are missing, and of names that go on those of before.
    uint64_t& in_gaps = lost_in_gaps_[who];
    const uint64_t before = std::exchange(in_gaps, std::max(in_gaps, std::min(lost, admitted)));
    report_.count("lost in a gap", in_gaps - before);
    if (lost > admitted) {
      report_.find("lost: " + what);
    }
  }

  // The dead daemon's folder: everything, also what has no address, in all its orders.
  void look_into_copy() {
    const auto stored = stored_deliveries(copy(), report_);
    fs::remove_all(copy());
    for (const auto& [who, asked] : total_asked_) {
      const auto found = stored.find(who);
      const uint64_t count = found == stored.end() ? 0 : found->second;
      if (count > asked || count + admitted_[who] < total_heard_.at(who)) {
        report_.find("in the folder: " + who.second + " for " + who.first + ": heard " +
                     std::to_string(total_heard_.at(who)) + ", asked " + std::to_string(asked) +
                     ", stored " + std::to_string(count));
      }
    }
    for (const auto& [who, count] : stored) {
      if (!total_asked_.contains(who)) {
        report_.find("invented in the folder: " + who.second + " for " + who.first);
      }
    }
    report_.count("folders read");
  }

  void ask_about_stranger(WallTime dead) {
    if (daemon_->lookup(kStranger, "127.0.0.2", dead).at("verdict") != "VERDICT_UNKNOWN") {
      report_.find("the time between death and restart is no gap");
    }
  }

  const Rounds rounds_;
  std::mt19937 dice_;
  Report report_{"kills"};
  testing::TemporaryFolder folder_;
  testing::ScriptedResolver upstream_;
  std::unique_ptr<Etymond> daemon_;
  uint64_t killed_ = 0;
  std::map<HostOver, uint64_t> answers_{{HostOver::kUdp, 0}, {HostOver::kTcp, 0}};
  uint64_t lives_with_losses_ = 0;
  std::vector<TimeSpan> lossy_;  // lives in which some were lost, as the daemon said
  std::vector<std::unique_ptr<Host>> hosts_;
  std::map<std::pair<std::string, std::string>, Told> told_;  // by host and name
  std::map<std::pair<std::string, std::string>, uint64_t> total_asked_;
  std::map<std::pair<std::string, std::string>, uint64_t> total_heard_;
  std::map<std::pair<std::string, std::string>, uint64_t> admitted_;  // of those, in gaps
  std::map<std::pair<std::string, std::string>, uint64_t> lost_in_gaps_;
};

}  // namespace

int run_kills(const Rounds& rounds) {
  return Kills(rounds).run();
}

}  // namespace etymon::endurance

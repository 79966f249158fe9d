// Etymon's store as a Keeper.
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <vector>

#include "store/folding/rest.h"
#include "store/store.h"
#include "store/store_opener.h"
#include "tests/bench/keeper.h"
#include "tests/support/fakes.h"

namespace etymon::bench {
namespace {

// A loop that makes deliveries faster than they are folded would fill the tail and lose some. Real
// time is a thousand times slower than the time here, so the wait for the folds is part of the
// price that is measured. Where every pair is new, the tail has room for 424,000 (tail_bytes_max).
constexpr uint64_t kTailMax = 200'000;
constexpr size_t kLookEvery = 65'536;        // deliveries between two looks at the tail
constexpr Milliseconds kLookAgainAfter{50};  // a look walks through the folder: not for nothing

void require(const Status& status) {
  if (!status) {
    throw std::runtime_error(status.error().message);
  }
}

void require(const rocksdb::Status& status) {
  if (!status.ok()) {
    throw std::runtime_error(status.ToString());
  }
}

// RocksDB's messages go nowhere.
class NoLog final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// Looks into the database beside the store that has it open: reads no rows, writes nothing.
std::map<std::string, uint64_t> bytes_by_table(const std::string& path) {
  rocksdb::DBOptions options;
  options.info_log = std::make_shared<NoLog>();
  options.max_open_files = 16;
  std::vector<std::string> names;
  require(rocksdb::DB::ListColumnFamilies(options, path, &names));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(names.size());
  for (const std::string& name : names) {
    families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  require(rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &opened));
  const std::unique_ptr<rocksdb::DB> database(opened);
  std::map<std::string, uint64_t> bytes;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    rocksdb::ColumnFamilyMetaData files;
    database->GetColumnFamilyMetaData(handle, &files);
    bytes[handle->GetName()] = files.size;
    database->DestroyColumnFamilyHandle(handle);
  }
  return bytes;
}

class EtymonKeeper final : public Keeper {
 public:
  explicit EtymonKeeper(const KeeperOptions& options)
      : clock_(options.start), folder_(options.folder), turn_size_(options.turn) {
    open({});
  }

  std::string name() const override { return "etymon"; }

  void keep(std::span<const Told> told, HistoryWorkload& workload) override {
    while (!told.empty()) {
      const auto turn = told.first(std::min(turn_size_, told.size()));
      record(turn, workload);
      told = told.subspan(turn.size());
    }
    while (unlooked_ >= kLookEvery && store_->statistics().tail_deliveries > kTailMax) {
      std::this_thread::sleep_for(kLookAgainAfter);
    }
    unlooked_ %= kLookEvery;
  }

  void settle() override { require(store_->fold()); }
  // After the first the store begins to come to rest, a table by a level at a time, for each of
  // which it looks again.
  void pass_quiet_minute() override { clock_.advance(store::Rest::kQuietFor); }
  void compact() override { require(store::StoreOpener::compact(*store_)); }

  std::unique_ptr<Keeper> copy(const std::string& folder) override {
    require(store_->backup(folder));
    return std::make_unique<EtymonKeeper>(KeeperOptions{folder, clock_.wall(), turn_size_});
  }

  double processor_seconds() override { return processor_seconds_of(::getpid()); }

  std::map<std::string, uint64_t> bytes() override {
    std::map<std::string, uint64_t> bytes = bytes_by_table(folder_ + "/tables");
    uint64_t in_tables = 0;
    for (const auto& [table, octets] : bytes) {
      in_tables += octets;
    }
    const uint64_t all = bytes_below(folder_ + "/tables");
    bytes["beside the tables"] = all > in_tables ? all - in_tables : 0;
    bytes["journal"] = bytes_below(folder_ + "/journal");
    return bytes;
  }

  bool understands(QuestionKind) const override { return true; }

  size_t ask(const HistoryQuestion& question) override {
    const bool wants_evidence =
        question.kind == QuestionKind::kAddress || question.kind == QuestionKind::kAddresses;
    return wants_evidence ? count_evidence(question) : count_deliveries(question);
  }

  void go_cold() override {
    if (!is_cold_) {
      store::Options options;
      options.block_cache_bytes = 0;
      open(options);
      is_cold_ = true;
    }
    drop_pages_below(folder_);
  }

  void go_warm() override {
    open({});
    is_cold_ = false;
    read_pages_below(folder_);
  }

 private:
  size_t count_evidence(const HistoryQuestion& question) const {
    store::EvidenceQuery query;
    query.address = question.address;
    query.until = question.span.end;
    query.limit = kRowsMax;
    if (question.kind == QuestionKind::kAddress) {
      query.client = question.client;
      query.wants_first = false;  // as a lookup, where no name leads to another
    }
    const auto evidence = store_->evidence(query);
    require(evidence ? Status() : evidence.error());
    const auto rows = static_cast<size_t>(
        std::ranges::count_if(*evidence, [](const Evidence& one) { return one.deliveries > 0; }));
    return question.kind == QuestionKind::kAddress ? std::min(rows, size_t{1}) : rows;
  }

  size_t count_deliveries(const HistoryQuestion& question) const {
    store::DeliveryQuery query;
    query.span = question.span;
    query.limit = kRowsMax;
    switch (question.kind) {
      case QuestionKind::kPrefix:
        query.address = question.address;
        break;
      case QuestionKind::kClient:
        query.client = question.client;
        break;
      default:
        query.name = question.name;
        query.match = question.kind == QuestionKind::kSubtree ? store::NameMatch::kSubtree
                                                              : store::NameMatch::kExact;
    }
    const auto deliveries = store_->deliveries(query);
    require(deliveries ? Status() : deliveries.error());
    return deliveries->size();
  }

  void open(store::Options options) {
    store_.reset();
    ids_.clear();
    options.path = folder_;
    options.record_wait = Milliseconds(1000);  // A busy machine is no reason to lose a turn.
    auto opened = store::Store::open(options, clock_);
    require(opened ? Status() : opened.error());
    store_ = std::move(*opened);
  }

  void record(std::span<const Told> turn, HistoryWorkload& workload) {
    deliveries_.clear();
    for (const Told& told : turn) {
      deliveries_.push_back({told.at, told.client, id_of(told, workload), told.validity_s,
                             told.origin, Transport::kUdp});
    }
    clock_.advance(std::max(turn.back().at - clock_.wall(), Microseconds(0)));
    if (store_->record(deliveries_) != Recorded::kYes) {
      throw std::runtime_error("the store lost a turn: " + store_->statistics().last_error);
    }
    unlooked_ += turn.size();
  }

  // As a loop does: what comes from upstream is remembered, what is cached has its number there.
  AnswerId id_of(const Told& told, HistoryWorkload& workload) {
    if (told.answer >= ids_.size()) {
      ids_.resize(told.answer + 1);
    }
    AnswerId& id = ids_[told.answer];
    if (id == 0 || told.origin == Origin::kUpstream) {
      id = store_->remember(workload.answer(told.answer));
    }
    return id;
  }

  testing::ManualClock clock_;
  const std::string folder_;
  const size_t turn_size_;
  std::unique_ptr<store::Store> store_;
  std::vector<AnswerId> ids_;  // by the workload's number
  std::vector<Delivery> deliveries_;
  size_t unlooked_ = 0;
  bool is_cold_ = false;
};

}  // namespace

std::unique_ptr<Keeper> etymon_keeper(const KeeperOptions& options) {
  return std::make_unique<EtymonKeeper>(options);
}

}  // namespace etymon::bench

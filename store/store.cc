#include "store/store.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <utility>

#include "store/answer_book.h"
#include "store/folder.h"
#include "store/format_file.h"
#include "store/journal.h"
#include "store/listing.h"
#include "store/listing_page.h"
#include "store/reader.h"
#include "store/store_opener.h"
#include "store/tables.h"
#include "store/tail.h"
#include "store/upkeep/backup.h"
#include "store/upkeep/upgrade.h"
#include "store/upkeep/verify.h"

namespace etymon::store {
namespace {

// Answers kept in memory that are in the tables too: about 600 octets each.
constexpr size_t kBookCapacity = 40'000;
// Deliveries of an import written at once. Loops wait while one is written: about 1 ms.
constexpr size_t kImportChunk = 4096;

template <class T>
Status check_range(const char* name, T value, T least, T most) {
  if (value < least || value > most) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string("store option ") + name + " is out of its range"};
  }
  return {};
}

Status check_options(const Options& options) {
  for (const Status& status :
       {check_range("record_wait", options.record_wait, Milliseconds(1), Milliseconds(1000)),
        check_range("sync_every", options.sync_every, Milliseconds(0), Milliseconds(60'000)),
        check_range<size_t>("tail_deliveries_max", options.tail_deliveries_max, 1000, 10'000'000),
        check_range<size_t>("tail_bytes_max", options.tail_bytes_max, 1 << 20, size_t{4} << 30),
        check_range("fold_after", options.fold_after, Seconds(1), Seconds(86'400))}) {
    if (!status) {
      return status;
    }
  }
  return {};
}

uint64_t bytes_below(const std::string& folder) {
  namespace fs = std::filesystem;
  uint64_t bytes = 0;
  std::error_code error;  // Files come and go while we look; each counts if it is still there.
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    const uint64_t size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
    bytes += gone ? 0 : size;
  }
  return bytes;
}

}  // namespace

class Store::Impl {
 public:
  Impl(const Options& options, const Clock& clock) : options_(options), clock_(clock) {}
  ~Impl() { static_cast<void>(close()); }

  Status open(rocksdb::Env& env);
  Status ingest(std::span<const Observed> observations, const std::optional<TimeSpan>& covered);
  Statistics statistics() const;
  Result<VerifyReport> verify(const std::stop_token& stop);
  Status backup(const std::string& folder);
  Status fold();
  Status close();

  AnswerBook& book() { return *book_; }
  Journal& journal() { return *journal_; }
  Tables& tables() { return *tables_; }
  Memory memory() { return {tail_, *tables_, *book_, kept_}; }

 private:
  const Options options_;
  const Clock& clock_;
  // In the order in which they need each other.
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<AnswerBook> book_;
  Tail tail_;
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<Journal> journal_;
  KeptPtr kept_ = std::make_shared<const Kept>();
  std::mutex closing_;
};

Status Store::Impl::open(rocksdb::Env& env) {
  // The journal's lock stands for the whole folder: whoever has it owns both databases.
  auto database = JournalDatabase::open(options_.path + "/journal", env);
  if (!database) {
    return database.error();
  }
  auto tables = Tables::open(options_.path + "/tables", env, options_.block_cache_bytes);
  if (!tables) {
    return tables.error();
  }
  tables_ = std::move(*tables);
  const Status synced = sync_names(options_.path, env);
  if (!synced) {
    return synced;
  }
  const auto folded = tables_->folded_up_to();
  const auto last_answer = tables_->last_answer();
  if (!folded || !last_answer) {
    return folded ? last_answer.error() : folded.error();
  }
  book_ = std::make_unique<AnswerBook>(*tables_, *last_answer, kBookCapacity);
  folder_ = std::make_unique<Folder>(tail_, *tables_, *book_);
  auto journal = Journal::start({options_, clock_, tail_, *book_, [this] { folder_->wake(); }},
                                std::move(*database), *folded);
  if (!journal) {
    return journal.error();
  }
  journal_ = std::move(*journal);
  folder_->start([this](Sequence last) { journal_->note_folded(last); });
  return {};
}

Status Store::Impl::ingest(std::span<const Observed> observations,
                           const std::optional<TimeSpan>& covered) {
  std::vector<Delivery> chunk;
  for (size_t i = 0; i < observations.size(); ++i) {
    const Observed& seen = observations[i];
    chunk.push_back({clamp_time(seen.at), seen.client, book_->remember(seen.answer),
                     seen.validity_s, Origin::kImport, seen.transport});
    if (chunk.size() == kImportChunk || i + 1 == observations.size()) {
      const Status taken = journal_->import(std::exchange(chunk, {}));
      if (!taken) {
        return taken;
      }
    }
  }
  if (covered) {
    journal_->import_coverage(*covered);
  }
  return {};
}

Statistics Store::Impl::statistics() const {
  const JournalFigures journal = journal_->figures();
  const Folder::Figures folder = folder_->figures();
  return {.recorded = journal.recorded,
          .lost = journal.lost,
          .tail_deliveries = tail_.delivery_count(),
          .folds = folder.folds,
          .disk_bytes = bytes_below(options_.path),
          .answers = tables_->answer_count() + book_->unstored_count(),
          .oldest = journal.oldest,
          .recording = journal.recording,
          .last_error = journal.last_error.empty() ? folder.last_error : journal.last_error};
}

Result<VerifyReport> Store::Impl::verify(const std::stop_token& stop) {
  VerifyReport report;
  const Status journal = journal_->verify();
  if (!journal) {
    report.findings.push_back("journal: " + journal.error().message);
  }
  verify_checksums(*tables_, report);
  TablesView view(*tables_);
  const Status verified = verify_view(view, *memory().kept, stop, report);
  return verified ? Result<VerifyReport>(std::move(report)) : verified.error();
}

Status Store::Impl::backup(const std::string& folder) {
  return write_backup(
      folder, [this](const std::string& path) { return journal_->copy(path); },
      [this](const std::string& path) { return copy_database(tables_->db(), path, Logs::kFlush); });
}

Status Store::Impl::fold() {
  journal_->freeze();
  return folder_->drain();
}

Status Store::Impl::close() {
  const std::lock_guard lock(closing_);
  const Status stopped = journal_ ? journal_->stop() : Status();
  if (folder_) {
    folder_->stop();
  }
  return stopped;
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const Options& options, const Clock& clock) {
  return StoreOpener::open(options, clock, *rocksdb::Env::Default());
}

Result<std::unique_ptr<Store>> StoreOpener::open(const Options& options, const Clock& clock,
                                                 rocksdb::Env& env) {
  Status status = check_options(options);
  if (status) {
    status = check_format(options.path, env);
  }
  if (status) {
    status = upgrade(options.path, env);
  }
  auto impl = std::make_unique<Store::Impl>(options, clock);
  if (status) {
    status = impl->open(env);
  }
  if (!status) {
    return status.error();
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Status StoreOpener::compact(Store& store) {
  return store.impl_->tables().compact();
}

AnswerId Store::remember(const Answer& answer) {
  return impl_->book().remember(answer);
}

Recorded Store::record(std::span<const Delivery> turn) {
  return impl_->journal().record(turn);
}

Status Store::ingest(std::span<const Observed> observations,
                     const std::optional<TimeSpan>& covered) {
  return impl_->ingest(observations, covered);
}

Result<std::vector<Evidence>> Store::evidence(const EvidenceQuery& query) const {
  return read_evidence(query, impl_->memory());
}

Result<std::vector<RecordedDelivery>> Store::deliveries(const DeliveryQuery& query,
                                                        const std::stop_token& stop) const {
  return list_deliveries(query, impl_->memory(), stop);
}

Result<RecordedDelivery> Store::recorded(const Delivery& delivery) const {
  const auto known = impl_->book().find(delivery.answer);
  if (!known) {
    return known.error();
  }
  return listed(delivery.client, *known,
                {delivery.at, delivery.validity_s, delivery.origin, delivery.transport});
}

Coverage Store::coverage() const {
  return impl_->journal().coverage();
}

Statistics Store::statistics() const {
  return impl_->statistics();
}

Result<VerifyReport> Store::verify(const std::stop_token& stop) const {
  return impl_->verify(stop);
}

Status Store::backup(const std::string& folder) {
  return impl_->backup(folder);
}

Status Store::fold() {
  return impl_->fold();
}

Status Store::close() {
  return impl_->close();
}

}  // namespace etymon::store

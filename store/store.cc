#include "store/store.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "store/files/folders.h"
#include "store/files/format_file.h"
#include "store/folding/fold_thread.h"
#include "store/folding/rest.h"
#include "store/hosts/host_keeper.h"
#include "store/journal/answer_book.h"
#include "store/journal/both_databases.h"
#include "store/journal/import_sieve.h"
#include "store/journal/journal.h"
#include "store/journal/tail.h"
#include "store/reading/listing.h"
#include "store/reading/listing_page.h"
#include "store/reading/memory.h"
#include "store/removal/forget.h"
#include "store/removal/retention.h"
#include "store/store_opener.h"
#include "store/tables/table_errors.h"
#include "store/tables/tables.h"
#include "store/upkeep/backup.h"
#include "store/upkeep/repair.h"
#include "store/upkeep/upgrade.h"
#include "store/upkeep/verify.h"

namespace etymon::store {
namespace {

// Answers kept in memory, with their content at hand, that are in the tables too: 250 octets each.
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

// Of what is over.
std::optional<WallTime> recorded_until(const Coverage& coverage) {
  std::optional<WallTime> last;
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (interval.ended != CoverageEdge::kNow) {
      last = std::max(last.value_or(interval.span.end), interval.span.end);
    }
  }
  return last;
}

// Of our own recording, what is over.
std::vector<TimeSpan> recorded_here(const Coverage& coverage) {
  std::vector<TimeSpan> spans;
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (!interval.is_imported() && interval.ended != CoverageEdge::kNow) {
      spans.push_back(interval.span);
    }
  }
  return spans;
}

Status check_options(const Options& options) {
  for (const Status& status :
       {check_range("record_wait", options.record_wait, Milliseconds(1), Milliseconds(1000)),
        check_range("sync_every", options.sync_every, Milliseconds(0), Milliseconds(60'000)),
        check_range<size_t>("tail_deliveries_max", options.tail_deliveries_max, 1000, 10'000'000),
        check_range<size_t>("tail_bytes_max", options.tail_bytes_max, 1 << 20, size_t{4} << 30),
        check_range<size_t>("answers_bytes_max", options.answers_bytes_max, 0, size_t{64} << 30),
        check_range("fold_after", options.fold_after, Seconds(1), Seconds(86'400)),
        check_range("hosts.linger", options.hosts.linger, Seconds(60), Seconds(7 * 86'400)),
        check_range<size_t>("hosts.addresses_max", options.hosts.addresses_max, 2, 1000),
        check_range<Seconds>("answers_held_for", options.answers_held_for, Seconds(0),
                             AnswerBook::kHeldForMax),
        options.retention.check()}) {
    if (!status) {
      return status;
    }
  }
  return {};
}

// With what to do about it, where it does not say so yet.
Error naming_the_way_on(Error error) {
  if (error.code == ErrorCode::kResourceExhausted) {
    error.message += "; a start needs room for what its journal holds";
  }
  return naming_repair(std::move(error));
}

std::optional<WallTime> floor_time(Hour hour) {
  return hour == 0 ? std::nullopt : std::optional(start_of_hour(hour));
}

// Of the store: what a repair has put aside is none of it.
uint64_t bytes_below(const std::string& folder) {
  namespace fs = std::filesystem;
  uint64_t bytes = 0;
  std::error_code error;  // Files come and go while we look; each counts if it is still there.
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (it.depth() == 0 && it->path().filename().string().starts_with(kPutAside)) {
      it.disable_recursion_pending();
    }
    const uint64_t size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
    bytes += gone ? 0 : size;
  }
  return bytes;
}

}  // namespace

class Store::Impl {
 public:
  Impl(const Options& options, const Clock& clock)
      : options_(options), clock_(clock), tail_(options.table_seed) {}
  ~Impl() { static_cast<void>(close()); }

  Status open(rocksdb::Env& env);
  Result<Ingested> ingest(std::span<const Observed> observations, const std::stop_token& stop);
  Status import_at(size_t size, std::vector<Delivery>& chunk, const std::stop_token& stop);
  Statistics statistics() const;
  Result<VerifyReport> verify(const Oversight& oversight);
  Status backup(const std::string& folder, const Oversight& oversight);
  Status fold();
  Status close();
  Status close_uncovered();

  AnswerBook& book() { return *book_; }
  Journal& journal() { return *journal_; }
  Tables& tables() { return *tables_; }
  HostKeeper& hosts() { return *hosts_; }
  void learn(std::span<const HostSighting> sightings) { hosts_->learn(sightings, clock_.wall()); }
  Status save_hosts() { return hosts_->save_when_due(clock_.monotonic()); }
  Retention& retention() { return *retention_; }
  Forget& forget() { return *forget_; }
  Memory memory() { return {tail_, *tables_, *book_}; }
  void let_go();

 private:
  ForgetParts forget_parts();
  bool step_forget();
  bool look_after();
  Status write_copy(const std::string& folder, const Oversight& oversight);

  const Options options_;
  const Clock& clock_;
  // In the order in which they need each other.
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<AnswerBook> book_;
  Tail tail_;
  std::unique_ptr<FoldThread> fold_thread_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<HostKeeper> hosts_;
  std::unique_ptr<Retention> retention_;
  std::unique_ptr<Forget> forget_;
  std::unique_ptr<Rest> rest_;
  std::atomic<uint64_t> too_old_{0};
  std::mutex importing_;       // held during ingest(): what two bring at once is taken once
  std::shared_mutex copying_;  // held, shared, during backup(), and by a step of forgetting
  std::mutex closing_;
};

Status Store::Impl::open(rocksdb::Env& env) {
  // The journal's lock stands for the whole folder: whoever has it owns both databases.
  auto database = open_journal(options_.path, env);
  if (!database) {
    return database.error();
  }
  auto tables = open_tables(options_.path, database->get(), env, options_.block_cache_bytes);
  if (!tables) {
    return tables.error();
  }
  tables_ = std::move(*tables);
  remove_unmoved_repair(options_.path);
  const Status synced = sync_names(options_.path, env);
  if (!synced) {
    return synced;
  }
  auto hosts = HostKeeper::open(options_.path, options_.hosts, env);
  if (!hosts) {
    return hosts.error();
  }
  hosts_ = std::move(*hosts);
  const auto folded = tables_->folded_up_to();
  const auto last_answer = tables_->last_answer();
  if (!folded || !last_answer) {
    return folded ? last_answer.error() : folded.error();
  }
  book_ =
      std::make_unique<AnswerBook>(*tables_, *last_answer,
                                   AnswerBook::Options{.capacity = kBookCapacity,
                                                       .packed_octets = options_.answers_bytes_max,
                                                       .held_for = options_.answers_held_for,
                                                       .seed = options_.table_seed});
  fold_thread_ = std::make_unique<FoldThread>(tail_, *tables_, *book_, clock_);
  auto journal =
      Journal::start({{options_, clock_, tail_, *book_}, [this] { fold_thread_->wake(); }},
                     std::move(*database), *folded);
  if (!journal) {
    return journal.error();
  }
  journal_ = std::move(*journal);
  const auto cut_coverage = [this](WallTime moment) { journal_->cut_coverage(moment); };
  cut_coverage(start_of_hour(tables_->kept()->complete_since()));
  // An address is somebody's for a while after it was last seen.
  const auto let_hosts_go = [this](WallTime moment) {
    hosts_->forget_before(moment - options_.hosts.linger);
  };
  retention_ = std::make_unique<Retention>(
      Retention::Parts{*tables_, *book_, tail_, clock_, cut_coverage, let_hosts_go,
                       believed_end(recorded_here(journal_->coverage()))},
      options_.retention);
  forget_ = std::make_unique<Forget>(forget_parts());
  if (const Status loaded = forget_->load(); !loaded) {
    return loaded;
  }
  rest_ = std::make_unique<Rest>(
      Rest::Parts{clock_, [this](Table table) { return tables_->restless_share(table); },
                  [this](Table table) { tables_->bring_to_rest(table); }});
  fold_thread_->start({[this](Sequence last) {
                         journal_->note_folded(last);
                         retention_->note_fold();
                         rest_->note_fold();
                         book_->bound_second_numbers(tail_.parts_begun(),
                                                     [this] { return tail_.answer_ids(); });
                       },
                       [this] { return look_after(); }});
  return {};
}

// The journal is copied before the tables: what is forgotten in between would be covered by the one
// and gone from the other. (What retention lets go of is cut from the coverage again at a start.)
bool Store::Impl::step_forget() {
  const std::unique_lock alone(copying_, std::try_to_lock);
  return alone && forget_->step();
}

// What is forgotten or let go has the tables written anew by itself.
bool Store::Impl::look_after() {
  const bool is_busy = step_forget() || retention_->step();
  if (!is_busy && !forget_->is_under_way()) {
    rest_->step();
  }
  return is_busy;
}

ForgetParts Store::Impl::forget_parts() {
  return {
      .tables = *tables_,
      .book = *book_,
      .tail = tail_,
      .hosts = *hosts_,
      .clock = clock_,
      .wake = [this] { fold_thread_->wake(); },
      .recorded_until = [this] { return recorded_until(journal_->coverage()); },
      .freeze = [this] { return journal_->freeze(); },
      .fold_error = [this] { return fold_thread_->figures().last_error; },
      .leave_out = [this](std::span<const TimeSpan> spans) { return journal_->leave_out(spans); },
      .clear_journal = [this] { return journal_->clear_folded(); },
      .remove_older_journal = [this] { return journal_->remove_older_files(); },
      .tell = options_.on_forget};
}

// Once there are so many of them.
Status Store::Impl::import_at(size_t size, std::vector<Delivery>& chunk,
                              const std::stop_token& stop) {
  return chunk.size() < size ? Status() : journal_->import(std::exchange(chunk, {}), stop);
}

Result<Ingested> Store::Impl::ingest(std::span<const Observed> observations,
                                     const std::stop_token& stop) {
  const std::lock_guard one(importing_);
  const KeptPtr kept = tables_->kept();
  ImportSieve sieve(tail_, *tables_, *book_);
  std::vector<Delivery> chunk;
  Ingested ingested;
  for (const Observed& seen : observations) {
    const WallTime at = clamp_time(seen.at);
    if (hour_of(at) < kept->since(seen.client)) {
      ++too_old_;
      ++ingested.too_old;
      continue;
    }
    const Delivery delivery{.at = at,
                            .client = seen.client,
                            .answer = book_->remember(seen.answer),
                            .validity_s = seen.validity_s,
                            .origin = Origin::kImport,
                            .transport = seen.transport,
                            .forwarder = seen.forwarder};
    const Result<bool> passes = sieve.passes(delivery);
    if (!passes) {
      return passes.error();
    }
    ++(*passes ? ingested.added : ingested.known);
    if (*passes) {
      chunk.push_back(delivery);
    }
    if (const Status taken = import_at(kImportChunk, chunk, stop); !taken) {
      return taken.error();
    }
  }
  const Status taken = import_at(1, chunk, stop);
  return taken ? Result<Ingested>(ingested) : taken.error();
}

Statistics Store::Impl::statistics() const {
  const JournalFigures journal = journal_->figures();
  const FoldThread::Figures folding = fold_thread_->figures();
  const KeptPtr kept = tables_->kept();
  std::string damage = tables_->damage();
  std::string error;
  for (const std::string& last : {journal.last_error, folding.last_error, retention_->last_error(),
                                  forget_->last_error(), damage}) {
    error = error.empty() ? last : error;
  }
  return {.recorded = journal.recorded,
          .lost = journal.lost,
          .tail_deliveries = tail_.delivery_count(),
          .folds = folding.folds,
          .disk_bytes = bytes_below(options_.path),
          .answers = tables_->answer_count() + book_->unstored_count(),
          .oldest = journal.oldest,
          .retention = retention_->limits(),
          .table_bytes = tables_->live_bytes(),
          .kept_since = floor_time(kept->all),
          .complete_since = floor_time(kept->complete_since()),
          .too_old = too_old_,
          .recording = journal.recording,
          .last_error = std::move(error),
          .damage = std::move(damage)};
}

Result<VerifyReport> Store::Impl::verify(const Oversight& oversight) {
  VerifyReport report{.unfolded = tail_.delivery_count(), .findings = {}};
  const Status journal = journal_->verify();
  if (!journal && journal.error().code == ErrorCode::kUnavailable) {
    return journal.error();  // It was not looked at, so nothing can be said of it.
  }
  if (!journal) {
    report.findings.push_back({"journal", journal.error().message});
  }
  const OpenTablesPtr opened = tables_->opened();
  Meter meter(oversight, work_of_verifying(*opened));
  Status verified = verify_checksums(*opened, meter, report);
  if (verified) {
    TablesView view(*tables_);
    verified = verify_view(view, *tables_->kept(), meter, report);
  }
  return verified ? Result<VerifyReport>(std::move(report)) : verified.error();
}

Status Store::Impl::backup(const std::string& folder, const Oversight& oversight) {
  const Status done = write_copy(folder, oversight);
  fold_thread_->wake();  // Something to forget may have waited.
  return done;
}

Status Store::Impl::write_copy(const std::string& folder, const Oversight& oversight) {
  if (is_within(folder, options_.path)) {
    return Error{ErrorCode::kInvalidArgument, folder + " lies inside the store " + options_.path +
                                                  ": a backup there would go with it"};
  }
  const std::shared_lock copying(copying_);
  Meter meter(oversight, bytes_below(options_.path));
  return write_backup(
      folder,
      {[this](const std::string& path, Meter& copied) {
         const Status done = journal_->copy(path, copied);
         return done ? hosts_->copy(std::filesystem::path(path).parent_path()) : done;
       },
       [this](const std::string& path, Meter& copied) { return tables_->copy(path, copied); }},
      meter);
}

void Store::Impl::let_go() {
  retention_->ask();
  fold_thread_->settle();
}

Status Store::Impl::fold() {
  const Status frozen = journal_->freeze();
  return frozen ? fold_thread_->drain() : frozen;
}

Status Store::Impl::close_uncovered() {
  if (journal_) {
    journal_->withdraw_coverage();
  }
  return close();
}

Status Store::Impl::close() {
  const std::lock_guard lock(closing_);
  const Status stopped = journal_ ? journal_->stop() : Status();
  if (forget_) {
    forget_->stop();
  }
  if (retention_) {
    retention_->stop();
  }
  if (fold_thread_) {
    fold_thread_->stop();
  }
  const Status saved = journal_ ? hosts_->save() : Status();
  return stopped ? saved : stopped;
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
  // Compaction can wait; those who answer clients, fold or look things up cannot. Should it fail,
  // it is only less polite.
  static_cast<void>(env.LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow));
  auto impl = std::make_unique<Store::Impl>(options, clock);
  if (status) {
    status = impl->open(env);
  }
  if (!status) {
    static_cast<void>(impl->close_uncovered());
    return naming_the_way_on(status.error());
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Status StoreOpener::compact(Store& store) {
  return store.impl_->tables().compact();
}

Status StoreOpener::write_plainly(Store& store) {
  return store.impl_->tables().write_plainly();
}

Status StoreOpener::clear_journal(Store& store) {
  return store.impl_->journal().clear_folded();
}

AnswerId Store::remember(const Answer& answer) {
  return impl_->book().remember(answer);
}

bool Store::knows(AnswerId id) const {
  return impl_->book().knows(id);
}

Recorded Store::record(std::span<const Delivery> turn, RecordTicket& ticket) {
  return impl_->journal().record(turn, ticket);
}

Recorded Store::give_up(std::span<const Delivery> turn, RecordTicket& ticket) {
  return impl_->journal().give_up(turn, ticket);
}

Result<Ingested> Store::ingest(std::span<const Observed> observations,
                               const std::stop_token& stop) {
  return impl_->ingest(observations, stop);
}

uint64_t Store::begin_import() const {
  return impl_->journal().begin_import();
}

void Store::cover(const TimeSpan& span, uint64_t began) {
  impl_->journal().import_coverage(span, began);
}

Result<std::vector<Evidence>> Store::evidence(const EvidenceQuery& query) const {
  return look().evidence(query);
}

Look Store::look() const {
  return {impl_->memory(), [this] { return coverage(); }};
}

Result<DeliveryPage> Store::page(const DeliveryQuery& query) const {
  return list_deliveries(query, impl_->memory());
}

Result<std::vector<RecordedDelivery>> Store::deliveries(const DeliveryQuery& query) const {
  Result<DeliveryPage> all = page(query);
  return all ? Result<std::vector<RecordedDelivery>>(std::move(all->deliveries)) : all.error();
}

Result<RecordedDelivery> Store::recorded(const Delivery& delivery) const {
  const auto known = impl_->book().find(delivery.answer);
  if (!known) {
    return known.error();
  }
  return listed(delivery.client, *known, sighting_of(delivery));
}

void Store::learn(std::span<const HostSighting> sightings) {
  impl_->learn(sightings);
}

HostIdentity Store::identity(const IpAddress& client, const TimeSpan& moment) const {
  return impl_->hosts().identity(client, moment);
}

std::vector<HostInterval> Store::host_intervals() const {
  return impl_->hosts().intervals();
}

Status Store::save_hosts() {
  return impl_->save_hosts();
}

Coverage Store::coverage() const {
  return impl_->journal().coverage();
}

Statistics Store::statistics() const {
  return impl_->statistics();
}

Result<VerifyReport> Store::verify(const Oversight& oversight) const {
  return impl_->verify(oversight);
}

Status Store::backup(const std::string& folder, const Oversight& oversight) {
  return impl_->backup(folder, oversight);
}

void StoreOpener::let_go(Store& store) {
  store.impl_->let_go();
}

Result<RetentionLimits> Store::change_retention(const RetentionChange& change) {
  return impl_->retention().change(change);
}

Result<ForgetReport> Store::forget(const ForgetOrder& order, const Oversight& oversight) {
  return impl_->forget().run(order, oversight);
}

std::vector<ForgetRecord> Store::forgotten() const {
  return impl_->forget().records();
}

Status Store::fold() {
  return impl_->fold();
}

Status Store::close() {
  return impl_->close();
}

Status Store::close_uncovered() {
  return impl_->close_uncovered();
}

}  // namespace etymon::store

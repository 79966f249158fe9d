// Store: the memory. Takes deliveries from the loops, keeps them, and tells what it knows.
//
// Owns the two RocksDB databases in one folder, journal and tables, with the tail and the folds
// between them (ARCHITECTURE.md draws them; FORMAT.md has the bytes). One process may hold a
// folder. Thread-safe: loops call the Recorder side, API threads the reading side, both at once; a
// reader sees everything whose record() returned kYes before it began. RocksDB's types do not leave
// this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/history.h"
#include "resolver/model/host.h"
#include "resolver/model/recorder.h"
#include "store/forget_report.h"
#include "store/host_book.h"
#include "store/look.h"
#include "store/name_match.h"
#include "store/retention_limits.h"
#include "store/upkeep/meter.h"
#include "store/upkeep/verify_report.h"

namespace etymon::store {

struct Options {
  std::string path;               // created when missing, mode 0700
  Milliseconds record_wait{20};   // 1 .. 1000: how long a turn waits for the records of others
  Milliseconds sync_every{1000};  // 0 (each write) .. 60000: what a power loss may cost
  size_t tail_deliveries_max =
      1'000'000;                     // 1000 .. 10000000: deliveries held before they are folded
  size_t tail_bytes_max = 64 << 20;  // 1 MiB .. 4 GiB: memory they take before they are folded
  // 0 .. 64 GiB: for answers that are in the tables, beside the 40,000 used last, so that a cached
  // one is recorded without reading the tables: 100 to 200 octets each.
  size_t answers_bytes_max = 32 << 20;
  Seconds fold_after{300};              // 1 .. 86400: older tails are folded even when small
  size_t block_cache_bytes = 32 << 20;  // for reading: half for blocks of the tables, half for rows
  HostOptions hosts = {};
  RetentionLimits retention = {};  // how much is kept; change_retention() changes it later
  // 0 .. 15 days: how long a number from remember() is used. Until then an answer stays, although
  // nothing that is kept refers to it any more.
  Seconds answers_held_for = std::chrono::days(15);
  // Of what is found in memory; unpredictable where outsiders choose what is answered.
  uint64_t table_seed = 0;
  // Told of what record() took, turn by turn, with the times it was given. By the thread that
  // writes the journal, which loops wait for: it must not wait for anything. Empty: nobody is told.
  std::function<void(std::span<const Delivery>)> on_recorded = {};
  // Told when forgetting begins, goes on after a start, fails and will be tried again, and is done.
  // By the thread that folds: it should not take long. Empty: nobody is told.
  std::function<void(const ForgetNews&)> on_forget = {};
  // Told, in words for people, what a start leaves out because it is damaged and which no coverage
  // includes. By the thread that opens the store. Empty: nobody is told.
  std::function<void(const std::string&)> on_loss = {};
};

// What one lookup needs to know of the past.
struct EvidenceQuery {
  IpPrefix address;
  std::optional<IpAddress> client;  // nothing: all clients
  WallTime until;                   // deliveries at or before this moment count as past
  WallTime since{};                 // those before this moment do not count at all
  size_t limit = 10'000;            // 1 or more: most Evidence rows returned, newest first
  // Whether Evidence::first has to be the oldest of all. It may be a later one where not: of an
  // answer with several addresses and a long history the oldest takes a read of its own.
  bool wants_first = true;
  // Most (address, client) pairs looked at, in the order of addresses. What is beyond them may be
  // the newest: only who looks for hints can do without. Where the newest rows of a network are
  // found by the hour, no others are looked at, and there may be more.
  size_t pairs_max = 100'000;
  enum class Beyond { kRefuse, kLeaveOut } beyond = Beyond::kRefuse;
  // Asked now and then while much is read; true ends it. No stop token, whose source would cost
  // each small lookup an allocation. Empty: never.
  std::function<bool()> should_stop = {};
};

enum class ListingOrder { kNewestFirst, kOldestFirst };

// A place in a listing, told by what lies there, so that it stays where it is while deliveries come
// and go.
struct ListingPosition {
  static constexpr uint32_t kGivenMax = 10'000;

  WallTime at;
  uint64_t tie = 0;    // as RecordedDelivery has it
  uint32_t given = 0;  // of those alike in both, so many lie before the place

  friend bool operator==(const ListingPosition&, const ListingPosition&) = default;
};

// Whether rows that tell of other clients, too, may be read for those of one client, where they are
// less to read. Whoever may not hear of others would hear of them by the time that it takes.
enum class OthersRows : uint8_t { kRead, kLeftAlone };

// Which deliveries are wanted: those for which all conditions hold.
struct DeliveryQuery {
  TimeSpan span{};  // closed
  std::optional<IpAddress> client = {};
  std::optional<DomainName> name = {};  // the asked name, or one of the chain
  NameMatch match = NameMatch::kExact;
  std::optional<IpPrefix> address = {};  // an address of the answer lies in it
  std::optional<Rcode> rcode = {};
  OthersRows others = OthersRows::kRead;
  size_t limit = 1000;  // 1 .. 10000: the first so many in this order:
  ListingOrder order = ListingOrder::kNewestFirst;
  std::optional<ListingPosition> from = {};  // only what lies behind this place
  // Asked now and then; true ends the reading, and the page is what whole hours had given. Empty:
  // never.
  std::function<bool()> should_stop = {};
};

struct RecordedDelivery {
  Sighting sighting;
  IpAddress client;
  std::shared_ptr<const Answer> answer;
  uint64_t tie = 0;  // made of its content: orders deliveries of the same microsecond, ascending
};

// Some of a listing. May be empty before the end, where little was found in the time there was.
struct DeliveryPage {
  std::vector<RecordedDelivery> deliveries;
  std::optional<ListingPosition> next;  // where the next page begins; nothing: this was the last
};

// The place behind a page that was not empty; `from`: where the page began.
ListingPosition position_behind(std::span<const RecordedDelivery> page,
                                const std::optional<ListingPosition>& from);

struct Statistics {
  uint64_t recorded = 0;           // deliveries taken since the start of this process
  uint64_t lost = 0;               // deliveries not taken, same
  uint64_t tail_deliveries = 0;    // in memory, not yet folded
  uint64_t folds = 0;              // completed since the start of this process
  uint64_t disk_bytes = 0;         // all files of the store
  uint64_t answers = 0;            // distinct answers known
  std::optional<WallTime> oldest;  // first covered moment
  RetentionLimits retention;       // in force
  uint64_t table_bytes = 0;        // what retention.keep_bytes is about
  // Nobody's deliveries from before this moment are kept. Nothing: nothing was let go.
  std::optional<WallTime> kept_since;
  // From this moment on everybody's are; later than kept_since when a client took so much room that
  // its own history is shorter.
  std::optional<WallTime> complete_since;
  uint64_t too_old = 0;    // observations that were not taken: from before what is kept
  bool recording = true;   // false while deliveries are being lost
  std::string last_error;  // of the store's own writing; empty when all is well
};

// An observed delivery with the answer it carried, as an importer has them.
struct Observed {
  WallTime at;
  IpAddress client;
  Answer answer;
  uint32_t validity_s = 0;
  Transport transport = Transport::kUdp;
  IpAddress forwarder = {};  // see Delivery
};

// What became of observations: each is counted once.
struct Ingested {
  uint64_t added = 0;
  uint64_t known = 0;    // in the store already, whoever saw them: not taken twice
  uint64_t too_old = 0;  // from before what is kept: not taken
};

class Store final : public Recorder, public HostLearner {
 public:
  // Opens or creates the store. Refills the tail from the journal after a crash. Errors:
  // kFailedPrecondition (held by another process; written by a newer format), kPermissionDenied or
  // kIo (folder not writable), kDataLoss (damaged). An error loses nothing that is recorded; but an
  // older store may be in this program's format by then, if its tables could be opened at all, and
  // an interval of coverage may have begun and ended.
  static Result<std::unique_ptr<Store>> open(const Options& options, const Clock& clock);
  ~Store() override;  // as close()

  AnswerId remember(const Answer& answer) override;
  bool knows(AnswerId id) const override;
  using Recorder::record;
  Recorded record(std::span<const Delivery> turn, RecordTicket& ticket) override;
  Recorded give_up(std::span<const Delivery> turn, RecordTicket& ticket) override;

  // Takes observations of the past, in any order of time; their origin becomes kImport. Waits for
  // the disk as long as it takes. What is older than what is kept is not taken, but counted
  // (Statistics::too_old). Tells what became of them; after an error, what was taken stays taken.
  // Errors: kUnavailable (stopped, closed), kDataLoss, kIo.
  Result<Ingested> ingest(std::span<const Observed> observations, const std::stop_token& stop = {});

  // Coverage of an import, of one call or several: `began` is from before the first of them, and
  // all that was told in `span` has been taken since. The span counts as far as it is kept, but for
  // hours of which something was forgotten meanwhile.
  uint64_t begin_import() const;
  void cover(const TimeSpan& span, uint64_t began);

  // Everything known of `query.address`, one Evidence for each (client, answer, address). What came
  // after the moment is looked for up to the end of the next day (UTC). Errors: kDataLoss, kIo,
  // kResourceExhausted: more pairs than may be looked at, kUnavailable: stopped.
  Result<std::vector<Evidence>> evidence(const EvidenceQuery& query) const;
  // For several such questions at one time, which then cost less.
  Look look() const;

  // The deliveries themselves, in order of time. Cheapest by name, by client or by address; without
  // any of them the whole span is read, hour by hour, until the limit is reached. Errors:
  // kInvalidArgument (limit, span), kDataLoss, kIo, kUnavailable: stopped before any hour was read.
  Result<DeliveryPage> page(const DeliveryQuery& query) const;
  // Those of the page, for who has all the time. REQUIRES: no should_stop.
  Result<std::vector<RecordedDelivery>> deliveries(const DeliveryQuery& query) const;

  // What a listing would tell of a delivery that was recorded. Errors: kNotFound, kDataLoss, kIo.
  Result<RecordedDelivery> recorded(const Delivery& delivery) const;

  // Takes what was learned of devices: known at once, on the disk with save_hosts().
  void learn(std::span<const HostSighting> sightings) override;

  // Who had an address at a moment, and which others were the same device's.
  HostIdentity identity(const IpAddress& client, WallTime at) const;
  std::vector<HostInterval> host_intervals() const;

  // Writes what is known of devices, at most once a minute; call it every few seconds. close() does
  // it too. Error kIo: what was there before still is.
  Status save_hosts();

  // All coverage, oldest first; the live interval ends at the present moment.
  Coverage coverage() const;

  Statistics statistics() const;

  // Reads the whole store: that all checksums hold, everything can be decoded, and the tables tell
  // the same past. Takes as long as reading all its files twice, and bounded memory; everything
  // else goes on meanwhile. What is wrong is in the report. Error kUnavailable: stopped, or the
  // journal is closed after a failure, until it can be opened again.
  Result<VerifyReport> verify(const Oversight& oversight = {}) const;

  // Copies the store as it is now into a new folder, which is then a store itself; recording goes
  // on. Files are linked where that is possible. Errors: kAlreadyExists, kNotFound (no
  // folder above it), kInvalidArgument (inside the store, or a name that is too long),
  // kPermissionDenied, kResourceExhausted, kIo, kUnavailable (stopped, or the journal is closed
  // after a failure); nothing is left behind then.
  Status backup(const std::string& folder, const Oversight& oversight = {});

  // How much is kept, from now on and until the store is closed: what the change says of it, and
  // nothing else, whoever changes what at the same time. What is too much goes within minutes; what
  // has gone does not come back. Gives what is in force then. Error kInvalidArgument: out of range.
  Result<RetentionLimits> change_retention(const RetentionChange& change);

  // Takes deliveries out of all indexes and out of the files, and a client's identities with them
  // when it is forgotten whatever the name. What is delivered from now on stays; but after a clock
  // was ahead, some of it may go, too, until the clock has passed the last moment on record. Hours
  // in which something was forgotten are no longer covered. Waits for it: the tables are rewritten.
  // Once begun it is carried through, also when the caller no longer waits, the disk fails for a
  // while, or the process dies. Errors: kInvalidArgument (no condition), kUnavailable (stopped,
  // closed), kDataLoss, kIo.
  Result<ForgetReport> forget(const ForgetOrder& order, const Oversight& oversight = {});

  // What was forgotten, oldest first: the newest kForgetRecordsMax.
  std::vector<ForgetRecord> forgotten() const;

  // Folds the tail now and waits for it; for tests, and for whoever wants the figures on disk.
  Status fold();

  // Stops recording: an orderly end of coverage, everything on disk. Idempotent.
  Status close();

 private:
  friend struct StoreOpener;  // store/store_opener.h
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace etymon::store

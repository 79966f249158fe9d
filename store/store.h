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
#include "store/files/meter.h"
#include "store/model/forget_report.h"
#include "store/model/observed.h"
#include "store/model/options.h"
#include "store/model/queries.h"
#include "store/model/statistics.h"
#include "store/model/verify_report.h"
#include "store/reading/look.h"

namespace etymon::store {

class Store final : public Recorder, public HostLearner {
 public:
  // Opens or creates the store. Refills the tail from the journal after a crash. Errors:
  // kFailedPrecondition (held by another process; written by a newer format), kPermissionDenied or
  // kIo (folder not writable), kDataLoss (damaged), kResourceExhausted (no room for what the
  // journal holds); the latter two say what to do. An error loses nothing that is recorded; but an
  // older store may be in this program's format by then, if its tables could be opened at all.
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

  // Who had an address at any instant of a moment, and which others were the same device's then.
  HostIdentity identity(const IpAddress& client, const TimeSpan& moment) const;
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

  // The same for who was not to answer anybody after all: the time since open() counts as not
  // covered, so that a service which is started over and over leaves no interval each time.
  Status close_uncovered();

 private:
  friend struct StoreOpener;  // store/store_opener.h
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace etymon::store

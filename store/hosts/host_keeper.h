// HostKeeper: the HostBook of a store, shared by threads and kept in the store's file `hosts`.
//
// Any thread. What is learned is in memory at once and in the file within a minute: learn() never
// waits for the disk, save() does. The file is written beside and renamed, so it is whole or the
// one before. A crash costs the last minute, of which the neighbour table still knows most.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "store/hosts/host_book.h"

namespace etymon::store {

class HostKeeper {
 public:
  // Reads the file when there is one. Errors: kDataLoss (it is damaged), kIo.
  static Result<std::unique_ptr<HostKeeper>> open(const std::string& folder, HostOptions options,
                                                  rocksdb::Env& env);

  void learn(std::span<const HostSighting> sightings, WallTime now);
  HostIdentity identity(const IpAddress& client, const TimeSpan& moment) const;
  std::vector<HostInterval> intervals() const;

  // Lets go of what ended before, or of what is unwanted; gone from the disk with the next save().
  void forget_before(WallTime since);
  void forget(const std::function<bool(const HostInterval&)>& unwanted);

  // Writes the file if there is something new and the last time is a minute ago. Error: kIo.
  Status save_when_due(MonotonicTime now);
  Status save();
  // The file as of now in another folder.
  Status copy(const std::string& folder) const;

 private:
  HostKeeper(std::string folder, HostOptions options, rocksdb::Env& env)
      : folder_(std::move(folder)), env_(env), book_(HostBook(std::move(options))) {}
  Status write(const std::string& folder, const std::string& bytes) const;

  const std::string folder_;
  rocksdb::Env& env_;
  Guarded<HostBook> book_;
  std::mutex saving_;   // held while the file is written; guards what follows
  uint64_t saved_ = 0;  // the book's version
  std::optional<MonotonicTime> saved_at_;
};

}  // namespace etymon::store

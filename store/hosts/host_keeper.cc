#include "store/hosts/host_keeper.h"

#include <utility>

#include "store/files/database.h"
#include "store/files/format_file.h"

namespace etymon::store {
namespace {

constexpr const char* kFile = "/hosts";
constexpr Seconds kSaveEvery{60};

}  // namespace

Result<std::unique_ptr<HostKeeper>> HostKeeper::open(const std::string& folder, HostOptions options,
                                                     rocksdb::Env& env) {
  std::unique_ptr<HostKeeper> keeper(new HostKeeper(folder, std::move(options), env));
  const std::string path = folder + kFile;
  if (env.FileExists(path).IsNotFound()) {
    return keeper;
  }
  std::string bytes;
  const Status read =
      to_status(rocksdb::ReadFileToString(&env, path, &bytes), "cannot read " + path);
  if (!read) {
    return read.error();
  }
  auto book = keeper->book_.lock();
  if (const Status loaded = book->load(bytes); !loaded) {
    return Error{loaded.error().code, path + ": " + loaded.error().message +
                                          "; remove it to go on without what it knew of devices"};
  }
  keeper->saved_ = book->version();
  return keeper;
}

void HostKeeper::learn(std::span<const HostSighting> sightings, WallTime now) {
  auto book = book_.lock();
  for (const HostSighting& sighting : sightings) {
    book->learn(sighting, now);
  }
}

HostIdentity HostKeeper::identity(const IpAddress& client, const TimeSpan& moment) const {
  return book_.lock()->identity(client, moment);
}

std::vector<HostInterval> HostKeeper::intervals() const {
  return book_.lock()->intervals();
}

void HostKeeper::forget_before(WallTime since) {
  book_.lock()->forget_before(since);
}

void HostKeeper::forget(const std::function<bool(const HostInterval&)>& unwanted) {
  book_.lock()->forget(unwanted);
}

Status HostKeeper::save_when_due(MonotonicTime now) {
  {
    const std::lock_guard lock(saving_);
    if (saved_at_ && now - *saved_at_ < kSaveEvery) {
      return {};
    }
    saved_at_ = now;
  }
  return save();
}

Status HostKeeper::save() {
  const std::lock_guard lock(saving_);
  std::string bytes;
  uint64_t version = 0;
  {
    auto book = book_.lock();
    version = book->version();
    if (version == saved_) {
      return {};
    }
    bytes = book->save();
  }
  const Status written = write(folder_, bytes);
  if (written) {
    saved_ = version;
  }
  return written;
}

Status HostKeeper::copy(const std::string& folder) const {
  const std::string bytes = book_.lock()->save();
  return write(folder, bytes);
}

Status HostKeeper::write(const std::string& folder, const std::string& bytes) const {
  const std::string path = folder + kFile;
  const std::string beside = path + ".new";
  rocksdb::Status done = rocksdb::WriteStringToFile(&env_, bytes, beside, true);
  if (done.ok()) {
    done = env_.RenameFile(beside, path);
  }
  const Status written = to_status(done, "cannot write " + path);
  return written ? sync_names(folder, env_) : written;
}

}  // namespace etymon::store

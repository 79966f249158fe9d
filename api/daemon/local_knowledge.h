// LocalKnowledge: from the configuration and the files it names to what the loops answer by
// themselves.
//
// Belongs to one thread, which may wait for the disk: no loop. What it makes is constant, and given
// to the loops. A file that cannot be read is one without lines, and is warned of; it is looked for
// again with all others.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/daemon/config.h"
#include "resolver/base/clock.h"
#include "resolver/hosts/lease_file.h"
#include "resolver/local/knowledge.h"
#include "resolver/local/passed_over.h"

namespace etymon::daemon {

// Where files are read from: the system, or a test.
class FileSource {
 public:
  virtual ~FileSource() = default;
  // Changes whenever the file does; empty when there is none.
  virtual std::string stamp(const std::string& path) const = 0;
  // Errors: as read_regular_file(), and kResourceExhausted beyond kLocalFileMax octets; the message
  // names the file.
  virtual Result<std::string> read(const std::string& path) const = 0;
};

inline constexpr size_t kLocalFileMax = 256 << 20;  // octets; six million blocked names

class SystemFiles final : public FileSource {
 public:
  std::string stamp(const std::string& path) const override;
  Result<std::string> read(const std::string& path) const override;
};

class LocalKnowledge {
 public:
  using Warn = std::function<void(const std::string&)>;

  // `files` outlives it. `hash_seed`: unpredictable. `warn` is told, in a line, what is not read.
  LocalKnowledge(const Config& config, const FileSource& files, uint64_t hash_seed, Warn warn)
      : config_(config.local),
        leases_(config.hosts.lease_files),
        routes_(config.routes),
        files_(files),
        hash_seed_(hash_seed),
        warn_(std::move(warn)) {}

  // What is known at `now`; null when that is what the last call gave.
  std::shared_ptr<const local::Knowledge> renew(WallTime now);

 private:
  // True when one of them is not as it was when this was called last.
  bool have_changed(const std::vector<std::string>& paths);
  // The file's text; empty, with a warning, when it cannot be read.
  std::string text_of(const std::string& path) const;
  void warn_of(const std::string& path, const local::PassedOver& passed_over) const;
  local::SpecialNames::Zones special_zones() const;
  std::shared_ptr<const local::BlockList> read_block_list() const;
  std::shared_ptr<const local::Names> read_names(WallTime now);
  void add_records(const std::string& path, local::Names& names) const;
  void add_hosts(const std::string& path, local::Names& names) const;
  std::vector<hosts::Lease> read_leases(WallTime now, const local::Names& known);
  void add_leases(const std::vector<hosts::Lease>& leases, local::Names& names) const;

  const LocalConfig config_;
  const std::vector<std::string> leases_;  // paths
  const std::vector<upstream::Route> routes_;
  const FileSource& files_;
  const uint64_t hash_seed_;
  const Warn warn_;
  std::map<std::string, std::string> stamps_;  // by path
  WallTime next_end_ = WallTime::max();        // of a lease that still holds
  local::Knowledge::Parts parts_;
};

}  // namespace etymon::daemon

// LocalKnowledge: from the configuration and the files it names to what the loops answer by
// themselves.
//
// Belongs to one thread, which may wait for the disk: no loop. What it makes is constant, and given
// to the loops. A file that cannot be read, or is gone, is warned of and tried again; meanwhile
// holds what was last read of it: a download that fails must not let everything through. One that
// never could be read has no lines.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
  // Each is told one line.
  struct Say {
    using Line = std::function<void(const std::string&)>;
    Line warn;    // what is not read
    Line inform;  // what the block lists have now
    Line detail;  // how much was read of each file
  };

  // `files` outlives it. `hash_seed`: unpredictable.
  LocalKnowledge(const Config& config, const FileSource& files, uint64_t hash_seed, Say say)
      : config_(config.local),
        leases_(config.hosts.lease_files),
        routes_(config.routes),
        files_(files),
        hash_seed_(hash_seed),
        say_(std::move(say)) {}

  // What is known at `now`; null when that is what the last call gave.
  std::shared_ptr<const local::Knowledge> renew(WallTime now);

  // The next renew() reads all files, whether they have changed or not.
  void read_all_again() {
    stamps_.clear();
    failures_.clear();
  }

 private:
  struct Failure {
    Error why;
    std::string stamp;  // of the file as it could not be read
  };

  // True when one of them is not as it was when this was called last.
  bool have_changed(const std::vector<std::string>& paths);
  // True when it can be read now, as it could not when it was read last.
  bool is_readable_again(const std::string& path, const std::string& stamp) const;
  // The file's text; nothing, with a warning, when it cannot be read.
  std::optional<std::string> read(const std::string& path);
  // As it was when it was read last.
  const std::string& text_of(const std::string& path);
  void warn_of(const std::string& path, const local::PassedOver& passed_over) const;
  // Those about which upstreams are asked, whatever else holds for the zones around them.
  std::vector<DomainName> zones_passed_on() const;
  local::SpecialNames::Zones special_zones() const;
  std::shared_ptr<const local::BlockList> read_block_list();
  void read_name_lists(const std::vector<std::string>& paths, const local::NameSet* before,
                       local::NameSet& set);
  std::shared_ptr<const local::Names> read_names(WallTime now);
  void warn_of_endless_aliases(const local::Names& names);
  void add_records(const std::string& path, local::Names& names);
  void add_hosts(const std::string& path, local::Names& names);
  std::vector<hosts::Lease> leases_in(const std::string& path);
  // One that we may tell, and that nobody else has here.
  bool has_name_of_its_own(const hosts::Lease& lease, const local::Names& known) const;
  std::vector<hosts::Lease> read_leases(WallTime now, const local::Names& known);
  void add_leases(const std::vector<hosts::Lease>& leases, local::Names& names) const;

  const LocalConfig config_;
  const std::vector<std::string> leases_;  // paths
  const std::vector<upstream::Route> routes_;
  const FileSource& files_;
  const uint64_t hash_seed_;
  const Say say_;
  // By path.
  std::map<std::string, std::string> stamps_;
  std::map<std::string, Failure> failures_;   // of those that could not be read last
  std::map<std::string, std::string> texts_;  // of files of names, as they were read last
  std::set<std::string> lists_read_;          // name lists that could be read once
  std::vector<std::string> endless_aliases_;  // those that were warned of last, sorted
  WallTime next_end_ = WallTime::max();       // of a lease that still holds
  local::Knowledge::Parts parts_;
};

}  // namespace etymon::daemon

// CommonCauses: the names that several hosts asked for. Belongs to one thread.
//
// Bounded: kNamesMax names; deliveries of others are counted as left out.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/cli/past_verbs.h"
#include "api/cli/terminal.h"
#include "etymon/v1/delivery.pb.h"
#include "resolver/base/clock.h"

namespace etymon::cli {

class CommonCauses {
 public:
  static constexpr size_t kNamesMax = 100'000;

  // `hosts`: each once, as IpAddress::text().
  explicit CommonCauses(std::vector<std::string> hosts) : hosts_(std::move(hosts)) {}

  // `host`: one of the hosts.
  void add(const std::string& host, const v1::ObservedDelivery& delivery);

  // How many names more than one host asked for.
  size_t shared_count() const;

  // At most so many of them, those of most hosts first; as text, also which of the hosts are not on
  // record as told anything. What is not on record may have been told where nothing was recorded:
  // recorded_text() belongs behind the text.
  std::string text(size_t limit, Print print, const Style& style) const;

  uint64_t left_out() const { return left_out_; }

 private:
  struct Cause {
    std::set<std::string> hosts;
    WallTime first;
    WallTime last;
  };
  using Entry = const std::pair<const std::string, Cause>*;

  std::vector<Entry> shared(size_t limit) const;
  std::string table(const std::vector<Entry>& rows, const Style& style) const;

  const std::vector<std::string> hosts_;
  std::map<std::string, Cause> causes_;
  uint64_t left_out_ = 0;
};

}  // namespace etymon::cli

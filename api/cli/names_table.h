// NamesTable: deliveries added up to what each name led to, and when. Belongs to one thread.
//
// A row is one asked name with one address; without addresses, with the response code. In the
// Passive DNS form it is one record set: owner, type and data, each step of a chain by itself. The
// minimal form has what was not known before: of one name the addresses, of an address or of all
// names below one the names that led to addresses.
// Bounded: kRowsMax rows; what would make another one is counted as left out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "api/cli/past_verbs.h"
#include "api/cli/terminal.h"
#include "etymon/v1/delivery.pb.h"
#include "etymon/v1/listing.pb.h"
#include "resolver/base/clock.h"
#include "resolver/model/ip_address.h"

namespace etymon::cli {

class NamesTable {
 public:
  static constexpr size_t kRowsMax = 100'000;
  // Hosts that are told apart in one row; there may be more than that.
  static constexpr size_t kHostsMax = 1'000;

  // `filter`: what was asked for; of an address, only what lies in it makes rows.
  NamesTable(Print print, const v1::DeliveryFilter& filter);

  void add(const v1::ObservedDelivery& delivery);

  // At most so many rows, those seen last.
  std::string text(size_t limit, const Style& style) const;

  size_t rows() const { return rows_.size(); }
  uint64_t left_out() const { return left_out_; }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // name, type, data
  struct Row {
    uint64_t count = 0;
    WallTime first;
    WallTime last;
    std::set<std::string> hosts;
    std::vector<std::string> chain;  // of the newest
  };
  using Entry = const std::pair<const Key, Row>*;

  static void append_csv(std::string& out, const Key& key, const Row& row);
  static void append_cof(std::string& out, const Key& key, const Row& row);
  static void append_json(std::string& out, const Key& key, const Row& row);

  void add_row(Key key, const v1::ObservedDelivery& delivery);
  void add_records(const v1::ObservedDelivery& delivery);
  std::vector<Entry> newest(size_t limit) const;
  std::string table(const std::vector<Entry>& rows, const Style& style) const;
  std::string minimal(const std::vector<Entry>& rows) const;

  const Print print_;
  const bool tells_names_;  // the minimal form
  const std::optional<IpPrefix> address_;
  std::map<Key, Row> rows_;
  uint64_t left_out_ = 0;
};

}  // namespace etymon::cli

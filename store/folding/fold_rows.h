// Fold rows: a frozen part of the tail in the order of each table.
//
// Sorting works on numbers, not on keys: clients, addresses and names are first ranked in the order
// of their keys, so that a row's place is two 64-bit numbers. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "store/folding/ranking.h"
#include "store/journal/tail.h"
#include "store/tables/keys.h"
#include "store/tables/tables.h"

namespace etymon::store {

// An answer of the part in the tables.
struct FoldedAnswer {
  AnswerId id;  // its number there
  bool is_new;  // it comes into them with this fold
};

class FoldRows {
 public:
  // `folded`: the part's answers, in its order.
  FoldRows(const TailPart& part, std::vector<FoldedAnswer> folded);

  void add_deliveries(TableFile& file) const;
  void add_by_address(TableFile& file) const;
  void add_by_name(TableFile& file) const;
  void add_by_client(TableFile& file) const;

 private:
  // What the rows need of one answer: its addresses and names as they came, the asked one first.
  struct Content {
    struct Range {
      uint32_t begin;
      uint32_t end;
    };
    Range addresses;
    Range names;
    uint32_t rows;    // that one delivery of it makes, about
    uint32_t octets;  // that came into the tables with it, about; none when it was there
  };

  // The deliveries of one answer to one client: a range of sightings_, by time.
  struct Group {
    uint32_t answer;  // in the part's order
    uint32_t client;  // rank
    uint32_t begin;
    uint32_t end;
    uint32_t octets = 0;  // of its answer, when this client was the first to be told
  };

  // A row of a table: its place in the order, and what its value is made from (mostly a range).
  struct Row {
    uint64_t major;
    uint64_t minor;
    uint32_t begin;
    uint32_t end;
    bool is_alias = false;

    bool same_key(const Row& other) const { return major == other.major && minor == other.minor; }
  };

  // Cuts each group where `unit_of` (hour_of, day_of) changes, and calls
  // `cut(group, unit, begin, end)` for each piece.
  template <class UnitOf, class Cut>
  void cut_groups(UnitOf unit_of, Cut cut) const;

  // Sorts the rows and adds them; rows of the same key become one.
  using KeyOf = std::function<void(std::string& out, const Row& row)>;
  using ValueOf = std::function<void(std::string& out, const Row& row)>;
  using Join = std::string (*)(std::string_view values);
  struct Writing {
    KeyOf key;
    ValueOf value;
    Join join;
  };
  static void add_sorted(std::vector<Row> rows, const Writing& writing, TableFile& file);

  void take_answers(const TailPart& part);
  void take_sightings(const TailPart& part);
  void charge_first(size_t groups_before, uint32_t octets);
  uint32_t home_rank(uint32_t first, uint32_t last) const;
  uint32_t hours_between(uint32_t begin, uint32_t end) const;
  std::span<const Sighting> sightings_of(const Row& row) const;

  const std::vector<FoldedAnswer> folded_;
  std::vector<Content> answers_;
  Ranking<IpAddress, AddressKeyOrder> addresses_;
  Ranking<std::string, std::less<>> names_;  // by their sort keys
  std::vector<IpAddress> clients_;           // by rank
  std::vector<Sighting> sightings_;
  std::vector<Group> groups_;
};

}  // namespace etymon::store

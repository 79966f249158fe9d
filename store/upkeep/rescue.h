// Rescue: from what could be read of damaged tables and journal to tables that agree.
//
// The first and the last sighting of an hour are told twice, in `deliveries` and under the home
// address in `by_address`, those of before format 8 all: where rows of the one were lost, those of
// the other stand in. What has no answer any more is dropped, never
// guessed. What is missing shows in `by_client`, which counts the deliveries of each hour; an hour
// of which fewer are left becomes a gap. Where no list says which files there were, some of
// `by_client` may be gone themselves, and what they counted: when anything is told that it does not
// count, nobody can say of any hour that it is whole. (Of what is gone from all tables at once,
// and was in no list, nothing tells.) What lies before a floor was let go: it is not taken along,
// and nobody misses it. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "store/tables/sets.h"
#include "store/upkeep/gaps.h"
#include "store/upkeep/rebuild.h"
#include "store/upkeep/salvaged_journal.h"
#include "store/upkeep/salvaged_tables.h"

namespace etymon::store {

class Rescue {
 public:
  // `tables`: empty ones.
  Rescue(const SalvagedTables& salvaged, Tables& tables, Gaps& gaps)
      : salvaged_(salvaged), tables_(tables), gaps_(gaps) {}

  // Fills the tables. To be called first.
  Status rescue_tables();

  // Adds what the journal has beyond the tables; all of it is folded then.
  Status rescue_journal(const SalvagedJournal& journal);

  FoldedSoFar folded() const;

 private:
  Status rescue_forgotten();
  Status rescue_deliveries(Rebuild& rebuild);
  Status rescue_homes(Rebuild& rebuild);
  Status add(Rebuild& rebuild, const DeliveryKey& key, std::vector<Sighting>& sightings);
  void complete(const DeliveryKey& key, std::vector<Sighting>& sightings) const;
  bool is_kept(const IpAddress& client, Hour hour) const;
  std::optional<std::string> salvaged_row(Table table, const std::string& key) const;
  void find_incomplete_hours();
  Status find_what_no_list_misses();
  Status find_uncounted();
  Status find_lost_of_names();
  void find_lost(const NameKey& row, const ClientHours& told);
  std::optional<Activity> counted(const ClientKey& key) const;
  bool is_told(const std::string& answer, const IpAddress& client, const Sighting& sighting) const;

  const SalvagedTables& salvaged_;
  Tables& tables_;
  Gaps& gaps_;
  std::optional<WallTime> newest_;  // of the live deliveries in the tables
  bool counts_are_lost_ = false;    // some rows of `by_client`, though nothing said so
};

}  // namespace etymon::store

// Forget rows: some deliveries taken out of all tables at once. Private to store/.
//
// What is taken out is collected answer by answer, client by client and day by day; the rows that
// it leaves are written in their place, in one ingest: the tables agree at every moment. Folder's
// thread: nobody else writes the tables meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/history.h"
#include "store/sets.h"
#include "store/tables.h"
#include "store/upkeep/answer_facts.h"

namespace etymon::store {

// What one client was told of one answer in one day.
struct ToldDay {
  Day day = 0;
  IpAddress client;
  AnswerId answer = 0;

  friend auto operator<=>(const ToldDay&, const ToldDay&) = default;
};

class ForgetRows {
 public:
  // Deliveries outside `span` stay.
  ForgetRows(Tables& tables, const TimeSpan& span) : tables_(tables), span_(span) {}

  // `hours`: those of the day in which there may be any (ClientHours). Error: kDataLoss, kIo.
  Status take_out(const ToldDay& told, uint32_t hours);

  uint64_t deliveries() const { return deliveries_; }
  // The hours in which something was taken out.
  const std::set<Hour>& hours() const { return hours_; }

  // Writes what is left. REQUIRES: deliveries() > 0.
  Status write() const;

 private:
  const AnswerFacts* facts(AnswerId id);
  Result<uint32_t> take_out_hours(const ToldDay& told, uint32_t hours);
  Status take_out_addresses(const ToldDay& told, const AnswerFacts& facts);
  Status take_out_names(const ToldDay& told, const AnswerFacts& facts, uint32_t emptied);
  Status take_out_activity(const IpAddress& client, Hour hour, uint64_t deliveries);
  // Leaves the sightings that stay in sightings_. False: damaged.
  bool take_out_of(std::string_view run, WallTime start);
  std::optional<std::string> run_left(WallTime start) const;

  Tables& tables_;
  const TimeSpan span_;
  uint64_t deliveries_ = 0;
  std::set<Hour> hours_;
  Tables::RowValues deliveries_rows_;
  Tables::RowValues addresses_;
  std::map<std::string, std::vector<ClientHours>> names_;
  std::map<std::string, Activity> clients_;
  std::unordered_map<AnswerId, std::optional<AnswerFacts>> facts_;
  std::set<std::pair<ToldDay, uint32_t>> seen_;
  std::vector<Sighting> sightings_;  // left of the run at hand
  uint64_t taken_ = 0;               // of the run at hand
};

}  // namespace etymon::store

// Forget rows: some deliveries taken out of all tables at once. Private to store/.
//
// What is taken out is collected answer by answer, client by client and day by day; the rows that
// it leaves are written in their place, in one ingest: the tables agree at every moment. So no
// filter need know what is being forgotten, and no reader: a row of another table could not be told
// from one that stays by its key, and the numbers of `by_client` not at all. Rows from before a
// floor go, too, where they are still there, but are not counted: they were let go before. Fold
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
#include "store/tables/answer_facts.h"
#include "store/tables/outlines.h"
#include "store/tables/sets.h"
#include "store/tables/tables.h"

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
  ForgetRows(Tables& tables, const TimeSpan& span)
      : tables_(tables), span_(span), kept_(tables.kept()) {}

  // `hours`: those of the day in which there may be any (ClientHours). Once for each `told`. Error:
  // kDataLoss, kIo.
  Status take_out(const ToldDay& told, uint32_t hours);

  uint64_t deliveries() const { return deliveries_; }
  // The hours in which something was taken out.
  const std::set<Hour>& hours() const { return hours_; }

  // Something is to be written: rows that change, or go.
  bool has_changes() const { return !deliveries_rows_.empty() || !names_.empty(); }
  // In which of the tables' rows so many things stand, about.
  size_t size() const { return deliveries_rows_.size() + names_.size() + addresses_.size(); }

  // Writes what is left, and these rows of `kept` with it.
  Status write(const Tables::RowValues& kept) const;

  // What the tables say of an answer; nothing: it cannot be read.
  const AnswerFacts* facts(AnswerId id);

 private:
  Result<uint32_t> take_out_hours(const ToldDay& told, uint32_t hours);
  Status take_out_addresses(const ToldDay& told, const AnswerFacts& facts);
  Status take_out_names(const ToldDay& told, const AnswerFacts& facts, uint32_t emptied);
  Status take_out_activity(const IpAddress& client, Hour hour, uint64_t deliveries);
  // Some of the hour is to go.
  bool is_asked(Hour hour) const;
  // Leaves the sightings that stay in sightings_. False: damaged.
  bool take_out_of(std::string_view run, WallTime start);
  std::optional<std::string> run_left(WallTime start) const;
  // What is left of a day: of the hours that changed what left_ says, of the others what they were.
  std::vector<HourOutline> day_left(const std::vector<HourOutline>& were) const;

  Tables& tables_;
  const TimeSpan span_;
  const KeptPtr kept_;
  uint64_t deliveries_ = 0;
  std::set<Hour> hours_;
  Tables::RowValues deliveries_rows_;
  Tables::RowValues addresses_;
  std::map<std::string, std::vector<ClientHours>> names_;
  std::map<std::string, Activity> clients_;
  std::unordered_map<AnswerId, std::optional<AnswerFacts>> facts_;
  std::vector<Sighting> sightings_;  // left of the run at hand
  uint64_t taken_ = 0;               // of the run at hand
  // Of the day at hand: what is left of the hours of which something was taken out, or that were
  // let go of before.
  std::map<Hour, std::vector<HourOutline>> left_;
};

}  // namespace etymon::store

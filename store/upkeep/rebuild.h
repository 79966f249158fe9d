// Rebuild: writes new tables from deliveries, with all the indexes they have now.
//
// What is added is collected into parts of a tail and folded as any other; so there is one way only
// in which rows come to be. Answers keep their numbers. One thread; memory is that of one part.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "resolver/base/result.h"
#include "store/journal/answer_book.h"
#include "store/journal/tail.h"
#include "store/tables/tables.h"

namespace etymon::store {

class Rebuild {
 public:
  // `position`: the journal's entries up to this one are in what will be added, or in the tables
  // already. `last_answer`: the highest number in them.
  Rebuild(Tables& tables, Sequence position, AnswerId last_answer = 0);

  // Reads the bytes of an answer that the new tables do not have yet.
  using ReadAnswer = std::function<Result<std::string>(AnswerId id)>;

  // Deliveries of one answer to one client. REQUIRES: sightings not empty, in order of time. Error
  // kNotFound, kDataLoss: the answer is not there, or damaged; nothing was added.
  Status add(AnswerId id, const IpAddress& client, std::span<const Sighting> sightings,
             const ReadAnswer& read_answer);

  // The same for an answer that has no number yet, or not one to be believed.
  Status add(const Answer& answer, const IpAddress& client, std::span<const Sighting> sightings);

  // Folds what is left. Nothing may be added after it.
  Status finish();

 private:
  Result<KnownAnswerPtr> answer(AnswerId id, const ReadAnswer& read_answer);
  Status append(const KnownAnswerPtr& known, const IpAddress& client,
                std::span<const Sighting> sightings);
  Status fold_part();

  Tables& tables_;
  const Sequence position_;
  AnswerBook book_;
  std::unique_ptr<TailPart> part_;
};

}  // namespace etymon::store

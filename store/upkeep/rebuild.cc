#include "store/upkeep/rebuild.h"

#include <vector>

#include "resolver/base/bytes.h"
#include "store/folding/fold.h"

namespace etymon::store {
namespace {

constexpr size_t kPartDeliveries = 500'000;
constexpr size_t kBookCapacity = 40'000;

}  // namespace

Rebuild::Rebuild(Tables& tables, Sequence position, AnswerId last_answer)
    : tables_(tables),
      position_(position),
      book_(tables, last_answer, {.capacity = kBookCapacity}),
      part_(std::make_unique<TailPart>()) {}

Result<KnownAnswerPtr> Rebuild::answer(AnswerId id, const ReadAnswer& read_answer) {
  Result<KnownAnswerPtr> known = book_.find(id);
  if (known || known.error().code != ErrorCode::kNotFound) {
    return known;
  }
  const Result<std::string> bytes = read_answer(id);
  return bytes ? book_.learn(id, *bytes) : bytes.error();
}

Status Rebuild::add(AnswerId id, const IpAddress& client, std::span<const Sighting> sightings,
                    const ReadAnswer& read_answer) {
  const Result<KnownAnswerPtr> known = answer(id, read_answer);
  return known ? append(*known, client, sightings) : Status(known.error());
}

Status Rebuild::add(const Answer& answer, const IpAddress& client,
                    std::span<const Sighting> sightings) {
  const Result<KnownAnswerPtr> known = book_.find(book_.remember(answer));
  return known ? append(*known, client, sightings) : Status(known.error());
}

Status Rebuild::append(const KnownAnswerPtr& known, const IpAddress& client,
                       std::span<const Sighting> sightings) {
  std::vector<Delivery> deliveries;
  for (const Sighting& sighting : sightings) {
    deliveries.push_back({.at = sighting.at,
                          .client = client,
                          .answer = known->id(),
                          .validity_s = sighting.validity_s,
                          .origin = sighting.origin,
                          .transport = sighting.transport,
                          .forwarder = sighting.forwarder});
  }
  part_->append({&known, 1}, deliveries);
  return part_->delivery_count() >= kPartDeliveries ? fold_part() : Status();
}

// The position comes with every part. Nobody reads the tables before the last one is in them.
Status Rebuild::fold_part() {
  part_->freeze(position_);
  const Status folded = fold(*part_, tables_, book_);
  part_ = std::make_unique<TailPart>();
  return folded;
}

Status Rebuild::finish() {
  return fold_part();
}

}  // namespace etymon::store

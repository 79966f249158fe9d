#include "store/reading/listing_page.h"

#include <algorithm>
#include <array>
#include <utility>

#include "resolver/base/hash.h"

namespace etymon::store {
namespace {

constexpr size_t kSlack = 4096;  // deliveries: so many more before the page is sorted again

// The content in 64 bits. Two that differ and have the same number would change places at worst.
// Without a forwarder it is what it was before there were any: pages begin where old tokens say.
uint64_t tie_of(const IpAddress& client, const KnownAnswer& known, const Sighting& sighting) {
  std::array<uint8_t, 30> bytes{};
  store_u32(bytes.data(), static_cast<uint32_t>(known.hash() >> 32));
  store_u32(bytes.data() + 4, static_cast<uint32_t>(known.hash()));
  store_u32(bytes.data() + 8, sighting.validity_s);
  bytes[12] = static_cast<uint8_t>(sighting.origin);
  bytes[13] = static_cast<uint8_t>(sighting.transport);
  std::ranges::copy(client.octets(), bytes.begin() + 14);
  const uint64_t tie = hash_bytes(bytes);
  return sighting.forwarder == IpAddress() ? tie : hash_bytes(sighting.forwarder.octets(), tie);
}

}  // namespace

RecordedDelivery listed(const IpAddress& client, const KnownAnswerPtr& known,
                        const Sighting& sighting) {
  return {sighting, client, answer_of(known), tie_of(client, *known, sighting)};
}

ListingPage::ListingPage(const DeliveryQuery& query)
    : order_(query.order),
      from_(query.from),
      wanted_(query.limit + (query.from ? query.from->given : 0)) {}

bool ListingPage::comes_before(WallTime a, WallTime b) const {
  return order_ == ListingOrder::kNewestFirst ? a > b : a < b;
}

bool ListingPage::comes_before(WallTime at, uint64_t tie, const ListingPosition& place) const {
  return at != place.at ? comes_before(at, place.at) : tie < place.tie;
}

bool ListingPage::comes_before(const RecordedDelivery& a, const RecordedDelivery& b) const {
  return comes_before(a.sighting.at, a.tie, {b.sighting.at, b.tie, 0});
}

void ListingPage::add(const IpAddress& client, const KnownAnswerPtr& known,
                      const Sighting& sighting) {
  if (!has_room_for(sighting.at)) {
    return;
  }
  RecordedDelivery delivery = listed(client, known, sighting);
  if (from_ && comes_before(sighting.at, delivery.tie, *from_)) {
    return;
  }
  kept_.push_back(std::move(delivery));
  if (kept_.size() >= 4 * wanted_ + kSlack) {
    keep_first();
  }
}

bool ListingPage::is_full_within(const TimeSpan& span) const {
  return kept_.size() >= wanted_ &&
         static_cast<size_t>(std::ranges::count_if(kept_, [&](const RecordedDelivery& d) {
           return span.contains(d.sighting.at);
         })) >= wanted_;
}

std::vector<RecordedDelivery> ListingPage::take() {
  keep_first();
  if (from_) {
    const auto given = std::ranges::find_if(
        kept_, [&](const RecordedDelivery& delivery) { return !delivery.is_at(*from_); });
    const auto skipped = std::min<ptrdiff_t>(given - kept_.begin(), from_->given);
    kept_.erase(kept_.begin(), kept_.begin() + skipped);
  }
  kept_.resize(std::min(kept_.size(), wanted_ - (from_ ? from_->given : 0)));
  return std::move(kept_);
}

void ListingPage::keep_first() {
  std::ranges::sort(kept_, [this](const RecordedDelivery& a, const RecordedDelivery& b) {
    return comes_before(a, b);
  });
  if (kept_.size() >= wanted_) {
    kept_.resize(wanted_);
    last_ = kept_.back().sighting.at;
  }
}

}  // namespace etymon::store

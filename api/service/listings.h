// Listings: which deliveries a request wants, where a page begins, and deliveries as the API tells
// them. Without gRPC; pure functions, any thread.
//
// A token is a place in a listing and a number made of the request that it belongs to, as
// hexadecimal digits. Callers treat it as opaque; a forged one leads to another place at worst.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/service/failure.h"
#include "etymon/v1/listing.pb.h"
#include "store/store.h"

namespace etymon::service {

// A full message of deliveries has some more octets than this; gRPC's clients take 4 MiB.
inline constexpr size_t kPageBytes = 1 << 20;

// A turn bears the time at which it was handed over, and becomes visible later than that: by the
// longest record_wait at most, or its time is lost to the coverage.
inline constexpr Seconds kOnItsWayMax{1};

// `now`: what an unset end means.
Outcome<store::DeliveryQuery> read_filter(const v1::DeliveryFilter& filter, WallTime now);

// `fallback`: what an unspecified order means.
Outcome<store::ListingOrder> read_order(v1::ListingOrder order, store::ListingOrder fallback);

// `seal`: of the request, as seal_of() gives it.
std::string write_token(const store::ListingPosition& place, uint64_t seal);
// Nothing: no token, or one of another request.
std::optional<store::ListingPosition> read_token(const std::string& token, uint64_t seal);

uint64_t seal_of(const v1::DeliveryFilter& filter, store::ListingOrder order);

// What is watched, and behind which place in time.
struct WatchOrder {
  store::DeliveryQuery query;  // of all times, oldest first
  uint64_t seal = 0;
  store::ListingPosition place;
  bool resumes = false;  // an earlier stream got as far as `place`
};

// One that resumes none begins a second before `now`: what is on its way bears an earlier time.
// Failures: those of the filter, RESUME_TOKEN_INVALID.
Outcome<WatchOrder> read_watch_order(const v1::WatchRequest& request, WallTime now);

v1::ObservedDelivery write_delivery(const store::RecordedDelivery& delivery);

// Does it meet the conditions, but for the span?
bool is_wanted(const store::RecordedDelivery& delivery, const store::DeliveryQuery& query);

// Whether every delivery of the span is wanted.
bool wants_all(const store::DeliveryQuery& query);

// What is covered within `spans`, oldest first, the newest `max` parts. REQUIRES: ascending spans,
// none of which overlaps another.
std::vector<TimeSpan> covered_within(const Coverage& coverage, std::span<const TimeSpan> spans,
                                     size_t max);

// What this daemon has not recorded since the moment, up to the last interval that began: the
// newest `max` spans, oldest first. What is imported fills none of them.
std::vector<TimeSpan> gaps_since(const Coverage& coverage, WallTime moment, size_t max);

v1::TimeSpan write_span(const TimeSpan& span);

}  // namespace etymon::service

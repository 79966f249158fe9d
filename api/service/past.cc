#include "api/service/past.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

#include "api/service/conversions.h"
#include "api/service/listings.h"

namespace etymon::service {
namespace {

constexpr int32_t kPageDefault = 100;
constexpr int32_t kPageMax = 1000;
constexpr size_t kChunk = 10'000;           // deliveries read at a time
constexpr uint64_t kSummedMax = 2'000'000;  // deliveries of one summary
constexpr size_t kSpansMax = 1000;          // of coverage in a summary
constexpr int32_t kOffsetMinutesMax = 24 * 60;
constexpr size_t kDaysMax = 3660;  // in a summary; about 200 KiB

struct PageRequest {
  store::DeliveryQuery query;
  uint64_t seal = 0;
};

Outcome<PageRequest> read_page(const v1::ListDeliveriesRequest& request, WallTime now) {
  auto filter = read_filter(request.filter(), now);
  if (auto* failure = std::get_if<Failure>(&filter)) {
    return std::move(*failure);
  }
  const auto order = read_order(request.order(), store::ListingOrder::kNewestFirst);
  if (const auto* failure = std::get_if<Failure>(&order)) {
    return *failure;
  }
  PageRequest page{std::move(std::get<store::DeliveryQuery>(filter)), 0};
  page.query.order = std::get<store::ListingOrder>(order);
  page.seal = seal_of(request.filter(), page.query.order);
  if (request.page_size() < 0) {
    return invalid("PAGE_SIZE_INVALID", "page_size", "a page has 1 to 1000 deliveries, 0: 100");
  }
  const int32_t size = request.page_size() == 0 ? kPageDefault : request.page_size();
  page.query.limit = static_cast<size_t>(std::min(size, kPageMax));
  if (!request.page_token().empty()) {
    page.query.from = read_token(request.page_token(), page.seal);
    if (!page.query.from) {
      return invalid("PAGE_TOKEN_INVALID", "page_token",
                     "the token is not from a page with this filter and order");
    }
  }
  return page;
}

// Deliveries by day and hour of a clock that is so far ahead of UTC.
class Calendar {
 public:
  explicit Calendar(Microseconds offset) : offset_(offset) {}

  // False: that would be a day more than there may be, and is not counted.
  bool add(WallTime at) {
    const WallTime local = at + offset_;
    const auto day = std::chrono::floor<std::chrono::days>(local);
    if (days_.size() == kDaysMax && !days_.contains(day)) {
      return false;
    }
    const auto hour = std::chrono::floor<std::chrono::hours>(local - day).count();
    ++days_[day].at(static_cast<size_t>(hour));
    first_ = total_ == 0 ? at : std::min(first_, at);
    last_ = total_ == 0 ? at : std::max(last_, at);
    ++total_;
    return true;
  }

  uint64_t total() const { return total_; }

  void write(v1::SummarizeRecurrenceResponse& out) const {
    for (const auto& [day, hours] : days_) {
      v1::RecurrenceDay& written = *out.add_days();
      written.set_date(text_of(day));
      written.mutable_deliveries()->Add(hours.begin(), hours.end());
    }
    if (total_ > 0) {
      *out.mutable_first() = write_time(first_);
      *out.mutable_last() = write_time(last_);
    }
  }

 private:
  using Day = std::chrono::time_point<WallTime::clock, std::chrono::days>;

  static std::string text_of(Day day) {
    const std::chrono::year_month_day date{std::chrono::sys_days(day.time_since_epoch())};
    const auto two = [](unsigned number) {
      return std::string(number < 10 ? "0" : "") + std::to_string(number);
    };
    return std::to_string(static_cast<int>(date.year())) + "-" +
           two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day()));
  }

  Microseconds offset_;
  std::map<Day, std::array<uint64_t, 24>> days_;
  WallTime first_;
  WallTime last_;
  uint64_t total_ = 0;
};

}  // namespace

Outcome<v1::ListDeliveriesResponse> Past::page(const v1::ListDeliveriesRequest& request,
                                               store::OthersRows others,
                                               const std::stop_token& stop) const {
  auto read = read_page(request, clock_.wall());
  if (auto* failure = std::get_if<Failure>(&read)) {
    return std::move(*failure);
  }
  auto& [query, seal] = std::get<PageRequest>(read);
  query.others = others;
  query.should_stop = [&stop] { return stop.stop_requested(); };
  const auto page = store_.page(query);
  if (!page) {
    return from_reading(page.error());
  }
  v1::ListDeliveriesResponse response;
  const std::span found(page->deliveries);
  size_t bytes = 0;
  size_t told = 0;
  while (told < found.size() && bytes < kPageBytes) {
    v1::ObservedDelivery& delivery = *response.add_deliveries();
    delivery = write_delivery(found[told++]);
    bytes += delivery.ByteSizeLong();
  }
  const auto next =
      told < found.size() ? store::position_behind(found.first(told), query.from) : page->next;
  if (next) {
    response.set_next_page_token(write_token(*next, seal));
  }
  return response;
}

Outcome<v1::SummarizeRecurrenceResponse> Past::recurrence(
    const v1::SummarizeRecurrenceRequest& request, store::OthersRows others,
    const std::stop_token& stop) const {
  auto filter = read_filter(request.filter(), clock_.wall());
  if (auto* failure = std::get_if<Failure>(&filter)) {
    return std::move(*failure);
  }
  auto& query = std::get<store::DeliveryQuery>(filter);
  if (std::abs(int64_t{request.utc_offset_minutes()}) > kOffsetMinutesMax) {
    return invalid("UTC_OFFSET_INVALID", "utc_offset_minutes", "the offset is -1440 to 1440");
  }
  query.limit = kChunk;
  query.others = others;
  query.should_stop = [&stop] { return stop.stop_requested(); };
  Calendar calendar{std::chrono::minutes(request.utc_offset_minutes())};
  v1::SummarizeRecurrenceResponse response;
  do {
    const auto page = store_.page(query);
    if (!page || stop.stop_requested()) {  // Of a part no summary can be made.
      return from_reading(page ? Error{ErrorCode::kUnavailable, "stopped"} : page.error());
    }
    const bool all = std::ranges::all_of(
        page->deliveries,
        [&calendar](const store::RecordedDelivery& one) { return calendar.add(one.sighting.at); });
    query.from = page->next;
    response.set_truncated(!all || (query.from && calendar.total() >= kSummedMax));
  } while (query.from && !response.truncated());
  calendar.write(response);
  for (const TimeSpan& span : covered_within(store_.coverage(), {&query.span, 1}, kSpansMax)) {
    *response.add_covered() = write_span(span);
  }
  return response;
}

}  // namespace etymon::service

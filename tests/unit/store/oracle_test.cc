// The store against the simplest thing that could be right: a list of all deliveries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "store/reading/look.h"
#include "store/store_opener.h"
#include "store/tables/keys.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

struct Remembered {
  Delivery delivery;
  Answer answer;
};

// What one Evidence says, comparable and printable.
using Told = std::tuple<std::string, std::string, std::string, uint64_t, WallTime, WallTime,
                        WallTime, std::optional<WallTime>>;

Told told(const Evidence& e) {
  const auto next = e.next ? std::optional(e.next->at) : std::nullopt;
  return {e.address.address.text(),
          e.client.text(),
          e.answer->question.name.text(),
          e.deliveries,
          e.first.at,
          e.newest.at,
          e.valid_until,
          next};
}

// One delivery as a listing tells it.
using Listed =
    std::tuple<WallTime, std::string, std::string, uint32_t, Origin, Transport, IpAddress>;

Listed listed(const Sighting& sighting, const IpAddress& client, const Answer& answer) {
  return {sighting.at,     client.text(),      answer.question.name.text(), sighting.validity_s,
          sighting.origin, sighting.transport, sighting.forwarder};
}

bool is_wanted(const Delivery& delivery, const Answer& answer, const DeliveryQuery& query) {
  const auto in_prefix = [&](const AnswerAddress& a) { return query.address->contains(a.address); };
  const auto named = [&](const DomainName& name) {
    return query.match == NameMatch::kSubtree ? name.is_within(*query.name) : name == *query.name;
  };
  return query.span.contains(delivery.at) &&
         query.client.value_or(delivery.client) == delivery.client &&
         (!query.name || std::ranges::any_of(answer.chain, named)) &&
         (!query.address || std::ranges::any_of(answer.addresses, in_prefix));
}

class Oracle {
 public:
  void add(const Delivery& delivery, const Answer& answer) { all_.push_back({delivery, answer}); }

  std::vector<Told> evidence(const EvidenceQuery& query) const {
    std::map<std::tuple<std::string, std::string, std::string>, Evidence> sums;
    for (const Remembered& one : all_) {
      for (const AnswerAddress& address : one.answer.addresses) {
        if (query.address.contains(address.address) &&
            query.client.value_or(one.delivery.client) == one.delivery.client) {
          Evidence& sum = sums[{address.address.text(), one.delivery.client.text(),
                                one.answer.question.name.text()}];
          sum.answer = std::make_shared<const Answer>(one.answer);
          sum.address = address;
          sum.client = one.delivery.client;
          add(sum, one.delivery, query);
        }
      }
    }
    std::vector<Told> all;
    for (const auto& [key, sum] : sums) {
      if (sum.deliveries > 0 || sum.next) {
        all.push_back(told(sum));
      }
    }
    return all;
  }

  void let_go(WallTime floor) {
    std::erase_if(all_, [floor](const Remembered& one) { return one.delivery.at < floor; });
  }

  // How many are gone.
  size_t forget(const IpAddress& client, const TimeSpan& span) {
    return std::erase_if(all_, [&](const Remembered& one) {
      return one.delivery.client == client && span.contains(one.delivery.at);
    });
  }

  // Newest first, all of it.
  std::vector<Listed> deliveries(const DeliveryQuery& query) const {
    std::vector<Listed> wanted;
    for (const auto& [delivery, answer] : all_) {
      if (is_wanted(delivery, answer, query)) {
        wanted.push_back(listed(sighting_of(delivery), delivery.client, answer));
      }
    }
    std::ranges::sort(wanted, std::ranges::greater());
    return wanted;
  }

 private:
  static void add(Evidence& sum, const Delivery& delivery, const EvidenceQuery& query) {
    if (delivery.at < query.since || day_of(delivery.at) > day_of(query.until) + 1) {
      return;
    }
    const Sighting sighting = sighting_of(delivery);
    if (delivery.at > query.until) {
      sum.next = sum.next && sum.next->at <= delivery.at ? sum.next : sighting;
      return;
    }
    sum.first = sum.deliveries == 0 || delivery.at < sum.first.at ? sighting : sum.first;
    sum.newest = sum.deliveries == 0 || delivery.at >= sum.newest.at ? sighting : sum.newest;
    sum.valid_until = std::max(sum.valid_until, sighting.valid_until());
    ++sum.deliveries;
  }

  std::vector<Remembered> all_;
};

// How much happens, and what is asked about it. Seldom enough: a host is hardly told the same twice
// in an hour, and the past is some months long. Busy: the same again and again in each hour, and
// the moments that are asked about lie between.
struct Pace {
  uint32_t seed;
  uint32_t step_ms_max = 5'000'000;
  uint32_t names = 30;
  uint32_t clients = 6;
  uint32_t seconds_back = 5'000'000;
  uint32_t hours_kept_min = 24;
  uint32_t hours_kept_max = 24 * 91;
};

void PrintTo(const Pace& pace, std::ostream* out) {
  *out << "seed " << pace.seed << ", steps of up to " << pace.step_ms_max << " ms";
}

constexpr Pace busy(uint32_t seed) {
  return {seed, 60'000, 6, 2, 20'000, 2, 6};
}

class OracleTest : public ::testing::TestWithParam<Pace> {
 protected:
  OracleTest() : pace_(GetParam()), dice_(pace_.seed) {
    options_.path = folder_.path() + "/store";
    options_.tail_deliveries_max = 1000;
    options_.record_wait = Milliseconds(1000);  // A busy machine must not fail these tests.
    open();
  }

  void open() {
    store_.reset();
    store_ = std::move(*Store::open(options_, clock_));
  }

  uint32_t throw_dice(uint32_t sides) { return static_cast<uint32_t>(dice_() % sides); }

  // Few names, addresses and clients, so that they meet often.
  Answer any_answer() {
    const uint32_t n = throw_dice(pace_.names);
    std::vector<std::string> addresses;
    for (uint32_t i = 0; i < n % 4; ++i) {
      addresses.push_back("192.0.2." + std::to_string((n * 7 + i * 3) % 11));
    }
    if (n % 5 == 0) {
      addresses.push_back("2001:db8::" + std::to_string(n % 3));
    }
    return answer_of("n" + std::to_string(n) + ".example", addresses, {"end.example"});
  }

  Delivery any_delivery(AnswerId answer) {
    return {clock_.wall(),
            ip("10.0.0." + std::to_string(throw_dice(pace_.clients))),
            answer,
            any_validity(),
            static_cast<Origin>(1 + throw_dice(5)),
            static_cast<Transport>(1 + throw_dice(4)),
            any_forwarder()};
  }

  // Sometimes into the days after the next.
  uint32_t any_validity() { return throw_dice(throw_dice(4) == 0 ? 300'000 : 600); }

  // None in half of the cases.
  IpAddress any_forwarder() {
    const char* const forwarders[] = {"::", "::", "10.0.0.5", "fd00::1"};
    return ip(forwarders[throw_dice(4)]);
  }

  void record_turn() {
    clock_.advance(Milliseconds(1 + throw_dice(pace_.step_ms_max)));
    std::vector<Delivery> turn;
    for (uint32_t i = 0; i <= throw_dice(8); ++i) {
      const Answer answer = any_answer();
      turn.push_back(any_delivery(store_->remember(answer)));
      oracle_.add(turn.back(), answer);
    }
    ASSERT_EQ(store_->record(turn), Recorded::kYes) << store_->statistics().last_error;
  }

  void import_some() {
    std::vector<Observed> seen;
    for (uint32_t i = 0; i < 20; ++i) {
      Delivery delivery = any_delivery(0);
      delivery.at -= Seconds(throw_dice(pace_.seconds_back));
      delivery.origin = Origin::kImport;
      seen.push_back({delivery.at, delivery.client, any_answer(), delivery.validity_s,
                      delivery.transport, delivery.forwarder});
      if (delivery.at >= floor_) {
        oracle_.add(delivery, seen.back().answer);
      }
    }
    ASSERT_TRUE(store_->ingest(seen).ok());
  }

  // Floors only rise, and lie at whole hours; what is older is not taken any more either.
  void let_go() {
    const Seconds keep = std::chrono::hours(
        pace_.hours_kept_min + throw_dice(pace_.hours_kept_max - pace_.hours_kept_min));
    ASSERT_TRUE(store_->change_retention({.keep = keep}).ok());
    StoreOpener::let_go(*store_);
    ASSERT_TRUE(store_->change_retention({.keep = RetentionLimits::kKeepMax})
                    .ok());  // else floors rise as the clock goes on
    floor_ = std::max(floor_, start_of_hour(hour_of(clock_.wall() - keep)));
    oracle_.let_go(floor_);
  }

  // What one client was told in a span, wherever that begins and ends.
  void forget() {
    const IpAddress client = ip("10.0.0." + std::to_string(throw_dice(pace_.clients)));
    const WallTime end = clock_.wall() - Seconds(throw_dice(pace_.seconds_back));
    const TimeSpan span{end - Seconds(throw_dice(pace_.seconds_back / 4)), end};
    const ForgetOrder order{{.client = IpPrefix(client), .start = span.start, .end = span.end},
                            ForgetMode::kForget,
                            "unix"};
    const auto report = with_patience(clock_, [&] { return store_->forget(order); });
    ASSERT_TRUE(report.ok()) << report.error().message;
    ASSERT_EQ(report->deliveries, oracle_.forget(client, span));
  }

  EvidenceQuery any_question() {
    EvidenceQuery query;
    query.address = throw_dice(3) == 0
                        ? IpPrefix::around(IpAddress(), 0)
                        : *IpPrefix::from_text("192.0.2." + std::to_string(throw_dice(11)));
    query.until = clock_.wall() - Seconds(throw_dice(2) == 0 ? 0 : throw_dice(pace_.seconds_back));
    if (throw_dice(2) == 0) {
      query.client = ip("10.0.0." + std::to_string(throw_dice(pace_.clients)));
    }
    if (throw_dice(3) == 0) {
      query.since = query.until - Seconds(throw_dice(pace_.seconds_back / 2));
    }
    return query;
  }

  void compare(const EvidenceQuery& query, const Result<std::vector<Evidence>>& evidence) const {
    ASSERT_TRUE(evidence.ok()) << evidence.error().message;
    std::vector<Told> found;
    for (const Evidence& one : *evidence) {
      found.push_back(told(one));
    }
    std::sort(found.begin(), found.end());
    auto expected = oracle_.evidence(query);
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(found, expected);
  }

  void compare() {
    const EvidenceQuery query = any_question();
    compare(query, store_->evidence(query));
  }

  // Of one address and one host, at many moments: most of it was read before.
  void compare_in_one_look() {
    EvidenceQuery query = any_question();
    query.address = *IpPrefix::from_text("192.0.2." + std::to_string(throw_dice(11)));
    query.client = ip("10.0.0." + std::to_string(throw_dice(pace_.clients)));
    Look look = store_->look();
    for (int i = 0; i < 10 && !HasFatalFailure(); ++i) {
      query.until = clock_.wall() - Seconds(throw_dice(pace_.seconds_back));
      compare(query, look.evidence(query));
      if (throw_dice(20) == 0) {
        ASSERT_TRUE(store_->fold().ok());
      }
    }
  }

  // Of all addresses, the newest few alone: those that were told before the moment, and nothing
  // else while there are enough of them.
  void compare_newest() {
    EvidenceQuery query;
    query.address = IpPrefix::around(IpAddress(), 0);
    query.until = clock_.wall() - Seconds(throw_dice(2) == 0 ? 0 : throw_dice(pace_.seconds_back));
    query.limit = 1 + throw_dice(12);
    auto expected = oracle_.evidence(query);
    const auto found = store_->evidence(query);
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_EQ(found->size(), std::min(query.limit, expected.size()));
    const auto last_told = [](const Told& one) {
      constexpr size_t kDeliveries = 3;
      constexpr size_t kNewest = 5;
      return std::get<kDeliveries>(one) > 0 ? std::get<kNewest>(one) : WallTime::min();
    };
    std::ranges::sort(expected, std::ranges::greater(), last_told);
    for (size_t i = 0; i < found->size(); ++i) {
      ASSERT_EQ(last_told(told((*found)[i])), last_told(expected[i]));
      ASSERT_THAT(expected, ::testing::Contains(told((*found)[i])));
    }
  }

  DeliveryQuery any_listing() {
    DeliveryQuery query;
    query.span.end = clock_.wall() - Seconds(throw_dice(2) == 0 ? 0 : throw_dice(500'000));
    query.span.start = query.span.end - Seconds(throw_dice(3) == 0 ? 20'000'000 : 50'000);
    if (throw_dice(2) == 0) {
      query.client = ip("10.0.0." + std::to_string(throw_dice(pace_.clients)));
    }
    if (throw_dice(2) == 0) {
      const char* const names[] = {"example", "end.example", "n3.example", "N12.example", "."};
      query.name = *DomainName::from_text(names[throw_dice(5)]);
      query.match = throw_dice(2) == 0 ? NameMatch::kExact : NameMatch::kSubtree;
      query.others = throw_dice(2) == 0 ? OthersRows::kRead : OthersRows::kLeftAlone;
    }
    if (throw_dice(3) == 0) {
      const char* const prefixes[] = {"192.0.2.3", "192.0.2.0/29", "2001:db8::/32", "::/0"};
      query.address = *IpPrefix::from_text(prefixes[throw_dice(4)]);
    }
    query.limit = throw_dice(3) == 0 ? 1 + throw_dice(40) : 10'000;
    return query;
  }

  // Of deliveries at one moment a limited listing may tell any.
  void compare_listing() {
    const DeliveryQuery query = any_listing();
    const auto found = store_->deliveries(query);
    ASSERT_TRUE(found.ok()) << found.error().message;
    std::vector<Listed> told;
    for (const RecordedDelivery& one : *found) {
      told.push_back(listed(one.sighting, one.client, *one.answer));
    }
    std::vector<Listed> expected = oracle_.deliveries(query);
    const bool is_cut = expected.size() > query.limit;
    std::ranges::sort(told, std::ranges::greater());
    if (!is_cut) {
      ASSERT_EQ(told, expected);
      return;
    }
    expected.resize(query.limit);
    ASSERT_EQ(told.size(), expected.size());
    for (size_t i = 0; i < told.size(); ++i) {
      ASSERT_EQ(std::get<WallTime>(told[i]), std::get<WallTime>(expected[i]));
    }
  }

  // Page by page, in either order, nothing is told twice or left out; folding in between does not
  // matter.
  void compare_pages() {
    DeliveryQuery query = any_listing();
    query.order = throw_dice(2) == 0 ? ListingOrder::kNewestFirst : ListingOrder::kOldestFirst;
    query.limit = 1 + throw_dice(200);
    std::vector<Listed> told;
    for (auto page = store_->deliveries(query); page.ok() && !page->empty();
         page = store_->deliveries(query)) {
      ASSERT_LE(page->size(), query.limit);
      for (const RecordedDelivery& one : *page) {
        told.push_back(listed(one.sighting, one.client, *one.answer));
      }
      query.from = position_behind(*page, query.from);
      if (throw_dice(20) == 0) {
        ASSERT_TRUE(store_->fold().ok());
      }
    }
    const auto time = [](const Listed& one) { return std::get<WallTime>(one); };
    ASSERT_TRUE(query.order == ListingOrder::kNewestFirst
                    ? std::ranges::is_sorted(told, std::ranges::greater(), time)
                    : std::ranges::is_sorted(told, std::ranges::less(), time));
    std::ranges::sort(told, std::ranges::greater());
    ASSERT_EQ(told, oracle_.deliveries(query));
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  const Pace pace_;
  std::mt19937 dice_;
  Options options_;
  std::unique_ptr<Store> store_;
  Oracle oracle_;
  WallTime floor_;
};

TEST_P(OracleTest, agrees_whatever_is_recorded_imported_folded_let_go_forgotten_and_reopened) {
  for (int step = 0; step < 300 && !HasFatalFailure(); ++step) {
    switch (throw_dice(40)) {
      case 0:
        ASSERT_TRUE(store_->fold().ok());
        break;
      case 1:
        open();
        break;
      case 2:
        import_some();
        break;
      case 3:
        let_go();
        break;
      case 4:
        forget();
        break;
      default:
        record_turn();
    }
    if (step % 4 == 0) {
      compare();
      compare_in_one_look();
      compare_newest();
    }
    if (step % 3 == 0) {
      compare_listing();
    }
    if (step % 10 == 0) {
      compare_pages();
    }
  }
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_TRUE(store_->verify()->is_sound());
}

INSTANTIATE_TEST_SUITE_P(Seldom, OracleTest, ::testing::Values(Pace{1}, Pace{2}, Pace{3}, Pace{4}));
INSTANTIATE_TEST_SUITE_P(Busy, OracleTest, ::testing::Values(busy(5), busy(6), busy(7), busy(8)));

}  // namespace
}  // namespace etymon::store

// What others recorded, taken into the store.
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <thread>
#include <vector>

#include "store/tables/keys.h"
#include "tests/support/covered_import.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/fault_fixture.h"
#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;

TEST_F(StoreTest, takes_observations_of_the_past_in_any_order) {
  const WallTime then = clock_.wall() - std::chrono::days(40);
  std::vector<Observed> seen;
  for (int i = 0; i < 10'000; ++i) {
    seen.push_back(
        {then - Seconds(i), ip("10.0.0.1"), answer_of("old.example", {"192.0.2.1"}), 60});
  }
  const TimeSpan covered{then - Seconds(10'000), then};
  ASSERT_TRUE(import_covered(*store_, seen, covered).ok());
  ASSERT_TRUE(import_covered(*store_, {}, covered).ok());
  const auto found = evidence("192.0.2.1");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].deliveries, 10'000U);
  EXPECT_EQ(found[0].newest, (Sighting{then, 60, Origin::kImport, Transport::kUdp}));
  EXPECT_THAT(store_->coverage().intervals(),
              ElementsAre(CoverageInterval{covered, CoverageEdge::kImport, CoverageEdge::kImport},
                          ::testing::Field(&CoverageInterval::began, CoverageEdge::kStart)));
  reopen();
  EXPECT_TRUE(store_->coverage().covers(covered));
}

// In the tail, in the tables, and after a restart, when the book knows no number of theirs.
TEST_F(StoreTest, takes_what_was_imported_before_no_second_time) {
  const WallTime then = clock_.wall() - std::chrono::days(40);
  std::vector<Observed> seen;
  for (int i = 0; i < 3'000; ++i) {
    const std::string client = i % 2 == 0 ? "10.0.0.1" : "10.0.0.2";
    seen.push_back(
        {then + Milliseconds(2 * i), ip(client), answer_of("old.example", {"192.0.2.1"}), 60});
  }
  const auto deliveries = [&] {
    uint64_t all = 0;
    for (const Evidence& row : evidence("192.0.2.1")) {
      all += row.deliveries;
    }
    return all;
  };
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(store_->ingest(seen).ok());
    EXPECT_EQ(deliveries(), seen.size());
  }
  ASSERT_TRUE(store_->fold().ok());
  ASSERT_TRUE(store_->ingest(seen).ok());
  EXPECT_EQ(deliveries(), seen.size());
  reopen();
  ASSERT_TRUE(store_->ingest(seen).ok());
  EXPECT_EQ(deliveries(), seen.size());
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_EQ(deliveries(), seen.size());
}

class ImportAndFoldTest : public FaultTest {
 protected:
  // Of one answer, one client and one hour.
  std::vector<Observed> observed(size_t count) const {
    const WallTime hour = start_of_hour(hour_of(clock_.wall())) - std::chrono::hours(24);
    std::vector<Observed> all;
    for (size_t i = 0; i < count; ++i) {
      all.push_back({hour + Milliseconds(i), ip("10.0.0.1"), answer_, 60});
    }
    return all;
  }

  Ingested ingested(std::span<const Observed> some) {
    const Result<Ingested> taken = store_->ingest(some);
    EXPECT_TRUE(taken.ok());
    return taken ? *taken : Ingested{};
  }
};

// The book has forgotten what it called the answer, and gives it another number. The fold of one
// part finds this out when the next one has deliveries under that number already.
TEST_F(ImportAndFoldTest, what_waits_under_a_second_number_is_taken_no_second_time) {
  deliver_one();
  ASSERT_TRUE(store_->fold().ok());
  open();
  const std::vector<Observed> all = observed(1500);
  disk_.set(FaultyDisk::Fault::kHang, "/tables/fold/");
  EXPECT_EQ(ingested(std::span(all).first(1000)).added, 1000U);
  EXPECT_EQ(ingested(std::span(all).subspan(1000)).added, 500U);
  ASSERT_EQ(store_->statistics().tail_deliveries, 1500U);
  disk_.set(FaultyDisk::Fault::kNone);
  ASSERT_TRUE(eventually([&] { return store_->statistics().tail_deliveries == 500; }));

  EXPECT_EQ(ingested(all).known, 1500U) << "while it waits";
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_EQ(ingested(all).known, 1500U);
  EXPECT_EQ(found(), 1501U);
}

TEST_F(StoreTest, takes_at_the_same_moment_what_another_was_told_or_told_otherwise) {
  const Observed one{clock_.wall(), ip("10.0.0.1"), answer_of("a.example", {"192.0.2.1"}), 60};
  Observed other_client = one;
  other_client.client = ip("10.0.0.2");
  Observed other_answer = one;
  other_answer.answer = answer_of("b.example", {"192.0.2.1"});
  const Result<Ingested> ingested = store_->ingest(std::vector{one, other_client, other_answer});
  ASSERT_TRUE(ingested.ok());
  EXPECT_EQ(ingested->added, 3U);
}

TEST_F(StoreTest, takes_back_nothing_of_its_own_export) {
  const Observed own{clock_.wall(), ip("10.0.0.1"), answer_of("a.example", {"192.0.2.1"}), 60};
  deliver(*store_, own.answer, "10.0.0.1", own.at);
  for (const bool folded : {false, true}) {
    if (folded) {
      ASSERT_TRUE(store_->fold().ok());
    }
    const Result<Ingested> ingested = store_->ingest(std::vector{own});
    ASSERT_TRUE(ingested.ok());
    EXPECT_EQ(ingested->known, 1U);
  }
  EXPECT_EQ(evidence("192.0.2.1").at(0).deliveries, 1U);
}

TEST_F(StoreTest, takes_imports_of_several_threads_at_once) {
  constexpr int kEach = 20;
  std::vector<std::thread> importers;
  for (int i = 0; i < 4; ++i) {
    importers.emplace_back([&, i] {
      for (int n = 0; n < kEach; ++n) {
        const Observed seen{clock_.wall() - Milliseconds(kEach * i + n), ip("10.0.0.1"),
                            answer_of("a.example", {"192.0.2.1"}), 60};
        EXPECT_TRUE(store_->ingest({&seen, 1}).ok());
      }
    });
  }
  for (std::thread& importer : importers) {
    importer.join();
  }
  EXPECT_EQ(evidence("192.0.2.1")[0].deliveries, 4U * kEach);
}

}  // namespace
}  // namespace etymon::store

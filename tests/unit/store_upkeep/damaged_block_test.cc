// Damaged blocks of a table: whoever has to read one is told so, and never part of the answer.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

#include "store/store_opener.h"
#include "tests/unit/store_upkeep/past.h"

namespace etymon::store {
namespace {

constexpr int kNames = 3'000;
constexpr int kTurn = 50;

class DamagedBlockTest : public PastTest {
 protected:
  // One address and client with rows in several blocks, and another address behind them.
  void tell_much() {
    const auto store = open();
    std::vector<Delivery> turn;
    for (int n = 0; n < kNames; ++n) {
      clock_.advance(Seconds(1));
      const Answer answer = answer_of("n" + std::to_string(n) + ".example", {"192.0.2.1"});
      turn.push_back({clock_.wall(), ip("10.0.0.1"), store->remember(answer), 300});
      if (turn.size() == kTurn) {
        ASSERT_EQ(store->record(turn), Recorded::kYes);
        turn.clear();
      }
    }
    deliver_now(*store, answer_of("last.example", {"192.0.2.2"}), "10.0.0.1");
    ASSERT_TRUE(store->fold().ok());
    ASSERT_TRUE(StoreOpener::compact(*store).ok());
  }

  std::string largest_file(const std::string& table) {
    std::vector<rocksdb::LiveFileMetaData> files;
    open_tables()->opened()->db().GetLiveFilesMetaData(&files);
    std::string path;
    uint64_t size = 0;
    for (const rocksdb::LiveFileMetaData& file : files) {
      if (file.column_family_name == table && file.size > size) {
        path = options_.path + "/tables" + file.name;
        size = file.size;
      }
    }
    EXPECT_GT(size, 8'000U);
    return path;
  }

  static void damage(const std::string& file, std::streamoff at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(at);
    stream << std::string(64, '\x55');
  }

  // What a file of rows needs to be opened lies behind these.
  static constexpr std::streamoff kFirstBlock = 100;
  static constexpr std::streamoff kOneOfTheFirst = 3'000;
};

TEST_F(DamagedBlockTest, of_the_addresses_ends_a_lookup_of_a_network) {
  tell_much();
  damage(largest_file("by_address"), kOneOfTheFirst);
  const auto store = open();
  const auto all = store->evidence(about("192.0.2.0/24", clock_.wall()));
  ASSERT_FALSE(all.ok()) << all->size() << " of " << kNames + 1;
  EXPECT_EQ(all.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(all.error().message, ::testing::HasSubstr("by_address"));
}

// RocksDB would have nothing more written to any table, and opened anew, begin with it again.
TEST_F(DamagedBlockTest, ends_the_compactions_of_its_table_and_no_fold) {
  tell_much();
  const std::string file = largest_file("by_name");
  const auto store = open();
  damage(file, kFirstBlock);
  const auto manifest = [&] {
    std::ifstream current(options_.path + "/tables/CURRENT");
    std::string name;
    std::getline(current, name);
    return name;
  };
  const std::string opened = manifest();
  const auto fold_one = [&] {
    deliver_now(*store, answer_of("n999.example", {"192.0.2.1"}), "10.0.0.1");
    const Status folded = store->fold();
    ASSERT_TRUE(folded.ok()) << folded.error().message;
  };
  for (int folds = 0; store->statistics().damage.empty() && folds < 1'000; ++folds) {
    ASSERT_NO_FATAL_FAILURE(fold_one());
  }
  EXPECT_THAT(store->statistics().damage,
              ::testing::AllOf(::testing::HasSubstr("by_name"),
                               ::testing::HasSubstr("block checksum mismatch"),
                               ::testing::HasSubstr("etymond --repair keeps what can be read")));
  EXPECT_EQ(store->statistics().last_error, store->statistics().damage);
  for (int folds = 0; folds < 20; ++folds) {
    ASSERT_NO_FATAL_FAILURE(fold_one());
  }
  EXPECT_EQ(manifest(), opened) << "the tables were opened anew";
  EXPECT_EQ(store->statistics().tail_deliveries, 0U);
}

// RocksDB looks there for where the rows of a fold belong. The same ones would come again and again
// until memory is full, and then nothing would be recorded any more.
TEST_F(DamagedBlockTest, where_a_fold_begins_ends_none) {
  for (const char* table : {"deliveries", "by_address", "by_name"}) {
    SCOPED_TRACE(table);
    options_.path = folder_.path() + "/" + table;
    options_.block_cache_bytes = Options().block_cache_bytes;
    ASSERT_NO_FATAL_FAILURE(tell_much());
    const std::string file = largest_file(table);
    options_.block_cache_bytes = 0;  // A start reads some of it, too.
    const auto store = open();
    damage(file, 0);
    clock_.set_wall(clock_.wall() - std::chrono::hours(2));
    for (int folds = 0; folds < 10; ++folds) {
      // Before all other hours, clients, addresses and names.
      deliver_now(*store, answer_of("a.example", {"192.0.2.0"}), "10.0.0.0");
      const Status folded = store->fold();
      ASSERT_TRUE(folded.ok()) << folded.error().message;
    }
    EXPECT_EQ(store->statistics().tail_deliveries, 0U);
    EXPECT_THAT(store->statistics().damage,
                ::testing::AllOf(::testing::HasSubstr("block checksum mismatch"),
                                 ::testing::HasSubstr("etymond --repair keeps what can be read")));
    EXPECT_EQ(store->statistics().last_error, store->statistics().damage);
  }
}

// A fold asks for the number of each answer that is not in memory.
TEST_F(DamagedBlockTest, of_the_answers_makes_what_is_in_it_new_to_a_fold) {
  tell_much();
  damage(largest_file("answers"), kOneOfTheFirst);
  const auto store = open();
  for (int n = 0; n < kNames; n += 20) {
    deliver_now(*store, answer_of("n" + std::to_string(n) + ".example", {"192.0.2.1"}), "10.0.0.2");
  }
  const Status folded = store->fold();
  EXPECT_TRUE(folded.ok()) << folded.error().message;
  EXPECT_EQ(store->statistics().tail_deliveries, 0U);
}

// Each time it fails it has looked through the names, and may have written tables anew.
TEST_F(DamagedBlockTest, of_the_names_has_forgetting_tried_less_and_less_often) {
  tell_much();
  damage(largest_file("by_name"), kFirstBlock);
  std::atomic<int> failures = 0;
  options_.on_forget = [&](const ForgetNews& news) {
    failures += news.stage == ForgetNews::Stage::kFailed ? 1 : 0;
  };
  const auto store = open();
  ForgetOrder order;
  order.query.client = *IpPrefix::from_text("10.0.0.1");
  order.mode = ForgetMode::kForget;
  const auto forgotten = store->forget(order);
  ASSERT_FALSE(forgotten.ok());
  EXPECT_EQ(forgotten.error().code, ErrorCode::kDataLoss);
  std::vector<int> tried;
  for (int minute = 1; minute <= 10; ++minute) {
    clock_.advance(std::chrono::minutes(1));
    const int before = failures;
    StoreOpener::let_go(*store);
    tried.insert(tried.end(), failures > before ? 1 : 0, minute);
  }
  EXPECT_THAT(tried, ::testing::ElementsAre(1, 3, 7));
}

// Taken for nothing, it would make the tail tell a second time what the tables tell.
TEST_F(DamagedBlockTest, of_how_far_the_tables_are_folded_ends_every_lookup_and_listing) {
  tell_much();
  const std::string file = largest_file("by_address");
  options_.block_cache_bytes = 0;  // A start reads it, too.
  const auto store = open();
  damage(file, kFirstBlock);
  const auto behind = store->evidence(about("192.0.2.2", clock_.wall()));
  ASSERT_FALSE(behind.ok());
  EXPECT_EQ(behind.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(behind.error().message, ::testing::HasSubstr("by_address"));
  const auto listed = store->deliveries({.span = {WallTime(), clock_.wall()}});
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(listed.error().code, ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace etymon::store

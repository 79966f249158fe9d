// Damaged blocks of a table: whoever has to read one is told so, and never part of the answer.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

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

  // In one of the first blocks of rows of the largest file of the table; behind them lies what it
  // needs to be opened.
  void damage(const std::string& table) {
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
    ASSERT_GT(size, 8'000U);
    std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(3'000);
    stream << std::string(64, '\x55');
  }
};

TEST_F(DamagedBlockTest, of_the_addresses_ends_a_lookup_of_a_network) {
  tell_much();
  damage("by_address");
  const auto store = open();
  const auto all = store->evidence(about("192.0.2.0/24", clock_.wall()));
  ASSERT_FALSE(all.ok()) << all->size() << " of " << kNames + 1;
  EXPECT_EQ(all.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(all.error().message, ::testing::HasSubstr("by_address"));
}

}  // namespace
}  // namespace etymon::store

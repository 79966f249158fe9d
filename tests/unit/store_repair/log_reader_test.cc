// Log reader: everything in a log but what is damaged, and that something was.
#include "store/upkeep/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>

#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;

// A log as RocksDB writes it.
class LogFile {
 public:
  void add(const std::string& record) {
    size_t from = 0;
    do {
      const size_t left = kBlock - text_.size() % kBlock;
      if (left < kHeader) {
        text_.append(left, '\0');
        continue;
      }
      const size_t piece = std::min(record.size() - from, left - kHeader);
      const bool begins = from == 0;
      const bool ends = from + piece == record.size();
      add_piece(begins ? (ends ? 1 : 2) : (ends ? 4 : 3), record.substr(from, piece));
      from += piece;
    } while (from < record.size());
  }

  std::string& text() { return text_; }

  // What the reader makes of it: the length of each record; "damage", "torn".
  std::vector<std::string> read() const {
    const std::string path = folder_.path() + "/log";
    std::ofstream(path, std::ios::binary) << text_;
    std::vector<std::string> read;
    EXPECT_TRUE(read_log(path, [&](LogPiece piece, std::string_view record) {
                  read.push_back(piece == LogPiece::kRecord   ? std::to_string(record.size())
                                 : piece == LogPiece::kDamage ? "damage"
                                                              : "torn");
                }).ok());
    return read;
  }

 private:
  static constexpr size_t kBlock = 32 << 10;
  static constexpr size_t kHeader = 7;

  void add_number(uint32_t number, int octets) {
    for (int i = 0; i < octets; ++i) {
      text_.push_back(static_cast<char>(number >> (8 * i)));
    }
  }

  void add_piece(char type, const std::string& payload) {
    add_number(masked(crc32c(std::string(1, type) + payload)), 4);
    add_number(static_cast<uint32_t>(payload.size()), 2);
    text_.push_back(type);
    text_ += payload;
  }

  std::string text_;
  testing::TemporaryFolder folder_;
};

TEST(LogReader, its_checksum_is_crc_32c) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);  // RFC 3720 section B.4 names the polynomial
}

TEST(LogReader, records_come_back_whole_however_many_blocks_they_take) {
  LogFile log;
  for (const size_t size : std::initializer_list<size_t>{10, 40'000, 32'740, 3, 100'000}) {
    log.add(std::string(size, 'x'));
  }
  EXPECT_THAT(log.read(), ElementsAre("10", "40000", "32740", "3", "100000"));
}

TEST(LogReader, what_comes_behind_damage_is_read) {
  LogFile log;
  for (const size_t size : std::initializer_list<size_t>{100, 200, 70'000, 300}) {
    log.add(std::string(size, 'x'));
  }
  log.text()[150] = 'y';  // in the second record: its block cannot be believed any further
  EXPECT_THAT(log.read(), ElementsAre("100", "damage", "300"));
}

TEST(LogReader, a_zeroed_page_is_damage) {
  LogFile log;
  for (const size_t size : std::initializer_list<size_t>{20'000, 20'000, 20'000}) {
    log.add(std::string(size, 'x'));
  }
  log.text().replace(32'768, 4096, 4096, '\0');
  EXPECT_THAT(log.read(), ElementsAre("20000", "damage"));
}

TEST(LogReader, an_end_in_the_middle_of_a_record_is_what_a_crash_leaves) {
  LogFile log;
  log.add(std::string(100, 'x'));
  log.add(std::string(100, 'x'));
  log.text().resize(log.text().size() - 10);
  EXPECT_THAT(log.read(), ElementsAre("100", "torn"));
}

TEST(LogReader, room_that_was_made_ready_is_no_damage) {
  LogFile log;
  log.add(std::string(100, 'x'));
  log.text().append(5000, '\0');
  EXPECT_THAT(log.read(), ElementsAre("100"));
}

}  // namespace
}  // namespace etymon::store

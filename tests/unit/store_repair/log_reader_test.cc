// Log reader: everything in a log but what is damaged, and that something was.
#include "store/upkeep/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/support/fakes.h"
#include "tests/unit/store_repair/log_file.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;

// What the reader makes of it: the length of each record; "damage", "torn".
std::vector<std::string> read(const LogFile& log) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  std::ofstream(path, std::ios::binary) << log.text();
  std::vector<std::string> read;
  EXPECT_TRUE(read_log(path, [&](LogPiece piece, std::string_view record) {
                read.push_back(piece == LogPiece::kRecord   ? std::to_string(record.size())
                               : piece == LogPiece::kDamage ? "damage"
                                                            : "torn");
              }).ok());
  return read;
}

TEST(LogReader, its_checksum_is_crc_32c) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);  // RFC 3720 section B.4 names the polynomial
}

TEST(LogReader, records_come_back_whole_however_many_blocks_they_take) {
  LogFile log;
  for (const size_t size : std::initializer_list<size_t>{10, 40'000, 32'740, 3, 100'000}) {
    log.add(std::string(size, 'x'));
  }
  EXPECT_THAT(read(log), ElementsAre("10", "40000", "32740", "3", "100000"));
}

TEST(LogReader, what_comes_behind_damage_is_read) {
  LogFile log;
  for (const size_t size : std::initializer_list<size_t>{100, 200, 70'000, 300}) {
    log.add(std::string(size, 'x'));
  }
  log.text()[150] = 'y';  // in the second record: its block cannot be believed any further
  EXPECT_THAT(read(log), ElementsAre("100", "damage", "300"));
}

TEST(LogReader, a_zeroed_page_is_damage) {
  LogFile log;
  for (const size_t size : std::initializer_list<size_t>{20'000, 20'000, 20'000}) {
    log.add(std::string(size, 'x'));
  }
  log.text().replace(32'768, 4096, 4096, '\0');
  EXPECT_THAT(read(log), ElementsAre("20000", "damage"));
}

TEST(LogReader, an_end_in_the_middle_of_a_record_is_what_a_crash_leaves) {
  LogFile log;
  log.add(std::string(100, 'x'));
  log.add(std::string(100, 'x'));
  log.text().resize(log.text().size() - 10);
  EXPECT_THAT(read(log), ElementsAre("100", "torn"));
}

TEST(LogReader, an_end_that_was_never_written_as_a_record_is_damage) {
  LogFile log;
  log.add(std::string(100, 'x'));
  log.text() += std::string(100, 'U');  // longer than what is left, by its length, and of no type
  EXPECT_THAT(read(log), ElementsAre("100", "damage"));
}

TEST(LogReader, room_that_was_made_ready_is_no_damage) {
  LogFile log;
  log.add(std::string(100, 'x'));
  log.text().append(5000, '\0');
  EXPECT_THAT(read(log), ElementsAre("100"));
}

}  // namespace
}  // namespace etymon::store

#include "store/tables/row_cursor.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>

namespace etymon::store {
namespace {

using Table = std::map<std::string, std::string>;

// What was asked of an iterator, and whether its disk works.
struct Disk {
  int seeks = 0;
  int steps = 0;
  bool fails = false;
};

class TableIterator final : public rocksdb::Iterator {
 public:
  TableIterator(const Table& table, Disk& disk) : table_(table), disk_(disk), at_(table.end()) {}

  bool Valid() const override { return !failed_ && at_ != table_.end(); }
  void Seek(const rocksdb::Slice& key) override {
    ++disk_.seeks;
    failed_ = disk_.fails;
    at_ = table_.lower_bound(key.ToString());
  }
  void Next() override {
    ++disk_.steps;
    failed_ = disk_.fails;
    ++at_;
  }
  rocksdb::Slice key() const override { return at_->first; }
  rocksdb::Slice value() const override { return at_->second; }
  rocksdb::Status status() const override {
    return failed_ ? rocksdb::Status::IOError() : rocksdb::Status();
  }
  void SeekToFirst() override { Seek(""); }
  void SeekToLast() override { at_ = table_.empty() ? table_.end() : std::prev(table_.end()); }
  void SeekForPrev(const rocksdb::Slice&) override { FAIL() << "nobody goes back"; }
  void Prev() override { FAIL() << "nobody goes back"; }

 private:
  const Table& table_;
  Disk& disk_;
  Table::const_iterator at_;
  bool failed_ = false;
};

class RowCursorTest : public ::testing::Test {
 protected:
  RowCursor cursor() { return RowCursor(std::make_unique<TableIterator>(table_, disk_)); }

  // Of the row where it stands.
  static std::string at(const RowCursor& cursor) {
    return cursor.valid() ? std::string(cursor.key()) : "end";
  }

  const Table table_{{"b", "1"}, {"d", "2"}, {"f", "3"}};
  Disk disk_;
};

TEST_F(RowCursorTest, does_not_seek_where_it_stands_already) {
  RowCursor rows = cursor();
  rows.seek("a");
  for (const char* key : {"a", "aa", "b"}) {
    rows.seek(key);
    EXPECT_EQ(at(rows), "b") << key;
  }
  EXPECT_EQ(disk_.seeks, 1);
}

TEST_F(RowCursorTest, knows_after_a_step_that_nothing_lies_behind_the_last_row) {
  RowCursor rows = cursor();
  rows.seek("b");
  rows.next();
  rows.seek("c");
  EXPECT_EQ(at(rows), "d");
  EXPECT_EQ(disk_.seeks, 1);
}

TEST_F(RowCursorTest, goes_back_to_a_row_that_it_has_passed) {
  RowCursor rows = cursor();
  rows.seek("b");
  rows.next();
  rows.seek("b");
  EXPECT_EQ(at(rows), "b");
  rows.seek("a");
  EXPECT_EQ(at(rows), "b");
  EXPECT_EQ(disk_.seeks, 3);
}

TEST_F(RowCursorTest, stays_behind_the_last_row_for_all_that_would_be_there) {
  RowCursor rows = cursor();
  rows.seek("g");
  rows.seek("h");
  EXPECT_EQ(at(rows), "end");
  EXPECT_EQ(disk_.seeks, 1);
  rows.seek("f");
  EXPECT_EQ(at(rows), "f");
}

TEST_F(RowCursorTest, takes_a_step_to_a_row_nearby) {
  RowCursor rows = cursor();
  rows.seek_nearby("b");
  rows.seek_nearby("d");
  EXPECT_EQ(at(rows), "d");
  EXPECT_EQ(disk_.seeks, 1) << "the row was the next one";
  RowCursor again = cursor();
  again.seek_nearby("b");
  again.seek_nearby("f");
  EXPECT_EQ(at(again), "f") << "and it seeks where it was not";
}

TEST_F(RowCursorTest, tries_again_what_could_not_be_read) {
  RowCursor rows = cursor();
  disk_.fails = true;
  rows.seek("c");
  EXPECT_FALSE(rows.valid());
  EXPECT_FALSE(rows.status().ok());
  disk_.fails = false;
  rows.seek("c");
  EXPECT_EQ(at(rows), "d");
  EXPECT_TRUE(rows.status().ok());
}

TEST_F(RowCursorTest, leads_where_a_seek_would_whatever_came_before) {
  Table table;
  std::mt19937 dice(1);
  for (int i = 0; i < 50; ++i) {
    table.emplace(std::to_string(dice() % 1000), "");
  }
  RowCursor rows(std::make_unique<TableIterator>(table, disk_));
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = std::to_string(dice() % 1000);
    dice() % 2 == 0 ? rows.seek(key) : rows.seek_nearby(key);
    const auto expected = table.lower_bound(key);
    ASSERT_EQ(at(rows), expected == table.end() ? "end" : expected->first) << key;
    if (rows.valid() && dice() % 3 == 0) {
      rows.next();
    }
  }
  EXPECT_LT(disk_.seeks, 10'000);
}

}  // namespace
}  // namespace etymon::store

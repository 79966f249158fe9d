// FORMAT.md: what it shows as an example is what the store writes.
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <fstream>
#include <sstream>

#include "store/hosts/host_book.h"
#include "store/journal/coverage_log.h"
#include "store/journal/journal_entry.h"
#include "store/journal/turn_log.h"
#include "store/tables/answer_codec.h"
#include "store/tables/forget_log.h"
#include "store/tables/tables.h"
#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

constexpr WallTime kAsked{Seconds(1'700'000'000)};

// The document with one space between any two words, so that an example may be set out in columns.
std::string document() {
  std::ifstream file(ETYMON_STORE_FORMAT);
  std::string words;
  for (std::string word; file >> word;) {
    words += word + " ";
  }
  return words;
}

std::string octets(const std::string& hex) {
  std::istringstream in(hex);
  std::string bytes;
  for (std::string octet; in >> octet;) {
    std::erase(octet, '`');
    bytes.push_back(static_cast<char>(std::stoi(octet, nullptr, 16)));
  }
  return bytes;
}

// The bytes of an example, which the document has, too; between quotes, perhaps.
std::string example(const std::string& hex) {
  static const std::string words = document();
  EXPECT_NE(words.find(hex), std::string::npos) << hex;
  return octets(hex);
}

std::string example(const std::vector<std::string>& fields) {
  std::string bytes;
  for (const std::string& hex : fields) {
    bytes += example(hex);
  }
  return bytes;
}

std::string example_answer() {
  return example(std::vector<std::string>{"11 03 77 77 77 07 65 78 61 6d 70 6c 65 03 63 6f 6d 00",
                                          "01` `01` `00", "02` `00",
                                          "11 03 63 64 6e 07 65 78 61 6d 70 6c 65 03 6e 65 74 00",
                                          "01` `01 01 c0 00 02 01", "01 09 09 09 09 00 35"});
}

class FormatExamplesTest : public StoreTest {
 protected:
  static Answer answer() {
    Answer answer = answer_of("www.example.com", {"192.0.2.1"}, {"cdn.example.net"});
    answer.upstream = {ip("9.9.9.9"), 53};
    return answer;
  }

  // Asked twice, and the answer has the number 7.
  void tell() {
    for (int other = 1; other < 7; ++other) {
      store_->remember(answer_of("n" + std::to_string(other) + ".example", {}));
    }
    const AnswerId id = store_->remember(answer());
    ASSERT_EQ(id, 7U);
    clock_.advance(Seconds(60));
    const std::vector<Delivery> both = {
        {.at = kAsked, .client = ip("10.0.0.5"), .answer = id, .validity_s = 300},
        {.at = kAsked + Seconds(60),
         .client = ip("10.0.0.5"),
         .answer = id,
         .validity_s = 240,
         .origin = Origin::kCache}};
    ASSERT_EQ(store_->record(both), Recorded::kYes);
    ASSERT_TRUE(store_->fold().ok());
    ASSERT_TRUE(store_->close().ok());
  }
};

TEST_F(FormatExamplesTest, of_the_tables_are_their_rows) {
  tell();
  const std::string path = options_.path + "/tables";
  store_.reset();
  const auto tables = Tables::open(path, *rocksdb::Env::Default(), 1 << 20);
  ASSERT_TRUE(tables.ok());
  const auto row = [&](Table table, const std::string& key) {
    return (*tables)->row(table, key)->value_or("missing");
  };
  EXPECT_EQ(row(Table::kDeliveries, example("00 07 34 9e 01 0a 00 00 05 00 00 00 00 07")),
            example("08 83 c0 f0 f5 0b 11 d8 04 81 b8 b8 72 21"));
  EXPECT_EQ(row(Table::kByName, example("63 6f 6d 00 65 78 61 6d 70 6c 65 00 77 77 77 00 00 00 ff "
                                        "b3 24 00 00 00 00 07")),
            example("01 0a 00 00 05 40 00 00"));
  EXPECT_EQ(row(Table::kByClient, example("01 0a 00 00 05 ff f8 cb 61")), example("02 c2 01"));
  EXPECT_EQ(row(Table::kAnswers, example("00 00 00 00 07")), example_answer());
  EXPECT_EQ(row(Table::kAnswerIds, example("20 56 d2 0d b0 61 c4 c1")), example("00 00 00 00 07"));
  EXPECT_NE(
      row(Table::kByAddress, example("01 c0 00 02 01 01 0a 00 00 05 ff b3 24 00 00 00 00 07")),
      "missing");
}

// Both deliveries, as one turn tells them that came while the answer was new.
std::string example_entry() {
  return example("`01`") + example("`07` `37`") + example_answer() +
         example("`07 01 0a 00 00 05 80 80 f2 81 83 89 85 06 ac 02 11`") +
         example("`07 01 0a 00 00 05 50 ac 02 21`");
}

TEST_F(FormatExamplesTest, of_the_journal_are_its_entries) {
  const auto known = std::make_shared<const KnownAnswer>(7, example_answer());
  const std::vector<Delivery> both = {
      {.at = kAsked, .client = ip("10.0.0.5"), .answer = 7, .validity_s = 300},
      {.at = kAsked + Microseconds(40),
       .client = ip("10.0.0.5"),
       .answer = 7,
       .validity_s = 300,
       .origin = Origin::kCache}};
  std::string entry;
  encode_entry(std::vector<KnownAnswerPtr>{known}, both, entry);
  EXPECT_EQ(entry, example_entry());
}

TEST_F(FormatExamplesTest, of_the_turn_log_are_its_turns) {
  const std::string path = options_.path + "/turns";
  rocksdb::FileSystem& files = *rocksdb::FileSystem::Default();
  TurnLog log(path, files);
  ASSERT_TRUE(log.append(42, example_entry()).ok());
  std::string written;
  ASSERT_TRUE(rocksdb::ReadFileToString(&files, path, &written).ok());
  EXPECT_EQ(written, example("00 00 00 00 00 00 00 2a") + example("00 00 00 55") +
                         example("d6 04 90 d9 6a b0 ae 88") + example_entry());
}

TEST_F(FormatExamplesTest, of_the_coverage_are_its_rows) {
  CoverageLog log;
  log.begin(kAsked, CoverageEdge::kStart);
  const CoverageRow row{example("00 06 0a 24 18 1e 40 00 01"),
                        example("00 06 0a 24 18 a7 94 40 08")};
  EXPECT_EQ(log.take_rows(kAsked + Seconds(9)), std::vector<CoverageRow>{row});
}

TEST_F(FormatExamplesTest, of_the_hosts_is_their_file) {
  const std::string device = "mac:02:00:00:00:00:05";
  EXPECT_NE(document().find(device), std::string::npos);
  HostBook book{HostOptions()};
  book.learn({.device = device, .address = ip("10.0.0.5"), .seen = {kAsked, kAsked + Seconds(9)}},
             kAsked + Seconds(9));
  EXPECT_EQ(
      book.save(),
      example(std::vector<std::string>{"65 74 79 6d 6f 6e 20 68 6f 73 74 73 20 31 0a",
                                       "aa d0 2b 92 5b 66 39 c7", "01", "01 0a 00 00 05", "15"}) +
          device +
          example(std::vector<std::string>{"00 06 0a 24 18 1e 40 00", "00 06 0a 24 18 a7 94 40",
                                           "02", "00"}));
}

TEST_F(FormatExamplesTest, of_forgetting_are_its_rows) {
  PendingForget order;
  order.record.asked = kAsked + Seconds(100);
  order.record.by = "unix";
  order.record.by_client = true;
  order.record.span.end = kAsked + Seconds(100);
  order.client = IpPrefix(ip("10.0.0.5"));
  EXPECT_EQ(encode_forget(order),
            example("01` `00 06 0a 24 1e 14 21 00` `00 00 00 00 00 00 00 00` `00 00 00 00 00 00 00 "
                    "00` `00 06 0a 24 1e 14 21 00` `01` `04 75 6e 69 78` `00` `00` `00` `00` `01 "
                    "0a 00 00 05 80"));
}

}  // namespace
}  // namespace etymon::store

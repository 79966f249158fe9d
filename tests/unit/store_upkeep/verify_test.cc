// Verify: a sound store is called sound while it works, and damage to any one table is found.
#include "store/upkeep/verify.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "store/tables/runs.h"
#include "store/tables/sets.h"
#include "store/upkeep/closed_store.h"
#include "tests/unit/store/image.h"
#include "tests/unit/store_upkeep/past.h"

namespace etymon::store {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class VerifyTest : public PastTest {
 protected:
  // Tells the past, damages it, and returns what is found then.
  std::vector<std::string> findings_after(const std::function<void(Tables&)>& damage,
                                          const Kept& kept = {}) {
    tell(*open());
    const auto tables = open_tables();
    damage(*tables);
    TablesView view(*tables);
    VerifyReport report;
    Meter meter({}, 0);
    EXPECT_TRUE(verify_view(view, kept, meter, report).ok());
    EXPECT_TRUE(verify_checksums(*tables->opened(), meter, report).ok());
    std::vector<std::string> lines;
    for (const Finding& finding : report.findings) {
      lines.push_back(finding.text());
    }
    return lines;
  }

  // The key of the n-th row.
  static std::string row(Tables& tables, Table table, size_t n = 1) {
    TablesView view(tables);
    rocksdb::Iterator& rows = view.rows(table);
    for (rows.SeekToFirst(); n > 0; --n) {
      rows.Next();
    }
    return rows.key().ToString();
  }

  static std::function<void(Tables&)> without_a_row_of(Table table) {
    return [table](Tables& tables) {
      ASSERT_TRUE(tables.opened()
                      ->db()
                      .Delete({}, tables.opened()->family(table), row(tables, table))
                      .ok());
    };
  }

  static std::function<void(Tables&)> with_in_a_row_of(Table table, const std::string& value) {
    return [table, value](Tables& tables) {
      ASSERT_TRUE(tables.opened()
                      ->db()
                      .Put({}, tables.opened()->family(table), row(tables, table), value)
                      .ok());
    };
  }

  static void with_in_the_row(Tables& tables, const AddressKey& row, const std::string& value) {
    std::string key;
    append_key(key, row);
    ASSERT_TRUE(tables.row(Table::kByAddress, key).value().has_value());
    ASSERT_TRUE(
        tables.opened()->db().Put({}, tables.opened()->family(Table::kByAddress), key, value).ok());
  }

  // Adds `value` to a row, as a fold would.
  static std::function<void(Tables&)> with_more_in(Table table, const std::string& value) {
    return [table, value](Tables& tables) {
      ASSERT_TRUE(tables.opened()
                      ->db()
                      .Merge({}, tables.opened()->family(table), row(tables, table), value)
                      .ok());
    };
  }

  static std::string run_at(WallTime start) {
    std::string run;
    const Sighting sighting{start + Seconds(1), 60};
    append_run(run, start, {&sighting, 1});
    return run;
  }
};

TEST_F(VerifyTest, a_sound_store_has_no_findings) {
  const auto store = open();
  tell(*store);
  const auto report = store->verify();
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->findings, IsEmpty());
  EXPECT_EQ(report->deliveries, 18U);
  EXPECT_EQ(report->answers, 3U);
  EXPECT_GT(report->rows, 40U);
}

TEST_F(VerifyTest, it_tells_how_far_it_is) {
  const auto store = open();
  tell(*store);
  std::vector<uint64_t> steps;
  uint64_t all = 0;
  const auto follow = [&](uint64_t done, uint64_t total) {
    steps.push_back(done);
    all = total;
  };
  ASSERT_TRUE(store->verify({{}, follow}).ok());
  EXPECT_GT(steps.size(), 10U);  // Files, then tables.
  EXPECT_TRUE(std::ranges::is_sorted(steps));
  EXPECT_GT(all, 0U);
  EXPECT_EQ(steps.back(), all) << "also where RocksDB has rewritten files meanwhile";
}

TEST_F(VerifyTest, folds_during_a_verification_are_not_taken_for_damage) {
  const auto store = open();
  std::atomic<bool> done = false;
  std::thread folding([&] {
    for (int i = 0; i < 3; ++i) {
      tell(*store);
    }
    done = true;
  });
  while (!done) {
    const auto report = store->verify();
    ASSERT_TRUE(report.ok());
    EXPECT_THAT(report->findings, IsEmpty());
  }
  folding.join();
}

TEST_F(VerifyTest, it_stops_when_told) {
  const auto store = open();
  std::stop_source stop;
  stop.request_stop();
  const auto report = store->verify({stop.get_token(), {}});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kUnavailable);
}

TEST_F(VerifyTest, an_answer_that_is_gone_is_missed_in_every_table) {
  const auto findings = findings_after(without_a_row_of(Table::kAnswers));
  EXPECT_THAT(findings, Contains(StartsWith("deliveries: the answer is not there; rows: 6")));
  EXPECT_THAT(findings, Contains(StartsWith("answer_ids: does not list the answers")));
}

TEST_F(VerifyTest, an_answer_that_is_not_listed_is_found) {
  EXPECT_THAT(findings_after(without_a_row_of(Table::kAnswerIds)),
              ElementsAre("answer_ids: does not list the answers; answers: 2 instead of 3"));
}

TEST_F(VerifyTest, deliveries_that_are_gone_are_missed_by_every_index) {
  EXPECT_THAT(findings_after(without_a_row_of(Table::kDeliveries)),
              ::testing::AllOf(Contains(StartsWith("by_name: does not tell")),
                               Contains(StartsWith("by_client: does not count"))));
}

TEST_F(VerifyTest, sightings_that_only_by_address_has_are_found) {
  const auto add = [](Tables& tables) {
    const std::string key = row(tables, Table::kByAddress);
    const WallTime start = start_of_day(read_address_key(key)->day);
    with_more_in(Table::kByAddress, run_at(start))(tables);
  };
  EXPECT_THAT(findings_after(add),
              Contains(StartsWith("by_address: does not tell the deliveries")));
}

TEST_F(VerifyTest, a_missing_row_of_another_address_is_found) {
  const auto remove = [](Tables& tables) {
    std::string prefix;
    append_address(prefix, ip("192.0.2.2"));
    TablesView view(tables);
    rocksdb::Iterator& rows = view.rows(Table::kByAddress);
    rows.Seek(prefix);
    ASSERT_TRUE(tables.opened()
                    ->db()
                    .Delete({}, tables.opened()->family(Table::kByAddress), rows.key())
                    .ok());
  };
  EXPECT_THAT(findings_after(remove),
              ElementsAre(StartsWith("by_address: an answer's addresses do not agree")));
}

TEST_F(VerifyTest, an_hour_that_only_by_name_has_is_found) {
  std::string member;
  append_member(member, {ip("10.0.0.1"), 1});
  EXPECT_THAT(findings_after(with_more_in(Table::kByName, member)),
              ElementsAre(StartsWith("by_name: does not tell the deliveries")));
}

TEST_F(VerifyTest, a_wrong_count_in_by_client_is_found) {
  std::string activity;
  append_activity(activity, {1, 28});
  EXPECT_THAT(
      findings_after(with_more_in(Table::kByClient, activity)),
      ElementsAre("by_client: does not count the deliveries; deliveries: 19 instead of 18"));
}

TEST_F(VerifyTest, rows_that_cannot_be_decoded_are_found_in_every_table) {
  for (const Table table : {Table::kAnswers, Table::kAnswerIds, Table::kDeliveries,
                            Table::kByAddress, Table::kByName, Table::kByClient}) {
    const testing::TemporaryFolder folder;
    options_.path = folder.path() + "/store";
    EXPECT_THAT(findings_after(with_in_a_row_of(table, "\x07")),
                Contains(StartsWith(std::string(name_of(table)) + ": cannot be decoded; rows: 1")));
  }
}

TEST_F(VerifyTest, a_delivery_outside_the_hour_of_its_row_is_found) {
  const auto move = [](Tables& tables) {
    const std::string key = row(tables, Table::kDeliveries);
    std::string run;
    const Sighting late{start_of_hour(1) + Seconds(1), 60};
    append_run(run, start_of_hour(0), {&late, 1});
    with_in_a_row_of(Table::kDeliveries, run)(tables);
  };
  EXPECT_THAT(findings_after(move),
              Contains(StartsWith("deliveries: a time that does not belong to the row")));
}

// Rows of before format 8 show every sighting, each of which is looked for in `deliveries`.
TEST_F(VerifyTest, what_is_let_go_meanwhile_is_no_damage_to_rows_that_show_all) {
  const WallTime hour = start_of_hour(hour_of(clock_.wall()) + 1);
  {
    const auto store = open();
    clock_.advance(hour - clock_.wall());
    for (int told = 0; told < 5; ++told) {
      deliver_now(*store, plain_, "10.0.0.1");
    }
    ASSERT_TRUE(store->fold().ok());
  }
  const auto tables = open_tables();
  const Day day = day_of(hour);
  std::vector<Sighting> sightings;
  for (int told = 1; told <= 5; ++told) {
    sightings.push_back({hour + Seconds(60 * told), 300});
  }
  std::string runs;
  append_run(runs, start_of_day(day), sightings);
  with_in_the_row(*tables, {ip("198.51.100.1"), ip("10.0.0.1"), day, 1}, runs);
  ASSERT_TRUE(tables->compact().ok());
  TablesView view(*tables);
  Kept later;
  later.all = hour_of(hour) + 1;
  ASSERT_TRUE(tables->keep(later, 0).ok());
  ASSERT_TRUE(tables->drop_files_before(later.all).ok());
  VerifyReport report;
  Meter meter({}, 0);
  ASSERT_TRUE(verify_view(view, {}, meter, report).ok());
  EXPECT_EQ(report.deliveries, 5U);
  EXPECT_THAT(report.findings, IsEmpty());
}

TEST_F(VerifyTest, what_lies_before_what_is_kept_is_left_out) {
  // The first fold is of 2023-11-14 from 22:14 to 22:23; the second one is of the next day.
  Kept kept;
  kept.all = hour_of(clock_.wall()) + 1;
  EXPECT_THAT(findings_after(without_a_row_of(Table::kDeliveries), kept), IsEmpty());
}

// Of a process that was killed: three turns of an entry that was in the making.
class VerifyTurnsTest : public VerifyTest {
 protected:
  VerifyTurnsTest() {
    options_.sync_every = Milliseconds(60'000);  // longer than any of these tests
    const auto store = open();
    for (const char* client : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
      EXPECT_EQ(deliver(*store, plain_, client, clock_.wall()), Recorded::kYes);
    }
    take_image(options_.path, killed_);
    options_.path = killed_;
  }

  void flip_octet_of_turns(size_t at) const {
    std::fstream file(killed_ + "/journal/turns", std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const int octet = file.get();
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(octet ^ 1));
  }

  const std::string killed_ = folder_.path() + "/killed";
};

TEST_F(VerifyTurnsTest, they_count_as_not_folded) {
  const auto report = verify_closed(killed_);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_THAT(report->findings, IsEmpty());
  EXPECT_EQ(report->unfolded, 3U);
}

TEST_F(VerifyTurnsTest, a_damaged_one_with_whole_ones_behind_it_is_found) {
  constexpr size_t kInTheFirst = 30;
  flip_octet_of_turns(kInTheFirst);
  const auto report = verify_closed(killed_);
  ASSERT_TRUE(report.ok()) << report.error().message;
  ASSERT_EQ(report->findings.size(), 1U);
  EXPECT_THAT(report->findings[0].text(), StartsWith("journal: of the turns in "));
  std::vector<std::string> losses;
  options_.on_loss = [&](const std::string& loss) { losses.push_back(loss); };
  ASSERT_NE(open(), nullptr);
  EXPECT_THAT(losses, ElementsAre(::testing::HasSubstr("0 turns are read")));
}

TEST_F(VerifyTest, a_day_that_is_kept_in_part_is_compared_in_part) {
  Kept kept;
  kept.clients[ip("10.0.0.1")] = hour_of(clock_.wall() + std::chrono::hours(1));
  EXPECT_THAT(findings_after([](Tables&) {}, kept), IsEmpty());
}

}  // namespace
}  // namespace etymon::store

// How the outcome of backup and verify looks, letter by letter.
#include "api/cli/upkeep_text.h"

#include <gtest/gtest.h>

namespace etymon::cli {
namespace {

v1::VerifyReport report() {
  v1::VerifyReport report;
  report.set_rows(12'345);
  report.set_deliveries(1234);
  report.set_answers(56);
  return report;
}

TEST(UpkeepText, a_sound_store_takes_one_line) {
  EXPECT_EQ(verify_text(report(), {}), "SOUND  1 234 deliveries, 56 answers, 12 345 rows\n");
}

TEST(UpkeepText, what_is_not_in_the_tables_yet_is_told_beside_what_is) {
  v1::VerifyReport young;
  young.set_unfolded(1200);
  EXPECT_EQ(verify_text(young, {}),
            "SOUND  0 deliveries and 1 200 not folded yet, 0 answers, 0 rows\n");
}

TEST(UpkeepText, each_finding_says_where_and_how_often) {
  v1::VerifyReport damaged = report();
  v1::VerifyFinding& row = *damaged.add_findings();
  row.set_part("by_name");
  row.set_problem("cannot be decoded");
  row.set_rows(2);
  row.set_first("0a0b");
  v1::VerifyFinding& other = *damaged.add_findings();
  other.set_part("journal");
  other.set_problem("bad\x1b[2J");
  EXPECT_EQ(verify_text(damaged, {}),
            "DAMAGED  1 234 deliveries, 56 answers, 12 345 rows\n"
            "  by_name: cannot be decoded; rows: 2, the first at 0a0b\n"
            "  journal: bad\\027[2J\n");
}

TEST(UpkeepText, a_backup_says_where_it_is) {
  v1::BackupReport made;
  made.set_folder("/var/backups/etymon");
  made.set_bytes(3 << 19);
  EXPECT_EQ(backup_text(made), "backup in /var/backups/etymon, 1.5 MiB\n");
}

TEST(UpkeepText, forgetting_says_how_much_and_when_it_only_counts) {
  v1::ForgetReport report;
  report.set_deliveries(1234);
  report.set_hours(1);
  EXPECT_EQ(forget_text(report, Forgetting::kCounted), "would forget 1 234 deliveries in 1 hour\n");
  report.set_answers(2);
  report.set_hosts(1);
  EXPECT_EQ(forget_text(report, Forgetting::kDone),
            "forgot 1 234 deliveries in 1 hour; with them 2 answers; and who it was, 1 time\n");
}

TEST(UpkeepText, a_flush_says_how_much) {
  v1::FlushCacheResponse flushed;
  flushed.set_answers(12'345);
  EXPECT_EQ(flush_text(flushed), "forgot 12 345 cached answers\n");
  flushed.set_answers(1);
  EXPECT_EQ(flush_text(flushed), "forgot 1 cached answer\n");
}

TEST(UpkeepText, how_much_is_kept_is_told_as_it_would_be_written) {
  v1::SetRetentionResponse in_force;
  in_force.mutable_keep()->set_seconds(90 * 86'400);
  in_force.set_keep_bytes(uint64_t{10} << 30);
  EXPECT_EQ(retention_text(in_force), "keeps 90 d, and at most 10 GiB of tables\n");
}

TEST(UpkeepText, a_log_level_says_what_was_before) {
  v1::SetLogLevelResponse set;
  set.set_previous(v1::LOG_LEVEL_INFO);
  EXPECT_EQ(log_level_text(api::LogLevel::kDebug, set), "log level debug, before: info\n");
  EXPECT_EQ(to_proto(api::LogLevel::kError), v1::LOG_LEVEL_ERROR);
  EXPECT_EQ(to_proto(api::LogLevel::kDebug), v1::LOG_LEVEL_DEBUG);
}

}  // namespace
}  // namespace etymon::cli

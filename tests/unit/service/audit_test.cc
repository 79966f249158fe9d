// The record of who asked what about whom.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "api/service/audit.h"
#include "tests/unit/service/access_test.h"

namespace etymon::service {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using AuditTest = AccessTest;

// All its octets escaped: the longest text of a name.
std::string longest_name() {
  std::string name;
  for (int i = 0; i < 4; ++i) {
    for (int octet = 0; octet < (i < 3 ? 63 : 61); ++octet) {
      name += "\\000";
    }
    name += i < 3 ? "." : "";
  }
  return name;
}

// Whether there can be such a backup or not.
void ask_for_backup(v1::AdminService::Stub& admin, const std::string& folder) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", std::string("Bearer ") + kAdmin);
  v1::BackupRequest request;
  request.set_folder(folder);
  EXPECT_FALSE(admin.Backup(&context, request)->Finish().ok());
}

TEST_F(AuditTest, every_condition_of_a_filter_is_on_record) {
  v1::ListDeliveriesRequest request;
  v1::DeliveryFilter& filter = *request.mutable_filter();
  filter.set_client("192.168.1.7");
  filter.set_name("www.example");
  filter.set_match(v1::NAME_MATCH_SUBTREE);
  filter.set_address("203.0.113.0/24");
  filter.mutable_start()->set_seconds(1'600'000'000);
  filter.mutable_end()->set_seconds(1'600'000'001);
  filter.set_rcode(3);
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(provenance_->ListDeliveries(context_of(kAsker).get(), request, &response).ok());
  EXPECT_THAT(read_file(audit_file()),
              HasSubstr("\"subject\":\"www.example\",\"filter\":\"client: \\\"192.168.1.7\\\" "
                        "name: \\\"www.example\\\" match: NAME_MATCH_SUBTREE "
                        "address: \\\"203.0.113.0/24\\\" start { seconds: 1600000000 } "
                        "end { seconds: 1600000001 } rcode: 3\",\"refused\":\"\"}\n"));
}

TEST_F(AuditTest, the_longest_filter_is_on_record_to_its_end) {
  v1::ListDeliveriesRequest request;
  request.mutable_filter()->set_name(longest_name());
  request.mutable_filter()->set_rcode(3);
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(provenance_->ListDeliveries(context_of(kAsker).get(), request, &response).ok());
  EXPECT_THAT(read_file(audit_file()), HasSubstr("rcode: 3\",\"refused\""));
}

TEST_F(AuditTest, who_asked_what_about_whom_is_on_record) {
  v1::LookupResponse response;
  EXPECT_TRUE(lookup_as(kAsker, "192.168.1.7", &response).ok());
  EXPECT_FALSE(lookup_as(kDesk, "10.0.0.9", &response).ok());
  EXPECT_FALSE(lookup_as("wrong", "10.0.0.9", &response).ok());
  const std::string record = read_file(audit_file());
  EXPECT_THAT(record, HasSubstr("\"caller\":\"siem\""));
  EXPECT_THAT(record, HasSubstr("\"method\":\"Lookup\",\"client\":\"192.168.1.7\","
                                "\"subject\":\"203.0.113.5\",\"filter\":\"address: "
                                "\\\"203.0.113.5\\\" client: \\\"192.168.1.7\\\"\","
                                "\"refused\":\"\"}\n"));
  EXPECT_THAT(record, HasSubstr("\"refused\":\"CLIENT_OUT_OF_BOUNDS\"}\n"));
  EXPECT_THAT(record, HasSubstr("\"refused\":\"TOKEN_UNKNOWN\"}\n"));
  EXPECT_EQ(std::ranges::count(record, '\n'), 3);
  EXPECT_THAT(record, Not(HasSubstr(kAsker)));
}

TEST_F(AuditTest, each_question_of_a_stream_is_on_record) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", std::string("Bearer ") + kDesk);
  const auto stream = provenance_->LookupStream(&context);
  v1::LookupStreamRequest request;
  for (const char* client : {"192.168.1.7", "10.0.0.9"}) {
    v1::LookupRequest& question = *request.add_questions();
    question.set_address("203.0.113.5");
    question.set_client(client);
  }
  stream->Write(request);
  stream->WritesDone();
  v1::LookupStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.results(0).has_answer());
  EXPECT_EQ(response.results(1).error().reason(), "CLIENT_OUT_OF_BOUNDS");
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(std::ranges::count(read_file(audit_file()), '\n'), 2);
}

TEST_F(AuditTest, what_was_done_to_the_daemon_is_on_record) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", std::string("Bearer ") + kAdmin);
  v1::FlushCacheRequest request;
  request.set_name("www.example");
  v1::FlushCacheResponse response;
  EXPECT_TRUE(admin_->FlushCache(&context, request, &response).ok());
  call("/etymon.v1.AdminService/Backup", kAsker);
  const std::string record = read_file(audit_file());
  EXPECT_THAT(record, HasSubstr("\"caller\":\"root\""));
  EXPECT_THAT(record, HasSubstr("\"method\":\"FlushCache\",\"client\":\"\","
                                "\"subject\":\"www.example\",\"filter\":\"name: "
                                "\\\"www.example\\\"\",\"refused\":\"\"}\n"));
  EXPECT_THAT(record, HasSubstr("\"caller\":\"siem\""));
  EXPECT_THAT(record, HasSubstr("\"refused\":\"ROLE_MISSING\"}\n"));
}

TEST_F(AuditTest, whether_all_below_a_name_was_flushed_is_on_record) {
  v1::FlushCacheRequest request;
  request.set_name("www.example");
  request.set_subtree(true);
  v1::FlushCacheResponse response;
  EXPECT_TRUE(admin_->FlushCache(context_of(kAdmin).get(), request, &response).ok());
  EXPECT_THAT(read_file(audit_file()),
              HasSubstr("\"subject\":\"www.example\",\"filter\":\"name: \\\"www.example\\\" "
                        "subtree: true\",\"refused\":\"\"}\n"));
}

TEST_F(AuditTest, the_longest_folder_of_a_backup_is_on_record_to_its_end) {
  const std::string longest = "/" + std::string(4091, 'a') + "/end";
  ask_for_backup(*admin_, longest);
  EXPECT_THAT(read_file(audit_file()), HasSubstr("\"subject\":\"" + longest + "\",\"refused\""));
}

TEST_F(AuditTest, the_longest_name_to_be_forgotten_is_on_record_to_its_end) {
  v1::ForgetRequest request;
  request.set_name(longest_name());
  request.set_count_only(true);
  const auto context = context_of(kAdmin);
  const auto reader = admin_->Forget(context.get(), request);
  for (v1::ForgetResponse response; reader->Read(&response);) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_THAT(read_file(audit_file()), HasSubstr("count_only: true\",\"refused\""));
}

TEST_F(AuditTest, what_is_too_long_for_the_record_is_cut_and_says_so) {
  ask_for_backup(*admin_, "/" + std::string(4995, 'a'));
  EXPECT_THAT(read_file(audit_file()),
              HasSubstr("\"subject\":\"/" + std::string(4095, 'a') +
                        "\",\"subject_left_out\":900,\"refused\":\"\"}\n"));
}

TEST_F(AuditTest, strangers_cannot_fill_the_disk_with_the_record) {
  v1::LookupResponse response;
  for (int i = 0; i < Audit::kStrangersMax + 7; ++i) {
    lookup_as("wrong", "", &response);
  }
  EXPECT_EQ(std::ranges::count(read_file(audit_file()), '\n'), Audit::kStrangersMax);
  lookup_as(kAsker, "", &response);
  EXPECT_THAT(read_file(audit_file()), HasSubstr("\"refused\":\"\",\"left_out\":7}\n"));
  clock_.advance(Seconds(1));
  lookup_as("wrong", "", &response);
  EXPECT_EQ(std::ranges::count(read_file(audit_file()), '\n'), Audit::kStrangersMax + 2);
}

TEST_F(AuditTest, a_stranger_gets_no_long_line_into_the_record) {
  v1::LookupResponse response;
  lookup_as("wrong", std::string(2000, 'x'), &response);
  const std::string record = read_file(audit_file());
  EXPECT_THAT(record, HasSubstr("\"client_left_out\":1744"));
  EXPECT_LT(record.size(), 1000U) << "256 of each field that it fills";
}

TEST_F(AuditTest, whatever_is_asked_stays_one_line_of_ascii) {
  v1::LookupResponse response;
  lookup_as(kAsker, std::string("\"\\\n\xC3\xA4") + std::string(2000, 'x'), &response);
  const std::string record = read_file(audit_file());
  EXPECT_THAT(record, HasSubstr("\"client\":\"\\\"\\\\\\u000a\\u00c3\\u00a4x"));
  EXPECT_LT(record.size(), 4500U) << "1024 of each field and 2048 of the filter, some escaped";
  EXPECT_EQ(std::ranges::count(record, '\n'), 1);
}

TEST_F(AuditTest, a_record_that_cannot_be_written_is_told_once_and_stops_nobody) {
  std::vector<std::string> notices;
  options_.audit_file = "/dev/full";
  take_notices(notices);
  start();
  v1::LookupResponse response;
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  EXPECT_EQ(api_status().lost_audit_records(), 3U) << "with that of who asks for it";
  second_->stop();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0], HasSubstr("/dev/full cannot be written"));
}

AuditRecord record_of(std::string_view caller) {
  AuditRecord record{};
  record.caller = caller;
  return record;
}

// As on a disk that is full for a while. Without a server: the limit holds for all that is written.
TEST(AuditRecord, that_was_cut_swallows_no_other) {
  const testing::TemporaryFolder folder;
  const testing::ManualClock clock;
  Audit audit(folder.path() + "/audit", clock);
  ASSERT_TRUE(audit.open().ok());
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{20, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  audit.write(record_of("siem"));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  audit.write(record_of("desk"));
  std::istringstream lines(read_file(folder.path() + "/audit"));
  std::string cut;
  std::string whole;
  ASSERT_TRUE(std::getline(lines, cut) && std::getline(lines, whole));
  EXPECT_EQ(cut.size(), small.rlim_cur);
  EXPECT_THAT(whole, AllOf(StartsWith("{"), HasSubstr("\"caller\":\"desk\""), EndsWith("}")));
}

TEST(AuditRecord, that_was_cut_before_the_start_swallows_no_other) {
  const testing::TemporaryFolder folder;
  const testing::ManualClock clock;
  const std::string file = folder.path() + "/audit";
  const auto lines_after = [&](const std::string& before) {
    write_file(file, before);
    Audit audit(file, clock);
    EXPECT_TRUE(audit.open().ok());
    audit.write(record_of("desk"));
    return read_file(file);
  };
  EXPECT_THAT(lines_after("{\"at\":\"2026"), StartsWith("{\"at\":\"2026\n{\"at\":"));
  EXPECT_THAT(lines_after("{}\n"), StartsWith("{}\n{\"at\":"));
  EXPECT_THAT(lines_after(""), StartsWith("{\"at\":"));
}

TEST_F(AuditTest, a_record_that_was_moved_away_begins_anew) {
  v1::LookupResponse response;
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  std::filesystem::rename(audit_file(), audit_file() + ".1");
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  EXPECT_EQ(std::ranges::count(read_file(audit_file()), '\n'), 1);
  EXPECT_EQ(std::ranges::count(read_file(audit_file() + ".1"), '\n'), 1);
}

TEST_F(AuditTest, a_record_that_cannot_be_written_stops_the_start) {
  options_.audit_file = folder_.path() + "/missing/audit";
  ApiServer server(sources());
  const Status started = server.start(options_);
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message, HasSubstr("/missing/audit"));
}

}  // namespace
}  // namespace etymon::service

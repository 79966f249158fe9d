// Verify and Backup of the API: what they report, whom they refuse, and that they end when nobody
// wants them any more.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/process.h"
#include "tests/unit/service/api_test.h"
#include "tests/unit/service/endless_upkeep.h"
#include "tests/unit/service/faulty_store_test.h"

namespace etymon::service {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

template <class Base>
class UpkeepOf : public Base {
 protected:
  using Base::admin_;
  using Base::delivery;
  using Base::ingest;
  using Base::store_;

  void tell_and_fold() {
    v1::IngestRequest request;
    *request.add_deliveries() = delivery(60);
    EXPECT_TRUE(ingest(request).ok());
    EXPECT_TRUE(store_->fold().ok());
  }

  // Reads to the end; the last report of it is given.
  template <class Report, class Response>
  static grpc::Status follow(grpc::ClientReader<Response>& reader, Report* report) {
    Response response;
    while (reader.Read(&response)) {
      if (response.has_report()) {
        *report = response.report();
      }
    }
    return reader.Finish();
  }

  grpc::Status verify(v1::VerifyReport* report) {
    grpc::ClientContext context;
    return follow(*admin_->Verify(&context, {}), report);
  }

  grpc::Status back_up(const std::string& folder, v1::BackupReport* report) {
    grpc::ClientContext context;
    v1::BackupRequest request;
    request.set_folder(folder);
    return follow(*admin_->Backup(&context, request), report);
  }

  std::string reason_of_backup(const std::string& folder) {
    v1::BackupReport none;
    return error_info(back_up(folder, &none)).reason();
  }
};

using UpkeepTest = UpkeepOf<ApiTest>;

TEST_F(UpkeepTest, a_sound_store_is_verified_as_such) {
  tell_and_fold();
  v1::VerifyReport report;
  ASSERT_TRUE(verify(&report).ok());
  EXPECT_EQ(report.deliveries(), 1U);
  EXPECT_EQ(report.unfolded(), 0U);
  EXPECT_EQ(report.answers(), 1U);
  EXPECT_GT(report.rows(), 4U);
  EXPECT_THAT(report.findings(), IsEmpty());
}

TEST_F(UpkeepTest, damage_is_a_report_and_no_error) {
  tell_and_fold();
  for (const auto& file : fs::recursive_directory_iterator(folder_.path() + "/store/tables")) {
    if (file.path().extension() == ".sst") {
      std::fstream(file.path(), std::ios::in | std::ios::out | std::ios::binary).write("\xFF", 1);
    }
  }
  v1::VerifyReport report;
  ASSERT_TRUE(verify(&report).ok());
  ASSERT_FALSE(report.findings().empty());
  EXPECT_EQ(report.findings(0).part(), "tables");
  EXPECT_THAT(report.findings(0).problem(), HasSubstr("checksum"));
  EXPECT_THAT(report.findings(0).first(), HasSubstr(".sst"));
}

TEST_F(UpkeepTest, a_backup_is_a_store) {
  tell_and_fold();
  const std::string folder = folder_.path() + "/backup";
  v1::BackupReport report;
  const grpc::Status done = back_up(folder, &report);
  ASSERT_TRUE(done.ok()) << done.error_message();
  EXPECT_EQ(report.folder(), folder);
  EXPECT_GT(report.bytes(), 1000U);
  EXPECT_TRUE(fs::exists(folder + "/FORMAT"));
}

TEST_F(UpkeepTest, a_folder_that_cannot_be_made_is_refused_with_its_reason) {
  EXPECT_EQ(reason_of_backup(folder_.path()), "FOLDER_EXISTS");
  EXPECT_EQ(reason_of_backup("backup"), "FOLDER_INVALID");
  EXPECT_EQ(reason_of_backup(folder_.path() + "/store/backup"), "FOLDER_INVALID");
  EXPECT_EQ(reason_of_backup(""), "FOLDER_INVALID");
  EXPECT_EQ(reason_of_backup("/" + std::string(4096, 'x')), "FOLDER_INVALID");
  EXPECT_EQ(reason_of_backup(folder_.path() + "/" + std::string(256, 'x')), "FOLDER_INVALID");
  EXPECT_EQ(reason_of_backup(folder_.path() + "/none/backup"), "FOLDER_NOT_WRITABLE");
  EXPECT_EQ(reason_of_backup("/proc/backup"), "FOLDER_NOT_WRITABLE");
}

// With more than 8 KiB around it, a client would see gRPC's own RESOURCE_EXHAUSTED, and no reason.
TEST_F(UpkeepTest, a_folder_of_any_name_is_refused_with_its_reason) {
  for (const char octet : {'a', '%', '\n'}) {
    EXPECT_EQ(reason_of_backup("/" + std::string(4091, octet) + "/end"), "FOLDER_INVALID");
  }
}

TEST_F(UpkeepTest, what_a_folder_is_refused_for_stands_in_one_line) {
  v1::BackupReport none;
  const std::string message = back_up("/new\nline/backup", &none).error_message();
  EXPECT_THAT(message, StartsWith("/new\\x0aline is no folder"));
}

TEST(Failures, tell_the_beginning_and_the_end_of_a_long_message) {
  const grpc::Status status =
      to_status({.reason = "X", .message = "at the" + std::string(5000, ' ') + "end"});
  EXPECT_LT(status.error_message().size(), 1100);
  EXPECT_THAT(status.error_message(),
              AllOf(StartsWith("at the "), HasSubstr(" ... "), EndsWith(" end")));
}

class BrokenDiskTest : public UpkeepOf<FaultyStoreTest> {
 protected:
  // The journal cannot be opened again until the disk is sound.
  void break_journal() {
    Answer answer;
    answer.question.name = DomainName::from_text("www.example").value();
    answer.chain = {answer.question.name};
    const Delivery one{clock_.wall(), IpAddress::v4(0x0A000001), store_->remember(answer), 60};
    disk_.set(Fault::kIoError);
    EXPECT_EQ(store_->record({&one, 1}), Recorded::kLost);
  }
};

TEST_F(BrokenDiskTest, a_verification_that_cannot_read_the_journal_calls_it_not_damaged) {
  break_journal();
  std::string reason;
  EXPECT_TRUE(testing::eventually([&] {
    v1::VerifyReport report;
    const grpc::Status status = verify(&report);
    reason = status.ok() ? "" : error_info(status).reason();
    EXPECT_THAT(report.findings(), IsEmpty());
    return reason == "STORE_UNAVAILABLE" || !report.findings().empty();
  }));
  EXPECT_EQ(reason, "STORE_UNAVAILABLE");
}

TEST_F(BrokenDiskTest, a_backup_that_cannot_read_the_journal_was_not_stopped) {
  break_journal();
  EXPECT_EQ(reason_of_backup(folder_.path() + "/backup"), "STORE_UNAVAILABLE");
}

TEST(UpkeepFailure, names_a_folder_where_one_was_given_alone) {
  const Error error{ErrorCode::kPermissionDenied, "said by a test"};
  EXPECT_EQ(from_backup(error, {}).reason, "FOLDER_NOT_WRITABLE");
  EXPECT_EQ(from_backup(error, {}).field, "folder");
  EXPECT_EQ(from_upkeep(error, {}).reason, "STORE_UNAVAILABLE");
  EXPECT_EQ(from_upkeep(error, {}).field, "");
}

class EndlessUpkeepTest : public ::testing::Test {
 protected:
  EndlessUpkeep service_;
  const std::unique_ptr<v1::AdminService::Stub> stub_ = service_.client();
};

TEST_F(EndlessUpkeepTest, a_cancelled_call_stops_working) {
  grpc::ClientContext context;
  const auto call = stub_->Verify(&context, {});
  service_.await(true);
  context.TryCancel();
  service_.await(false);
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(EndlessUpkeepTest, a_client_that_does_not_read_holds_up_nothing) {
  grpc::ClientContext context;
  const auto call = stub_->Verify(&context, {});
  service_.await(true);
  const uint64_t before = service_.done;
  while (service_.done < before + 1'000'000) {
    std::this_thread::yield();
  }
  context.TryCancel();
  service_.await(false);
  call->Finish();
}

TEST_F(EndlessUpkeepTest, a_client_that_takes_nothing_for_too_long_is_given_up_and_told_so) {
  service_.stall_time = Seconds(1);
  grpc::ClientContext context;
  const auto call = stub_->Verify(&context, {});
  service_.await(true);
  service_.await(false);
  for (v1::VerifyResponse response; call->Read(&response);) {
  }
  EXPECT_EQ(error_info(call->Finish()).reason(), "CLIENT_STALLED");
}

TEST_F(EndlessUpkeepTest, who_may_not_do_this_any_more_is_stopped) {
  grpc::ClientContext context;
  const auto call = stub_->Verify(&context, {});
  service_.await(true);
  service_.may_go_on = false;
  service_.await(false);
  for (v1::VerifyResponse response; call->Read(&response);) {
  }
  EXPECT_EQ(error_info(call->Finish()).reason(), "TOKEN_UNKNOWN");
}

TEST_F(EndlessUpkeepTest, there_is_one_at_a_time) {
  grpc::ClientContext context;
  const auto call = stub_->Verify(&context, {});
  service_.await(true);
  grpc::ClientContext second;
  const grpc::Status refused = stub_->Verify(&second, {})->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(error_info(refused).reason(), "UPKEEP_BUSY");
  EXPECT_GT(retry_delay(refused), 0);
  context.TryCancel();
  call->Finish();
  service_.await(false);
}

}  // namespace
}  // namespace etymon::service

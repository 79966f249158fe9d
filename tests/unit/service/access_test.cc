// Who may call the API and what they may do, over a loopback address.
#include "tests/unit/service/access_test.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <utility>

#include "api/service/door.h"
#include "api/service/lookups.h"
#include "tests/support/process.h"

namespace etymon::service {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(AccessTest, every_method_wants_a_role_that_the_caller_has) {
  ASSERT_GE(methods().size(), 8U);
  for (const std::string& method : methods()) {
    const bool ingests = method.ends_with("/Ingest");
    const bool asks = !ingests && (method.starts_with("/etymon.v1.ProvenanceService/") ||
                                   method.ends_with("/GetStatus"));
    EXPECT_EQ(is_refused(call(method, kAsker)), !asks) << method;
    EXPECT_EQ(is_refused(call(method, kSensor)), !ingests) << method;
    EXPECT_FALSE(is_refused(call(method, kAdmin))) << method;
    EXPECT_EQ(is_refused(call(method, nullptr)), !asks) << "loopback may ask: " << method;
  }
}

TEST_F(AccessTest, an_unknown_token_is_nobody) {
  const grpc::Status status = call("/etymon.v1.AdminService/GetStatus", "wrong");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(error_info(status).reason(), "TOKEN_UNKNOWN");
}

TEST_F(AccessTest, a_role_that_is_missing_is_said) {
  const grpc::Status status = call("/etymon.v1.ProvenanceService/Ingest", kAsker);
  EXPECT_EQ(error_info(status).reason(), "ROLE_MISSING");
  EXPECT_EQ(status.error_message(), "'siem' has the role ask; this wants ingest");
  EXPECT_THAT(call("/etymon.v1.AdminService/Verify", nullptr).error_message(),
              HasSubstr("this wants admin: use the unix socket, or a token"));
}

TEST_F(AccessTest, loopback_may_do_what_is_set) {
  options_.access.loopback = Role::kAdmin;
  start();
  EXPECT_FALSE(is_refused(call("/etymon.v1.ProvenanceService/Ingest", nullptr)));
}

TEST_F(AccessTest, a_limited_caller_asks_about_its_own_clients_only) {
  ASSERT_TRUE(tell("192.168.1.7", "www.example").ok());
  v1::LookupResponse response;
  EXPECT_TRUE(lookup_as(kDesk, "192.168.1.7", &response).ok());
  EXPECT_EQ(response.candidates_size(), 1);
  for (const char* client : {"192.168.2.7", "", "nine"}) {
    const grpc::Status status = lookup_as(kDesk, client, &response);
    EXPECT_EQ(error_info(status).reason(), "CLIENT_OUT_OF_BOUNDS") << client;
    EXPECT_EQ(error_info(status).metadata().at("field"), "client");
  }
}

TEST_F(AccessTest, a_limited_caller_is_told_nothing_of_others) {
  ASSERT_TRUE(tell("10.0.0.9", "secret.example").ok());
  v1::LookupResponse response;
  ASSERT_TRUE(lookup_as(kDesk, "192.168.1.7", &response).ok());
  EXPECT_EQ(response.verdict(), v1::VERDICT_OTHER_CLIENT);
  EXPECT_EQ(response.candidates_size(), 0);
  ASSERT_TRUE(lookup_as(kAsker, "192.168.1.7", &response).ok());
  EXPECT_EQ(response.candidates_size(), 1) << "an unlimited one is";
}

// More of them than are read on gRPC's threads: what is read at the desk is told there.
TEST_F(AccessTest, a_limited_caller_is_told_nothing_of_others_at_the_desk) {
  std::vector<store::Observed> told;
  for (size_t i = 0; i <= LookupBounds::kQuickPairsMax; ++i) {
    told.push_back(told_of("10.0.0.9", "secret.example"));
    told.back().client = IpAddress::v4(0x0A000000U + static_cast<uint32_t>(i));
  }
  ASSERT_TRUE(store_->ingest(told).ok());
  v1::LookupResponse response;
  ASSERT_TRUE(lookup_as(kDesk, "192.168.1.7", &response).ok());
  EXPECT_EQ(response.verdict(), v1::VERDICT_OTHER_CLIENT);
  EXPECT_EQ(response.candidates_size(), 0);
  const v1::LookupResult result = streamed_as(kDesk, "192.168.1.7");
  EXPECT_EQ(result.answer().verdict(), v1::VERDICT_OTHER_CLIENT);
  EXPECT_EQ(result.answer().candidates_size(), 0);
  EXPECT_GT(streamed_as(kAsker, "192.168.1.7").answer().candidates_size(), 0)
      << "an unlimited one is";
}

// Neither that there are more than an answer has room for, nor that there are too many to read.
TEST_F(AccessTest, a_limited_caller_is_not_told_how_many_others_were_told) {
  store::Observed told = told_of("10.0.0.0", "secret.example");
  const auto tell_hosts = [&](uint32_t first, uint32_t count) {
    std::vector<store::Observed> all(count, told);
    for (uint32_t i = 0; i < count; ++i) {
      all[i].client = IpAddress::v4(0x0A000000U + first + i);
    }
    ASSERT_TRUE(store_->ingest(all).ok());
  };
  const auto expect_nothing_but_that_there_are_others = [this] {
    v1::LookupResponse response;
    const grpc::Status status = lookup_as(kDesk, "192.168.1.7", &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    for (const v1::LookupResponse& answer :
         {response, streamed_as(kDesk, "192.168.1.7").answer()}) {
      EXPECT_EQ(answer.verdict(), v1::VERDICT_OTHER_CLIENT);
      EXPECT_EQ(answer.candidates_size(), 0);
      EXPECT_FALSE(answer.truncated());
    }
  };
  tell_hosts(0, 10'000);
  expect_nothing_but_that_there_are_others();
  EXPECT_TRUE(streamed_as(kAsker, "192.168.1.7").answer().truncated()) << "an unlimited one is";
  tell_hosts(10'000, LookupBounds::kPairsMax);
  expect_nothing_but_that_there_are_others();
  EXPECT_EQ(streamed_as(kAsker, "192.168.1.7").error().reason(), "LOOKUP_TOO_WIDE");
}

TEST_F(AccessTest, a_limited_caller_is_told_nothing_of_others_in_a_stream) {
  ASSERT_TRUE(tell("10.0.0.9", "secret.example").ok());
  const v1::LookupResult result = streamed_as(kDesk, "192.168.1.7");
  EXPECT_EQ(result.answer().verdict(), v1::VERDICT_OTHER_CLIENT);
  EXPECT_EQ(result.answer().candidates_size(), 0);
  EXPECT_EQ(streamed_as(kAsker, "192.168.1.7").answer().candidates_size(), 1)
      << "an unlimited one is";
}

TEST_F(AccessTest, a_limited_caller_is_told_what_the_host_was_told_at_another_address) {
  const IpAddress own = *IpAddress::from_text("192.168.1.7");
  const IpAddress elsewhere = *IpAddress::from_text("10.0.0.7");
  const IpAddress other = *IpAddress::from_text("10.0.0.9");
  attribution::LookupAnswer answer;
  for (const IpAddress& client : {own, elsewhere}) {
    attribution::Candidate& candidate = answer.candidates.emplace_back();
    candidate.client = client;
    candidate.reason = attribution::Reason::kSameHost;
  }
  answer.candidates.emplace_back().client = other;
  answer.hints.emplace_back().client = other;
  answer.hints.emplace_back().client = own;
  remove_others({"desk", Role::kAsk, {*IpPrefix::from_text("192.168.1.0/24")}}, answer);
  EXPECT_EQ(answer.candidates.size(), 2U);
  ASSERT_EQ(answer.hints.size(), 1U);
  EXPECT_EQ(answer.hints[0].client, own);
}

TEST_F(AccessTest, a_limited_caller_lists_its_own_clients_only) {
  v1::ListDeliveriesRequest request;
  v1::ListDeliveriesResponse response;
  const auto list = [&] {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + kDesk);
    return provenance_->ListDeliveries(&context, request, &response);
  };
  EXPECT_EQ(error_info(list()).reason(), "CLIENT_OUT_OF_BOUNDS");
  EXPECT_EQ(error_info(list()).metadata().at("field"), "filter.client");
  request.mutable_filter()->set_client("10.0.0.9");
  EXPECT_EQ(error_info(list()).reason(), "CLIENT_OUT_OF_BOUNDS");
  request.mutable_filter()->set_client("192.168.1.7");
  EXPECT_TRUE(list().ok());
}

TEST_F(AccessTest, a_limited_caller_exports_watches_and_sums_up_its_own_clients_only) {
  const auto reason_of = [this](const char* client) {
    v1::DeliveryFilter filter;
    filter.set_client(client);
    std::vector<grpc::Status> all;
    v1::ExportRequest exported;
    *exported.mutable_filter() = filter;
    const auto exporter = context_of(kDesk);
    const auto exports = provenance_->Export(exporter.get(), exported);
    for (v1::ExportResponse message; exports->Read(&message);) {
    }
    all.push_back(exports->Finish());
    v1::WatchRequest watched;
    *watched.mutable_filter() = filter;
    const auto watcher = context_of(kDesk);
    const auto watches = provenance_->Watch(watcher.get(), watched);
    v1::WatchResponse first;
    all.push_back(watches->Read(&first) ? grpc::Status() : watches->Finish());
    watcher->TryCancel();
    v1::SummarizeRecurrenceRequest summed;
    *summed.mutable_filter() = filter;
    v1::SummarizeRecurrenceResponse days;
    all.push_back(provenance_->SummarizeRecurrence(context_of(kDesk).get(), summed, &days));
    std::string reasons;
    for (const grpc::Status& status : all) {
      reasons += (status.ok() ? "none" : error_info(status).reason()) + " ";
    }
    return reasons;
  };
  const std::string kRefused = "CLIENT_OUT_OF_BOUNDS ";
  EXPECT_EQ(reason_of(""), kRefused + kRefused + kRefused);
  EXPECT_EQ(reason_of("10.0.0.9"), kRefused + kRefused + kRefused);
  EXPECT_EQ(reason_of("192.168.1.7"), "none none none ");
}

TEST_F(AccessTest, a_limited_caller_may_ask_how_the_daemon_is_doing) {
  EXPECT_FALSE(is_refused(call("/etymon.v1.AdminService/GetStatus", kDesk)));
}

TEST_F(AccessTest, the_unix_socket_may_do_everything) {
  server_->stop();
  options_.listen = {socket()};
  start();
  for (const std::string& method : methods()) {
    EXPECT_FALSE(is_refused(call(method, nullptr))) << method;
  }
  EXPECT_TRUE(is_refused(call("/etymon.v1.AdminService/Verify", kAsker)))
      << "who shows a token is who it says";
}

TEST_F(AccessTest, that_the_file_was_read_again_is_no_warning) {
  std::vector<std::string> notices;
  take_notices(notices);
  start();
  v1::LookupResponse response;
  write_file(callers_file(), std::string("siem ask token:") + kAsker + "\n");
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  EXPECT_THAT(notices, ElementsAre("info: the API's callers were read again"));
}

TEST_F(AccessTest, a_pipe_in_the_place_of_the_file_stops_nobody) {
  std::vector<std::string> notices;
  take_notices(notices);
  start();
  v1::LookupResponse response;
  std::filesystem::remove(callers_file());
  ASSERT_EQ(mkfifo(callers_file().c_str(), 0600), 0);
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  EXPECT_THAT(notices, Contains(StartsWith("warning: the API's callers stay as they were")));
}

TEST_F(AccessTest, the_file_is_read_again_when_it_changes) {
  constexpr const char* kNew = "00000000000000000000000000000005";
  v1::LookupResponse response;
  EXPECT_TRUE(is_refused(lookup_as(kNew, "", &response)));
  write_file(callers_file(), std::string("new ask token:") + kNew + "\n");
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kNew, "", &response).ok());
  EXPECT_TRUE(is_refused(lookup_as(kAsker, "", &response))) << "who is gone is out";
  write_file(callers_file(), "rubbish\n");
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kNew, "", &response).ok()) << "a wrong file changes nothing";
  write_file(callers_file(), std::string("tap ingest cert:tap\n"));
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kNew, "", &response).ok()) << "nor one that can let nobody in";
}

TEST_F(AccessTest, a_file_that_others_may_read_by_now_is_told) {
  std::vector<std::string> notices;
  take_notices(notices);
  start();
  v1::LookupResponse response;
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  std::filesystem::permissions(callers_file(), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok()) << "the callers stay as they were";
  EXPECT_THAT(notices, Contains(StartsWith("warning: the API's callers stay as they were")));
}

TEST_F(AccessTest, that_the_file_is_missing_is_told_once_until_that_changes) {
  std::vector<std::string> notices;
  take_notices(notices);
  start();
  const auto look = [&] {
    clock_.advance(Seconds(2));
    v1::LookupResponse response;
    EXPECT_TRUE(lookup_as(kAsker, "", &response).ok()) << "the callers stay as they were";
  };
  const std::string sound = std::string("siem ask token:") + kAsker + "\n";
  const auto trouble = StartsWith("warning: the API's callers stay as they were");
  std::filesystem::remove(callers_file());
  for (int i = 0; i < 5; ++i) {
    look();
  }
  EXPECT_THAT(notices, ElementsAre(trouble));
  write_file(callers_file(), "rubbish\n");
  look();
  EXPECT_EQ(notices.size(), 2U) << "another mistake";
  write_file(callers_file(), sound);
  look();
  std::filesystem::remove(callers_file());
  look();
  EXPECT_THAT(notices, ElementsAre(trouble, trouble, StartsWith("info: "), trouble));
}

TEST_F(AccessTest, a_token_counts_whatever_the_case_of_its_scheme) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", std::string("bearer ") + kAsker);
  v1::LookupRequest request;
  request.set_address("203.0.113.5");
  v1::LookupResponse response;
  EXPECT_TRUE(provenance_->Lookup(&context, request, &response).ok());
}

TEST_F(AccessTest, who_is_taken_off_the_list_is_out_of_a_stream_of_questions) {
  const auto context = context_of(kAsker);
  const auto stream = provenance_->LookupStream(context.get());
  v1::LookupStreamRequest request;
  request.add_questions()->set_address("203.0.113.5");
  v1::LookupStreamResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  take_all_off_the_list();
  stream->Write(request);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(error_info(stream->Finish()).reason(), "TOKEN_UNKNOWN");
}

TEST_F(AccessTest, who_is_taken_off_the_list_sees_nothing_more_of_a_watch) {
  const auto context = context_of(kAsker);
  const auto reader = provenance_->Watch(context.get(), {});
  v1::WatchResponse response;
  ASSERT_TRUE(reader->Read(&response));
  take_all_off_the_list();
  Answer answer;
  answer.question.name = *DomainName::from_text("www.example");
  answer.chain = {answer.question.name};
  const Delivery one{clock_.wall(), IpAddress::v4(0x0A000001), store_->remember(answer), 60};
  ASSERT_EQ(store_->record({&one, 1}), Recorded::kYes);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(error_info(reader->Finish()).reason(), "TOKEN_UNKNOWN");
}

TEST_F(AccessTest, who_is_taken_off_the_list_sees_no_further_page_of_an_export) {
  provenance_ = v1::ProvenanceService::NewStub(
      grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials()));
  ingest_much();
  expect_an_export_to_end_off_the_list();
}

TEST_F(AccessTest, who_is_taken_off_the_list_sees_nothing_more_of_a_page_of_an_export) {
  for (const int64_t second : {100, 90, 80, 70}) {
    v1::IngestRequest message;
    for (int i = 0; i < 2000; ++i) {
      v1::ObservedDelivery one = delivery(second);
      one.mutable_at()->set_nanos(i * 1000);
      *message.add_deliveries() = one;
    }
    ASSERT_TRUE(ingest_by_socket(message).ok());
  }
  expect_an_export_to_end_off_the_list();
}

TEST_F(AccessTest, who_is_taken_off_the_list_is_answered_no_further_questions_of_a_request) {
  for (int i = 0; i < 100; ++i) {
    const std::string name = std::string(60, 'a') + std::to_string(i) + ".example";
    ASSERT_TRUE(tell("192.168.1.7", name.c_str()).ok());
  }
  const auto context = context_of(kAsker);
  const auto slow = narrow_client(second_->listening().at(0).text());
  const auto stream = slow->LookupStream(context.get());
  v1::LookupStreamRequest request;
  for (int i = 0; i < 500; ++i) {
    request.add_questions()->set_address("203.0.113.5");
  }
  v1::LookupStreamResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->WritesDone() && stream->Read(&response));
  take_all_off_the_list();
  int told = response.results_size();
  while (stream->Read(&response)) {
    told += response.results_size();
  }
  EXPECT_LT(told, 500);
  EXPECT_EQ(error_info(stream->Finish()).reason(), "TOKEN_UNKNOWN");
}

TEST_F(AccessTest, who_is_taken_off_the_list_brings_no_more_deliveries) {
  const auto context = context_of(kSensor);
  v1::IngestResponse response;
  const auto writer = provenance_->Ingest(context.get(), &response);
  ASSERT_TRUE(testing::eventually([this] {
    return read_file(audit_file()).find("Ingest") != std::string::npos;
  })) << "the call has begun";
  take_all_off_the_list();
  writer->Write({});
  writer->WritesDone();
  EXPECT_EQ(error_info(writer->Finish()).reason(), "TOKEN_UNKNOWN");
}

// Does something once, when it is asked for the time next: for a record, say, that a call has
// begun.
class HookedClock final : public Clock {
 public:
  explicit HookedClock(const Clock& clock) : clock_(clock) {}

  WallTime wall() const override {
    if (is_set_.exchange(false)) {
      hook_();
    }
    return clock_.wall();
  }
  MonotonicTime monotonic() const override { return clock_.monotonic(); }

  void set(std::function<void()> hook) {
    hook_ = std::move(hook);
    is_set_ = true;
  }

 private:
  const Clock& clock_;
  std::function<void()> hook_;
  mutable std::atomic<bool> is_set_{false};
};

TEST_F(AccessTest, who_is_taken_off_the_list_hears_no_report_of_long_work) {
  const std::string callers = read_file(callers_file());
  HookedClock clock(clock_);
  ApiServer server({*store_, clock, status_, control_, feed_});
  ASSERT_TRUE(server.start(options_).ok());
  const auto admin = v1::AdminService::NewStub(
      grpc::CreateChannel(server.listening().at(0).text(), grpc::InsecureChannelCredentials()));
  const auto reason_of = [&](const auto& begin) {
    write_file(callers_file(), callers);
    clock_.advance(Seconds(2));
    clock.set([this] { take_all_off_the_list(); });
    const auto context = context_of(kAdmin);
    return error_info(begin(*context)->Finish()).reason();
  };
  EXPECT_EQ(reason_of([&](auto& context) { return admin->Verify(&context, {}); }), "TOKEN_UNKNOWN");
  v1::BackupRequest backup;
  backup.set_folder(folder_.path() + "/backup");
  EXPECT_EQ(reason_of([&](auto& context) { return admin->Backup(&context, backup); }),
            "TOKEN_UNKNOWN");
  v1::ForgetRequest forget;
  forget.set_client("192.168.1.7");
  forget.set_count_only(true);
  EXPECT_EQ(reason_of([&](auto& context) { return admin->Forget(&context, forget); }),
            "TOKEN_UNKNOWN");
}

}  // namespace
}  // namespace etymon::service

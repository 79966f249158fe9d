// What those hear, while a stream goes on and of the daemon itself, who may ask about some clients
// only.
#include <gmock/gmock.h>

#include <future>

#include "api/service/lookups.h"
#include "api/service/reading_desk.h"
#include "tests/support/process.h"
#include "tests/unit/service/access_test.h"
#include "tests/unit/service/gated_clock.h"

namespace etymon::service {
namespace {

using ::testing::ElementsAre;

using LimitedCallerTest = AccessTest;

TEST_F(LimitedCallerTest, hears_no_time_of_others_when_it_begins_to_watch) {
  const auto first_token = [this] {
    v1::WatchRequest request;
    request.mutable_filter()->set_client("192.168.1.7");
    const auto context = context_of(kDesk);
    const auto reader = provenance_->Watch(context.get(), request);
    v1::WatchResponse first;
    EXPECT_TRUE(reader->Read(&first));
    context->TryCancel();
    return first.resume_token();
  };
  clock_.advance(Seconds(10));
  const std::string before = first_token();
  Answer answer;
  answer.question.name = *DomainName::from_text("secret.example");
  answer.chain = {answer.question.name};
  const Delivery one{clock_.wall() - Seconds(3), *IpAddress::from_text("10.0.0.9"),
                     store_->remember(answer), 60};
  ASSERT_EQ(store_->record({&one, 1}), Recorded::kYes);
  EXPECT_EQ(first_token(), before);
}

TEST_F(LimitedCallerTest, hears_nothing_of_others_from_how_the_daemon_is_doing) {
  const auto status_for = [this](const char* token) {
    v1::GetStatusResponse status;
    EXPECT_TRUE(admin_->GetStatus(context_of(token).get(), {}, &status).ok());
    return status;
  };
  const v1::GetStatusResponse before = status_for(kDesk);
  const v1::GetStatusResponse all_before = status_for(kAsker);
  Answer answer;
  answer.question.name = *DomainName::from_text("secret.example");
  answer.chain = {answer.question.name};
  const Delivery one{clock_.wall(), *IpAddress::from_text("10.0.0.9"), store_->remember(answer),
                     60};
  ASSERT_EQ(store_->record({&one, 1}), Recorded::kYes);
  EXPECT_EQ(status_for(kDesk).DebugString(), before.DebugString());
  EXPECT_NE(status_for(kAsker).DebugString(), all_before.DebugString()) << "an unlimited one does";
}

// That something was forgotten or imported there, it would say.
TEST_F(LimitedCallerTest, is_not_told_why_recording_began_and_ended) {
  v1::IngestRequest message;
  *message.mutable_covered()->mutable_start() = ago(200);
  *message.mutable_covered()->mutable_end() = ago(100);
  ASSERT_TRUE(ingest_by_socket(message).ok());
  const auto edges_for = [this](const char* token) {
    v1::GetStatusResponse status;
    EXPECT_TRUE(admin_->GetStatus(context_of(token).get(), {}, &status).ok());
    std::vector<v1::CoverageEdge> edges;
    for (const v1::CoverageInterval& interval : status.coverage()) {
      edges.insert(edges.end(), {interval.began(), interval.ended()});
    }
    return edges;
  };
  EXPECT_THAT(edges_for(kAsker), ElementsAre(v1::COVERAGE_EDGE_IMPORT, v1::COVERAGE_EDGE_IMPORT,
                                             v1::COVERAGE_EDGE_START, v1::COVERAGE_EDGE_NOW));
  EXPECT_THAT(edges_for(kDesk),
              ElementsAre(v1::COVERAGE_EDGE_UNSPECIFIED, v1::COVERAGE_EDGE_UNSPECIFIED,
                          v1::COVERAGE_EDGE_UNSPECIFIED, v1::COVERAGE_EDGE_NOW));
}

TEST_F(LimitedCallerTest, hears_since_when_the_daemon_runs_and_what_it_recorded) {
  v1::GetStatusResponse status;
  ASSERT_TRUE(admin_->GetStatus(context_of(kDesk).get(), {}, &status).ok());
  EXPECT_TRUE(status.limited());
  EXPECT_EQ(status.version(), "1.2.3");
  EXPECT_EQ(status.started_at().seconds(), 1'600'000'000);
  EXPECT_TRUE(status.store().recording());
  EXPECT_GT(status.store().keep().seconds(), 0);
  EXPECT_GT(status.store().keep_bytes(), 0U);
  ASSERT_EQ(status.coverage_size(), 1);
  EXPECT_EQ(status.coverage(0).ended(), v1::COVERAGE_EDGE_NOW);
  EXPECT_EQ(status.queries(), 0U);
  EXPECT_FALSE(status.has_deliveries());
  EXPECT_EQ(status.upstreams_size(), 0);
  EXPECT_FALSE(status.has_cache() || status.has_answering() || status.has_asking() ||
               status.has_connections() || status.has_api());
}

// A question for the desk, of more pairs of an address and a host than are read on gRPC's threads.
TEST_F(LimitedCallerTest, is_not_answered_at_the_desk_what_it_may_not_ask_any_more) {
  store::Observed told = told_of("192.168.1.7", "www.example");
  told.answer.addresses.clear();
  for (uint32_t i = 0; i <= LookupBounds::kQuickPairsMax; ++i) {
    told.answer.addresses.push_back({IpAddress::v4(0xC6330000U + i), Via::kA});
  }
  ASSERT_TRUE(store_->ingest({&told, 1}).ok());
  options_.audit_file.clear();  // Whoever writes it asks for the time, too.
  GatedClock gate(clock_);
  ApiServer server({*store_, gate, status_, control_, feed_});
  ASSERT_TRUE(server.start(options_).ok());
  provenance_ = v1::ProvenanceService::NewStub(
      grpc::CreateChannel(server.listening().at(0).text(), grpc::InsecureChannelCredentials()));
  gate.hold_next(ReadingDesk::kThreads);
  std::vector<std::future<bool>> busy;
  while (busy.size() < ReadingDesk::kThreads) {
    busy.push_back(std::async(std::launch::async, [this] {
      v1::ListDeliveriesResponse page;
      return provenance_->ListDeliveries(context_of(kAsker).get(), {}, &page).ok();
    }));
  }
  const int held = static_cast<int>(ReadingDesk::kThreads);
  EXPECT_TRUE(testing::eventually([&] { return gate.asked() == held; }));
  const auto context = context_of(kDesk);
  const auto stream = provenance_->LookupStream(context.get());
  v1::LookupStreamRequest request;
  v1::LookupRequest& question = *request.add_questions();
  question.set_address("198.51.0.0/16");
  question.set_client("192.168.1.7");
  stream->Write(request);
  EXPECT_TRUE(testing::eventually([&] { return gate.asked() == held + 1; })) << "it is looked at";
  write_file(callers_file(), std::string("desk ask token:") + kDesk + " 192.168.2.0/24\n");
  clock_.advance(Seconds(2));
  gate.let_all_go();
  v1::LookupStreamResponse response;
  EXPECT_TRUE(stream->Read(&response));
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).error().reason(), "CLIENT_OUT_OF_BOUNDS");
  context->TryCancel();
}

}  // namespace
}  // namespace etymon::service

// ApiTest: a server on a unix socket with a store of its own, and a client of it.
#pragma once

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/service/api_server.h"
#include "etymon/v1/admin.grpc.pb.h"
#include "etymon/v1/provenance.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/support/fakes.h"

namespace etymon::service {

// Figures that a test can recognise.
class FixedStatus final : public StatusSource {
 public:
  ResolverStatus status() const override {
    ResolverStatus status;
    status.version = "1.2.3";
    status.started_at = WallTime(Seconds(1'600'000'000));
    status.queries = 50;
    status.malformed = 7;
    status.answered = 40;
    status.answering = {.local = 1,
                        .blocked = 2,
                        .stale = 3,
                        .joined = 4,
                        .refreshes = 5,
                        .failed_upstream = 6,
                        .overloaded = 7,
                        .not_recursed = 8,
                        .not_implemented = 9,
                        .denied = 10,
                        .limited = 11,
                        .rebinding = 12,
                        .withheld = 13,
                        .ttl_changed = 14,
                        .good_cookies = 15,
                        .bad_cookies = 16};
    status.asking = {.mismatches = 1,
                     .case_mismatches = 2,
                     .moved_to_tcp = 3,
                     .truncated = 4,
                     .edns_refused = 5,
                     .bad_cookies = 6,
                     .unreachable = 7,
                     .rejected = 8,
                     .in_flight = 9,
                     .ports = 10,
                     .exhausted = 11};
    status.connections = {.accepted = 1,
                          .open = 2,
                          .over_limit = 3,
                          .denied = 4,
                          .timed_out = 5,
                          .not_reading = 6,
                          .oversized = 7,
                          .exhausted = 8,
                          .unsent = 9};
    status.cache = {.hits = 30, .misses = 20, .entries = 10, .bytes = 4096};
    status.upstreams = {{.endpoint = Endpoint::from_text("192.0.2.53:53").value(),
                         .state = UpstreamState::kUp,
                         .srtt = Milliseconds(12),
                         .queries = 20,
                         .answers = 19,
                         .timeouts = 1,
                         .wrong_cookies = 2,
                         .missing_cookies = 3}};
    return status;
  }
};

// Takes what it is told, and keeps it for the test to look at.
class RecordingControl final : public ResolverControl {
 public:
  std::optional<uint64_t> flush_cache(const DomainName& name, FlushExtent extent) override {
    flushed.push_back(name.text() + (extent == FlushExtent::kSubtree ? " and below" : ""));
    return answers;
  }
  api::LogLevel set_log_level(api::LogLevel to) override { return std::exchange(level, to); }

  std::vector<std::string> flushed;
  std::optional<uint64_t> answers = 7;  // nothing: busy
  api::LogLevel level = api::LogLevel::kInfo;
};

// The one google.rpc.ErrorInfo of a failed call; fails the test when there is not exactly one.
inline google::rpc::ErrorInfo error_info(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
  google::rpc::ErrorInfo info;
  int found = 0;
  for (const google::protobuf::Any& detail : details.details()) {
    found += detail.UnpackTo(&info) ? 1 : 0;
  }
  EXPECT_EQ(found, 1) << status.error_message();
  EXPECT_EQ(info.domain(), "etymon");
  return info;
}

// The first detail of this kind of a failed call; an empty one: it has none.
template <class Detail>
Detail detail_of(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  Detail found;
  for (const google::protobuf::Any& detail : details.details()) {
    if (detail.UnpackTo(&found)) {
      return found;
    }
  }
  return {};
}

// Seconds after which a failed call is worth another try; 0: it does not say.
inline int64_t retry_delay(const grpc::Status& status) {
  return detail_of<google::rpc::RetryInfo>(status).retry_delay().seconds();
}

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    store::Options options;
    options.path = folder_.path() + "/store";
    options.on_recorded = [this](std::span<const Delivery> turn) { feed_.publish(turn); };
    options.on_gap = [this](const TimeSpan& gap) { feed_.publish_gap(gap); };
    auto opened = store::Store::open(options, clock_);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
    server_ = std::make_unique<ApiServer>(sources());
    const Status started = server_->start({.listen = {socket()}});
    EXPECT_TRUE(started.ok());
    channel_ = grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials());
    provenance_ = v1::ProvenanceService::NewStub(channel_);
    admin_ = v1::AdminService::NewStub(channel_);
  }

  ApiServer::Sources sources() { return {*store_, clock_, status_, control_, feed_}; }

  api::ServerAddress socket() const { return {folder_.path() + "/api.sock", {}}; }

  // Seconds before the present moment.
  google::protobuf::Timestamp ago(int64_t seconds) const {
    google::protobuf::Timestamp time;
    const auto now = std::chrono::floor<Seconds>(clock_.wall()).time_since_epoch();
    time.set_seconds(now.count() - seconds);
    return time;
  }

  // "www.example" by way of "edge.example" at 203.0.113.5, told 192.168.1.7 `seconds` ago.
  v1::ObservedDelivery delivery(int64_t seconds) const {
    v1::ObservedDelivery delivery;
    *delivery.mutable_at() = ago(seconds);
    delivery.set_client("192.168.1.7");
    delivery.set_name("WWW.Example.");
    delivery.set_type(1);
    delivery.add_chain("edge.example");
    delivery.add_addresses()->set_address("203.0.113.5");
    delivery.set_validity_s(60);
    delivery.set_upstream("192.0.2.53:53");
    return delivery;
  }

  grpc::Status ingest(const std::vector<v1::IngestRequest>& messages,
                      v1::IngestResponse* response) {
    grpc::ClientContext context;
    const auto writer = provenance_->Ingest(&context, response);
    for (const v1::IngestRequest& message : messages) {
      writer->Write(message);
    }
    writer->WritesDone();
    return writer->Finish();
  }

  grpc::Status ingest(const v1::IngestRequest& message) {
    v1::IngestResponse response;
    return ingest({message}, &response);
  }

  // More deliveries than have room between a server and a narrow client.
  void ingest_much() {
    v1::IngestRequest message;
    for (int i = 0; i < 20'000; ++i) {
      v1::ObservedDelivery one = delivery(100);
      one.mutable_at()->set_nanos(i * 1000);
      *message.add_deliveries() = one;
    }
    ASSERT_TRUE(ingest(message).ok());
  }

  // With the least of room for what it has not read yet, or all would be on its way at once.
  std::unique_ptr<v1::ProvenanceService::Stub> narrow_client() const {
    return narrow_client(socket().text());
  }
  static std::unique_ptr<v1::ProvenanceService::Stub> narrow_client(const std::string& server) {
    grpc::ChannelArguments narrow;
    narrow.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    narrow.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 5);
    narrow.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::ProvenanceService::NewStub(
        grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), narrow));
  }

  grpc::Status lookup(const v1::LookupRequest& request, v1::LookupResponse* response) {
    grpc::ClientContext context;
    return provenance_->Lookup(&context, request, response);
  }

  v1::ApiStatus api_status() {
    grpc::ClientContext context;
    v1::GetStatusResponse status;
    EXPECT_TRUE(admin_->GetStatus(&context, {}, &status).ok());
    return status.api();
  }

  // The answer to a question that must have one.
  v1::LookupResponse answer(const std::string& address, int64_t seconds_ago) {
    v1::LookupRequest request;
    request.set_address(address);
    request.set_client("192.168.1.7");
    *request.mutable_at() = ago(seconds_ago);
    v1::LookupResponse response;
    const grpc::Status status = lookup(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  FixedStatus status_;
  RecordingControl control_;
  Feed feed_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ApiServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ProvenanceService::Stub> provenance_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
};

}  // namespace etymon::service

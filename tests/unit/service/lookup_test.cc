// Lookup and LookupStream as a client sees them.
#include <gmock/gmock.h>

#include <atomic>

#include "api/service/conversions.h"
#include "api/service/lookups.h"
#include "tests/unit/service/api_test.h"

namespace etymon::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using LookupTest = ApiTest;

TEST_F(LookupTest, tells_name_chain_and_evidence) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  ASSERT_TRUE(ingest(message).ok());
  const v1::LookupResponse live = answer("203.0.113.5", 10);
  EXPECT_EQ(live.verdict(), v1::VERDICT_LIVE);
  EXPECT_FALSE(live.ambiguous());
  ASSERT_EQ(live.candidates_size(), 1);
  const v1::Candidate& only = live.candidates(0);
  EXPECT_EQ(only.name(), "www.example");
  EXPECT_THAT(only.chain(), ElementsAre("www.example", "edge.example"));
  EXPECT_EQ(only.client(), "192.168.1.7");
  EXPECT_EQ(only.address(), "203.0.113.5");
  EXPECT_EQ(only.answered_at().seconds(), ago(30).seconds());
  EXPECT_EQ(only.valid_until().seconds(), ago(-30).seconds());
  EXPECT_FALSE(only.has_expired_by());
  EXPECT_EQ(only.origin(), v1::ORIGIN_IMPORT);
  EXPECT_EQ(only.upstream(), "192.0.2.53:53");
  EXPECT_EQ(only.transport(), v1::TRANSPORT_UDP);
  EXPECT_EQ(only.via(), v1::VIA_A);
  EXPECT_EQ(only.deliveries(), 1U);
  EXPECT_EQ(only.reason(), v1::REASON_NEWEST_LIVE);
  EXPECT_GT(only.confidence(), 0.9);
}

TEST_F(LookupTest, tells_by_how_much_a_name_had_expired) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(100);
  ASSERT_TRUE(ingest(message).ok());
  const v1::LookupResponse expired = answer("203.0.113.5", 10);
  EXPECT_EQ(expired.verdict(), v1::VERDICT_EXPIRED);
  EXPECT_EQ(expired.candidates(0).expired_by().seconds(), 30);
}

TEST_F(LookupTest, asks_about_the_present_moment_where_none_is_named) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  ASSERT_TRUE(ingest(message).ok());
  v1::LookupRequest request;
  request.set_address("::ffff:203.0.113.5");
  v1::LookupResponse response;
  ASSERT_TRUE(lookup(request, &response).ok());
  EXPECT_EQ(response.verdict(), v1::VERDICT_LIVE);
}

TEST_F(LookupTest, names_other_hosts_where_this_one_was_told_nothing) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  message.mutable_deliveries(0)->set_client("192.168.1.99");
  ASSERT_TRUE(ingest(message).ok());
  const v1::LookupResponse other = answer("203.0.113.5", 10);
  EXPECT_EQ(other.verdict(), v1::VERDICT_OTHER_CLIENT);
  ASSERT_EQ(other.candidates_size(), 1);
  EXPECT_EQ(other.candidates(0).client(), "192.168.1.99");
}

TEST_F(LookupTest, hints_at_what_came_after_the_moment) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  ASSERT_TRUE(ingest(message).ok());
  const v1::LookupResponse before = answer("203.0.113.5", 40);
  EXPECT_EQ(before.candidates_size(), 0);
  ASSERT_EQ(before.hints_size(), 1);
  EXPECT_EQ(before.hints(0).kind(), v1::HINT_KIND_ANSWERED_AFTER);
  EXPECT_EQ(before.hints(0).name(), "www.example");
  EXPECT_EQ(before.hints(0).at().seconds(), ago(30).seconds());
}

TEST_F(LookupTest, answers_ok_where_there_is_no_name) {
  const v1::LookupResponse before_start = answer("203.0.113.99", 10);
  EXPECT_EQ(before_start.verdict(), v1::VERDICT_UNKNOWN);
  EXPECT_FALSE(before_start.coverage().covered());
  clock_.advance(Seconds(60));
  const v1::LookupResponse watched = answer("203.0.113.99", 10);
  EXPECT_EQ(watched.verdict(), v1::VERDICT_NEVER);
  EXPECT_TRUE(watched.coverage().covered());
  EXPECT_EQ(watched.coverage().covered_from().seconds(), ago(60).seconds());
}

struct Mistake {
  const char* reason;
  const char* field;
  void (*make)(v1::LookupRequest&);
};

const Mistake kMistakes[] = {
    {"ADDRESS_MISSING", "address", [](auto& r) { r.clear_address(); }},
    {"ADDRESS_INVALID", "address", [](auto& r) { r.set_address("203.0.113"); }},
    {"ADDRESS_INVALID", "address", [](auto& r) { r.set_address("203.0.113.5/24"); }},
    {"ADDRESS_INVALID", "address", [](auto& r) { r.set_address(std::string(65, '1')); }},
    {"CLIENT_INVALID", "client", [](auto& r) { r.set_client("my-laptop"); }},
    {"CLIENT_INVALID", "client", [](auto& r) { r.set_client("192.168.1.0/24"); }},
    {"CLIENT_INVALID", "client", [](auto& r) { r.set_client(std::string(65, '1')); }},
    {"TIME_INVALID", "at", [](auto& r) { r.mutable_at()->set_seconds(INT64_MAX); }},
    {"TIME_INVALID", "at", [](auto& r) { r.mutable_at()->set_nanos(-1); }},
    {"TOLERANCE_INVALID", "tolerance", [](auto& r) { r.mutable_tolerance()->set_seconds(-1); }},
    {"TOLERANCE_INVALID", "tolerance",
     [](auto& r) { r.mutable_tolerance()->set_seconds(367 * 86'400); }},
    {"PORT_INVALID", "port", [](auto& r) { r.set_port(65'536); }},
    {"PROTO_INVALID", "proto", [](auto& r) { r.set_proto("UDP"); }},
    {"PROTO_INVALID", "proto", [](auto& r) { r.set_proto(std::string(17, 'u')); }},
    {"MIN_COVERAGE_INVALID", "min_coverage",
     [](auto& r) { r.mutable_min_coverage()->set_seconds(INT64_MAX); }},
};

// In AIP-193's way, too, which general clients know.
TEST_F(LookupTest, each_mistake_has_its_reason_and_names_its_field) {
  for (const Mistake& mistake : kMistakes) {
    v1::LookupRequest request;
    request.set_address("203.0.113.5");
    mistake.make(request);
    v1::LookupResponse response;
    const grpc::Status status = lookup(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << mistake.reason;
    EXPECT_FALSE(status.error_message().empty());
    const google::rpc::ErrorInfo info = error_info(status);
    EXPECT_EQ(info.reason(), mistake.reason);
    EXPECT_EQ(info.metadata().at("field"), mistake.field);
    const auto wrong = detail_of<google::rpc::BadRequest>(status);
    ASSERT_EQ(wrong.field_violations_size(), 1) << mistake.reason;
    EXPECT_EQ(wrong.field_violations(0).field(), mistake.field);
    EXPECT_EQ(wrong.field_violations(0).description(), status.error_message());
    EXPECT_EQ(wrong.field_violations(0).reason(), mistake.reason);
  }
}

TEST_F(LookupTest, a_request_beyond_its_limit_is_refused) {
  v1::LookupRequest request;
  request.set_address(std::string(70'000, '1'));
  v1::LookupResponse response;
  const grpc::Status status = lookup(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error_info(status).reason(), "REQUEST_TOO_LARGE");
}

// A device without IPv4 that translates for its programs (464XLAT) is told the one address, and its
// flow has the other.
TEST_F(LookupTest, of_an_address_of_the_nat64_finds_what_was_told_of_the_ipv4_address_in_it) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  ASSERT_TRUE(ingest(message).ok());
  const v1::LookupResponse found = answer("64:ff9b::203.0.113.5", 10);
  EXPECT_EQ(found.verdict(), v1::VERDICT_LIVE);
  ASSERT_EQ(found.candidates_size(), 1);
  EXPECT_EQ(found.candidates(0).address(), "203.0.113.5");
  EXPECT_EQ(answer("64:ff9c::203.0.113.5", 10).candidates_size(), 0);
}

// As DNS64 tells it, with both addresses in one answer.
TEST_F(LookupTest, counts_a_delivery_of_an_address_of_the_nat64_once) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  message.mutable_deliveries(0)->add_addresses()->set_address("64:ff9b::203.0.113.5");
  ASSERT_TRUE(ingest(message).ok());
  const v1::LookupResponse found = answer("64:ff9b::203.0.113.5", 10);
  ASSERT_EQ(found.candidates_size(), 1);
  EXPECT_EQ(found.candidates(0).address(), "64:ff9b::cb00:7105");
  EXPECT_EQ(found.candidates(0).deliveries(), 1U);
}

TEST_F(LookupTest, knows_the_prefix_of_a_nat64_of_ones_own) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  ASSERT_TRUE(ingest(message).ok());
  const auto own = Nat64Prefix::from(IpPrefix::from_text("2001:db8:64::/96").value());
  v1::LookupRequest request;
  request.set_address("2001:db8:64::203.0.113.5");
  const auto found = Lookups(*store_, clock_, *own).answer(request, {});
  EXPECT_EQ(std::get<attribution::LookupAnswer>(found).verdict, attribution::Verdict::kLive);
}

// So many hosts asked for one name that a name of the same address is not among what is read.
TEST_F(LookupTest, is_ambiguous_where_there_is_more_than_is_read) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(40);
  message.mutable_deliveries(0)->set_name("other.example");
  constexpr int kRead = 10'000;
  for (int host = 0; host < kRead; ++host) {
    *message.add_deliveries() = delivery(30);
    message.mutable_deliveries()->rbegin()->set_client("10.0." + std::to_string(host / 250) + "." +
                                                       std::to_string(host % 250));
  }
  ASSERT_TRUE(ingest(message).ok());
  v1::LookupRequest request;
  request.set_address("203.0.113.5");
  v1::LookupResponse response;
  ASSERT_TRUE(lookup(request, &response).ok());
  ASSERT_GT(response.candidates_size(), 0);
  for (const v1::Candidate& candidate : response.candidates()) {
    ASSERT_EQ(candidate.name(), "www.example");
  }
  EXPECT_TRUE(response.truncated());
  EXPECT_TRUE(response.ambiguous());
}

// A block of 4096 addresses, each of which was told to so many hosts.
class WideLookupTest : public ApiTest {
 protected:
  static constexpr int kAddresses = 4096;

  void tell_hosts(int count) {
    v1::IngestRequest message;
    for (int host = 0; host < count; ++host) {
      v1::ObservedDelivery one = delivery(30);
      one.set_client("192.168.1." + std::to_string(host));
      one.clear_addresses();
      for (int i = 0; i < kAddresses; ++i) {
        one.add_addresses()->set_address("198.51." + std::to_string(i / 256) + "." +
                                         std::to_string(i % 256));
      }
      *message.add_deliveries() = std::move(one);
      if (host % 8 == 7 || host == count - 1) {
        ASSERT_TRUE(ingest(message).ok());
        message.Clear();
      }
    }
  }

  // Of all addresses of the block; empty: of all hosts.
  static v1::LookupRequest about(const std::string& client) {
    v1::LookupRequest request;
    request.set_address("198.51.0.0/16");
    request.set_client(client);
    return request;
  }
};

TEST_F(WideLookupTest, one_that_would_read_too_much_is_refused_and_not_answered_in_part) {
  tell_hosts(static_cast<int>(LookupBounds::kPairsMax / kAddresses) + 1);
  v1::LookupResponse response;
  const grpc::Status status = lookup(about(""), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error_info(status).reason(), "LOOKUP_TOO_WIDE");
  ASSERT_TRUE(lookup(about("192.168.1.7"), &response).ok()) << "of one host it is little";
  EXPECT_EQ(response.verdict(), v1::VERDICT_LIVE);
}

TEST_F(WideLookupTest, one_that_nobody_waits_for_any_more_stops_reading) {
  tell_hosts(1);
  const Lookups lookups(*store_, clock_);
  for (const char* client : {"", "192.168.1.0", "192.168.1.99"}) {
    const auto found = lookups.answer(about(client), {.should_stop = [] { return true; }});
    const auto* failure = std::get_if<Failure>(&found);
    ASSERT_NE(failure, nullptr) << client;
    EXPECT_EQ(failure->reason, "READ_TOO_LONG");
  }
}

// More than is read on gRPC's threads.
TEST_F(WideLookupTest, wide_and_narrow_questions_of_a_stream_keep_their_order) {
  tell_hosts(1);
  grpc::ClientContext context;
  const auto stream = provenance_->LookupStream(&context);
  v1::LookupStreamRequest request;
  for (const char* address : {"198.51.0.1", "198.51.0.0/16", "192.0.2.1", "198.51.0.0/17"}) {
    request.add_questions()->set_address(address);
  }
  stream->Write(request);
  stream->WritesDone();
  std::vector<int> candidates;
  for (v1::LookupStreamResponse response; stream->Read(&response);) {
    for (const v1::LookupResult& result : response.results()) {
      candidates.push_back(result.answer().candidates_size());
    }
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_THAT(candidates, ElementsAre(1, 1, 0, 1));
}

TEST_F(WideLookupTest, a_refused_one_is_an_error_in_a_stream_that_goes_on) {
  tell_hosts(static_cast<int>(LookupBounds::kPairsMax / kAddresses) + 1);
  grpc::ClientContext context;
  const auto stream = provenance_->LookupStream(&context);
  v1::LookupStreamRequest request;
  *request.add_questions() = about("");
  *request.add_questions() = about("192.168.1.7");
  stream->Write(request);
  stream->WritesDone();
  v1::LookupStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.results(0).error().reason(), "LOOKUP_TOO_WIDE");
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.results(0).has_answer());
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(LookupError, says_when_it_is_worth_another_try) {
  const v1::LookupError error = write_error({.reason = "X", .retry_after = Seconds(2)});
  EXPECT_EQ(error.retry_after().seconds(), 2);
}

using StreamTest = ApiTest;

v1::LookupStreamRequest questions(const std::vector<std::string>& addresses) {
  v1::LookupStreamRequest request;
  for (const std::string& address : addresses) {
    request.add_questions()->set_address(address);
  }
  return request;
}

// Reads until there are as many results as questions, or the stream ends.
template <class Stream>
std::vector<v1::LookupResult> read_results(Stream& stream, size_t count) {
  std::vector<v1::LookupResult> results;
  v1::LookupStreamResponse response;
  while (results.size() < count && stream.Read(&response)) {
    results.insert(results.end(), response.results().begin(), response.results().end());
  }
  return results;
}

TEST_F(StreamTest, keeps_the_order_and_goes_on_behind_a_wrong_question) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  ASSERT_TRUE(ingest(message).ok());
  grpc::ClientContext context;
  const auto stream = provenance_->LookupStream(&context);
  stream->Write(questions({"203.0.113.5", "nonsense", "203.0.113.99"}));
  stream->Write(questions({"203.0.113.5"}));
  const auto results = read_results(*stream, 4);
  stream->WritesDone();
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].answer().candidates(0).name(), "www.example");
  EXPECT_EQ(results[1].error().code(), google::rpc::INVALID_ARGUMENT);
  EXPECT_EQ(results[1].error().reason(), "ADDRESS_INVALID");
  EXPECT_EQ(results[1].error().field(), "address");
  EXPECT_FALSE(results[1].error().has_retry_after());
  EXPECT_NE(results[1].error().message().find("nonsense"), std::string::npos);
  EXPECT_EQ(results[2].answer().candidates_size(), 0);
  EXPECT_EQ(results[3].answer().candidates(0).name(), "www.example");
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(StreamTest, a_request_beyond_its_limit_ends_it) {
  grpc::ClientContext context;
  const auto stream = provenance_->LookupStream(&context);
  stream->Write(questions(std::vector<std::string>(5000, "203.0.113.5")));
  EXPECT_TRUE(read_results(*stream, 1).empty());
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error_info(status).reason(), "REQUEST_TOO_LARGE");
}

TEST_F(StreamTest, wide_questions_are_cut_and_split_but_all_answered) {
  v1::IngestRequest message;
  for (int i = 0; i < 3000; ++i) {
    v1::ObservedDelivery one = delivery(30);
    one.set_name("n" + std::to_string(i) + "." + std::string(63, 'a') + "." + std::string(63, 'b') +
                 ".example");
    one.mutable_chain()->Clear();
    one.mutable_addresses(0)->set_address("203.0." + std::to_string(i / 250) + "." +
                                          std::to_string(i % 250));
    *message.add_deliveries() = std::move(one);
  }
  ASSERT_TRUE(ingest(message).ok());
  grpc::ClientContext context;
  const auto stream = provenance_->LookupStream(&context);
  stream->Write(questions({"203.0.0.0/16", "203.0.0.0/16", "203.0.0.0/16", "203.0.0.0/16",
                           "203.0.0.0/16", "192.0.2.1"}));
  const auto results = read_results(*stream, 6);
  stream->WritesDone();
  ASSERT_EQ(results.size(), 6U);
  EXPECT_TRUE(results[0].answer().truncated());
  EXPECT_GT(results[4].answer().candidates_size(), 1000);
  EXPECT_FALSE(results[5].answer().truncated());
  EXPECT_TRUE(stream->Finish().ok());
}

// Each look at it is a second later, as if all that is read took long.
class RushingClock final : public Clock {
 public:
  // `clock`: whose wall clock it tells; outlives it.
  explicit RushingClock(const Clock& clock) : clock_(clock) {}

  WallTime wall() const override { return clock_.wall(); }
  MonotonicTime monotonic() const override { return MonotonicTime(Seconds(++looks_)); }

 private:
  const Clock& clock_;
  mutable std::atomic<int64_t> looks_{0};
};

// It would hold one of gRPC's two threads meanwhile.
TEST_F(StreamTest, a_request_that_takes_long_is_answered_in_parts_and_others_go_in_between) {
  const RushingClock rushing(clock_);
  ApiServer server({*store_, rushing, status_, control_, feed_});
  const api::ServerAddress socket{folder_.path() + "/rushing.sock", {}};
  ASSERT_TRUE(server.start({.listen = {socket}}).ok());
  const auto stub = v1::ProvenanceService::NewStub(
      grpc::CreateChannel(socket.text(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto stream = stub->LookupStream(&context);
  stream->Write(questions({"first", "203.0.113.5", "third"}));
  stream->WritesDone();
  std::vector<std::string> errors;
  for (v1::LookupStreamResponse response; stream->Read(&response);) {
    ASSERT_EQ(response.results_size(), 1);
    errors.push_back(response.results(0).error().message());
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_THAT(errors, ElementsAre(HasSubstr("first"), "", HasSubstr("third")));
}

TEST_F(StreamTest, a_caller_that_goes_away_disturbs_nobody) {
  {
    grpc::ClientContext context;
    const auto stream = provenance_->LookupStream(&context);
    stream->Write(questions(std::vector<std::string>(100, "203.0.113.5")));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_EQ(answer("203.0.113.5", 0).candidates_size(), 0);
}

}  // namespace
}  // namespace etymon::service

// What one message takes in memory: some times of what it has on the wire, whatever it says.
#include <gmock/gmock.h>
#include <malloc.h>
#include <unistd.h>

#include "api/service/request_size.h"
#include "tests/support/process.h"
#include "tests/support/process_figures.h"
#include "tests/unit/service/access_test.h"
#include "tests/unit/service/raw_call.h"

namespace etymon::service {
namespace {

constexpr size_t kMessage = (4 << 20) - 16;  // as much as gRPC lets in

// Ten times the largest message, of which the test's own client has some copies in this process.
constexpr size_t kMemoryMax = 40 << 20;

// The same where all is well, with what the store keeps of it: 100,000 deliveries.
constexpr size_t kBatchMemoryMax = 64 << 20;

// `part` again and again, as far as it fits into `octets`.
std::string repeated(std::string_view part, size_t octets) {
  std::string all;
  for (all.reserve(octets); all.size() + part.size() <= octets;) {
    all += part;
  }
  return all;
}

constexpr std::string_view kEmptyElement("\x0A\x00", 2);  // of field 1: of any of our requests
constexpr std::string_view kEmptyGroup("\x7B\x7C", 2);    // of field 15, which nobody knows

// `content` as a field of that number, below 16.
std::string field(int number, const std::string& content) {
  std::string all(1, static_cast<char>(number << 3 | 2));
  for (size_t left = content.size();; left >>= 7) {
    all += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
    if (left <= 0x7F) {
      return all + content;
    }
  }
}

constexpr const char* kIngestMethod = "/etymon.v1.ProvenanceService/Ingest";

class RequestMemoryTest : public AccessTest {
 protected:
  RequestMemoryTest() {
    options_.access.loopback = Role::kAdmin;
    start();
  }

  // The call, and how much more memory this process took at some time of it.
  struct Taken {
    grpc::Status status;
    size_t memory = 0;
  };
  Taken send(const std::string& method, const std::string& message) {
    malloc_trim(0);  // or what the test itself took before would make room
    testing::forget_peak_of(getpid());
    const size_t before = testing::memory_of(getpid(), "VmRSS");
    Taken taken{raw_call(channel_, method, message)};
    taken.memory = testing::memory_of(getpid(), "VmHWM") - before;
    return taken;
  }

  // As few octets as say something.
  v1::IngestRequest short_deliveries(size_t count) const {
    v1::ObservedDelivery shortest;
    *shortest.mutable_at() = ago(50);
    shortest.set_client("::");
    shortest.set_name(".");
    v1::IngestRequest message;
    for (size_t i = 0; i < count; ++i) {
      shortest.mutable_at()->set_nanos(static_cast<int>(i) * 1000);  // or it would be known already
      *message.add_deliveries() = shortest;
    }
    return message;
  }
};

TEST_F(RequestMemoryTest, is_that_of_its_octets_where_elements_are_empty) {
  for (const std::string& method : methods()) {
    for (const std::string_view part : {kEmptyElement, kEmptyGroup}) {
      if (method == kIngestMethod) {
        continue;  // Takes such messages, or looks closer; below.
      }
      const Taken taken = send(method, repeated(part, kMessage));
      EXPECT_EQ(taken.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << method;
      EXPECT_EQ(error_info(taken.status).reason(), "REQUEST_TOO_LARGE") << method;
      EXPECT_LT(taken.memory, kMemoryMax) << method;
    }
  }
}

TEST_F(RequestMemoryTest, is_that_of_its_octets_where_all_deliveries_are_empty) {
  const Taken taken = send(kIngestMethod, repeated(kEmptyElement, kMessage));
  EXPECT_EQ(error_info(taken.status).reason(), "DELIVERY_INVALID");
  EXPECT_LT(taken.memory, kMemoryMax);
}

TEST_F(RequestMemoryTest, is_that_of_its_octets_where_nobody_knows_the_fields) {
  const Taken taken = send(kIngestMethod, repeated(kEmptyGroup, kMessage));
  EXPECT_TRUE(taken.status.ok()) << "a newer sensor may say more than we know";
  EXPECT_LT(taken.memory, kMemoryMax);
}

TEST_F(RequestMemoryTest, is_bounded_where_one_delivery_is_all_of_it) {
  for (const int number : {5, 6, 13}) {  // chain, addresses, withheld
    const std::string empty = field(number, "");
    const Taken largest = send(kIngestMethod, field(1, repeated(empty, kDeliveryBytesMax)));
    EXPECT_EQ(error_info(largest.status).reason(), "DELIVERY_INVALID");
    EXPECT_LT(largest.memory, kMemoryMax);
    const Taken beyond = send(kIngestMethod, field(1, repeated(empty, kMessage)));
    EXPECT_EQ(beyond.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(error_info(beyond.status).reason(), "REQUEST_TOO_LARGE");
    EXPECT_EQ(error_info(beyond.status).metadata().at("field"), "deliveries[0]");
    EXPECT_LT(beyond.memory, kMemoryMax);
  }
}

TEST_F(RequestMemoryTest, is_bounded_where_the_covered_time_comes_in_parts) {
  const std::string part = field(2, repeated(kEmptyGroup, kDeliveryBytesMax));
  const Taken taken = send(kIngestMethod, repeated(part, kMessage));
  EXPECT_EQ(error_info(taken.status).reason(), "COVERED_INVALID");
  EXPECT_LT(taken.memory, kMemoryMax);
}

TEST_F(RequestMemoryTest, is_bounded_where_deliveries_are_as_short_as_they_can_be) {
  const std::string all = short_deliveries(kDeliveriesMax).SerializeAsString();
  const Taken most = send(kIngestMethod, all);
  EXPECT_TRUE(most.status.ok()) << most.status.error_message();
  EXPECT_LT(most.memory, kBatchMemoryMax);
  const Taken more = send(kIngestMethod, all + short_deliveries(1).SerializeAsString());
  EXPECT_EQ(more.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error_info(more.status).reason(), "REQUEST_TOO_LARGE");
  EXPECT_EQ(error_info(more.status).metadata().at("field"), "deliveries[100000]");
}

// Its largest question and the answer to it take some MiB.
TEST_F(RequestMemoryTest, of_a_stream_is_given_back_before_the_stream_is_silent) {
  constexpr size_t kStreams = 16;
  constexpr size_t kSilentMax = 16 << 20;  // of all of them, with what gRPC keeps
  v1::LookupStreamRequest largest;
  ASSERT_TRUE(largest.ParseFromString(repeated(kEmptyElement, kLookupBytesMax)));
  malloc_trim(0);
  const size_t before = testing::memory_of(getpid(), "VmRSS");
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<
      std::unique_ptr<grpc::ClientReaderWriter<v1::LookupStreamRequest, v1::LookupStreamResponse>>>
      streams;
  while (streams.size() < kStreams) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(provenance_->LookupStream(contexts.back().get()));
    ASSERT_TRUE(streams.back()->Write(largest));
    v1::LookupStreamResponse response;
    for (int results = 0; results < largest.questions_size();) {
      ASSERT_TRUE(streams.back()->Read(&response));
      results += response.results_size();
    }
  }
  EXPECT_TRUE(testing::eventually([before] {
    malloc_trim(0);
    return testing::memory_of(getpid(), "VmRSS") < before + kSilentMax;
  })) << testing::memory_of(getpid(), "VmRSS")
      << " of " << before;
  for (const auto& context : contexts) {
    context->TryCancel();
  }
}

}  // namespace
}  // namespace etymon::service

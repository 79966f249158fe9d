// Captures on their way to the server.
#include "api/cli/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "api/cli/moments.h"
#include "tests/support/fakes.h"

namespace etymon::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Takes everything, or nothing.
class RecordingStream final : public IngestStream {
 public:
  bool write(const v1::IngestRequest& request) override {
    requests.push_back(request);
    return !gone;
  }
  Result<v1::IngestResponse> finish() override {
    if (gone) {
      return Error{ErrorCode::kUnavailable, "the server went away"};
    }
    return v1::IngestResponse();
  }

  std::vector<v1::IngestRequest> requests;
  bool gone = false;
};

// Little-endian numbers, as most capture files have them.
std::string le32(uint32_t value) {
  std::string octets;
  for (int shift = 0; shift < 32; shift += 8) {
    octets += static_cast<char>(value >> shift);
  }
  return octets;
}

// A pcap file of Ethernet frames that hold nothing of interest, one a second.
std::string capture_of_frames(uint32_t first_second, int frames) {
  std::string file = le32(0xA1B2C3D4) + std::string("\x02\x00\x04\x00", 4) + le32(0) + le32(0) +
                     le32(65'535) + le32(1);
  for (int i = 0; i < frames; ++i) {
    const std::string frame(60, '\0');
    file += le32(first_second + static_cast<uint32_t>(i)) + le32(0) + le32(60) + le32(60) + frame;
  }
  return file;
}

class Import : public ::testing::Test {
 protected:
  Result<capture::CaptureSummary> import(const std::string& content) {
    const std::string path = folder_.path() + "/capture.pcap";
    std::ofstream(path, std::ios::binary) << content;
    return import_capture(path, stream_, [](uint64_t) {});
  }

  testing::TemporaryFolder folder_;
  RecordingStream stream_;
};

TEST_F(Import, the_span_of_a_capture_becomes_coverage_even_without_answers) {
  const auto summary = import(capture_of_frames(1'700'000'000, 3));
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->ended.ok());
  ASSERT_EQ(stream_.requests.size(), 1U);
  EXPECT_EQ(stream_.requests[0].covered().start().seconds(), 1'700'000'000);
  EXPECT_EQ(stream_.requests[0].covered().end().seconds(), 1'700'000'002);
}

TEST_F(Import, what_is_sound_of_a_damaged_capture_is_imported) {
  std::string cut = capture_of_frames(1'700'000'000, 3);
  cut.resize(cut.size() - 10);
  const auto summary = import(cut);
  ASSERT_TRUE(summary.ok());
  EXPECT_FALSE(summary->ended.ok());
  ASSERT_EQ(stream_.requests.size(), 1U);
  EXPECT_EQ(stream_.requests[0].covered().end().seconds(), 1'700'000'001);
}

TEST_F(Import, of_what_is_no_capture_nothing_is_sent) {
  const auto summary = import("this is no capture at all, but a text of some length");
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(summary->ended.error().message, HasSubstr("capture.pcap"));
  EXPECT_TRUE(stream_.requests.empty());
}

TEST_F(Import, a_server_that_goes_away_is_the_error) {
  stream_.gone = true;
  const auto summary = import(capture_of_frames(1'700'000'000, 3));
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().message, "the server went away");
}

capture::ObservedDelivery delivery() {
  capture::ObservedDelivery observed;
  observed.at = WallTime(Seconds(1'700'000'000));
  observed.client = *IpAddress::from_text("10.0.0.7");
  observed.transport = Transport::kTcp;
  observed.answer.question.name = *DomainName::from_text("www.example.com");
  observed.answer.question.type = RecordType::kAaaa;
  observed.answer.chain = {*DomainName::from_text("www.example.com"),
                           *DomainName::from_text("edge.example.net")};
  observed.answer.addresses = {{*IpAddress::from_text("2001:db8::1"), Via::kAaaa}};
  observed.answer.upstream = *Endpoint::from_text("192.0.2.53:53");
  observed.validity_s = 60;
  return observed;
}

TEST(ToProto, tells_all_of_a_delivery) {
  const v1::ObservedDelivery message = to_proto(delivery());
  EXPECT_EQ(message.at().seconds(), 1'700'000'000);
  EXPECT_EQ(message.client(), "10.0.0.7");
  EXPECT_EQ(message.name(), "www.example.com");
  EXPECT_EQ(message.type(), 28U);
  EXPECT_THAT(message.chain(), ElementsAre("edge.example.net"));
  ASSERT_EQ(message.addresses_size(), 1);
  EXPECT_EQ(message.addresses(0).address(), "2001:db8::1");
  EXPECT_EQ(message.addresses(0).via(), v1::VIA_AAAA);
  EXPECT_EQ(message.rcode(), 0U);
  EXPECT_EQ(message.validity_s(), 60U);
  EXPECT_EQ(message.upstream(), "192.0.2.53:53");
  EXPECT_EQ(message.transport(), v1::TRANSPORT_TCP);
}

TEST(ToProto, keeps_to_the_limits_of_the_api) {
  capture::ObservedDelivery hostile = delivery();
  hostile.validity_s = UINT32_MAX;
  hostile.answer.upstream = Endpoint();
  hostile.answer.chain.resize(200, *DomainName::from_text("step.example"));
  for (uint32_t i = 0; i < 5000; ++i) {
    hostile.answer.addresses.push_back({IpAddress::v4(i), Via::kA});
  }
  const v1::ObservedDelivery message = to_proto(hostile);
  EXPECT_EQ(message.validity_s(), 2'147'483'647U);
  EXPECT_EQ(message.upstream(), "");
  EXPECT_EQ(message.chain_size(), 64);
  EXPECT_EQ(message.addresses_size(), 4096);
}

}  // namespace
}  // namespace etymon::cli

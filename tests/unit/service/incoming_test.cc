#include "api/service/incoming.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace etymon::service {
namespace {

using Question = Incoming<v1::LookupRequest>;

// As the network brings it: in pieces of so many octets.
grpc::ByteBuffer in_pieces(std::string_view octets, size_t size) {
  std::vector<grpc::Slice> pieces;
  for (; !octets.empty(); octets.remove_prefix(std::min(size, octets.size()))) {
    pieces.emplace_back(std::string(octets.substr(0, size)));
  }
  return {pieces.data(), pieces.size()};
}

v1::LookupRequest question() {
  v1::LookupRequest request;
  request.set_client("192.0.2.1");
  request.set_address("203.0.113.83");
  request.mutable_at()->set_seconds(1'700'000'000);
  request.set_port(443);
  return request;
}

TEST(IncomingTest, a_request_is_the_same_in_one_piece_and_in_many) {
  const std::string octets = question().SerializeAsString();
  Question read;
  for (const size_t size : {octets.size(), octets.size() / 2, size_t{1}}) {
    auto came = in_pieces(octets, size);
    read.read(came);
    EXPECT_FALSE(read.failure()) << size;
    EXPECT_EQ(read->SerializeAsString(), octets) << size;
    EXPECT_FALSE(came.Valid()) << size;
    read.Clear();
  }
}

TEST(IncomingTest, what_is_no_request_is_none_in_one_piece_and_in_many) {
  const std::string cut = question().SerializeAsString().substr(0, 5);
  Question read;
  for (const size_t size : {cut.size(), size_t{1}}) {
    auto came = in_pieces(cut, size);
    read.read(came);
    ASSERT_TRUE(read.failure()) << size;
    EXPECT_EQ(read.failure()->reason, "REQUEST_MALFORMED");
    EXPECT_EQ(read->ByteSizeLong(), 0U);
  }
}

TEST(IncomingTest, a_request_has_nothing_of_the_one_before) {
  Question read;
  auto first = in_pieces(question().SerializeAsString(), 1000);
  read.read(first);
  v1::LookupRequest other;
  other.set_address("203.0.113.84");
  auto second = in_pieces(other.SerializeAsString(), 1000);
  read.read(second);
  EXPECT_EQ(read->SerializeAsString(), other.SerializeAsString());
}

}  // namespace
}  // namespace etymon::service

#include "api/service/outgoing.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace etymon::service {
namespace {

TEST(Outgoing, is_sent_in_one_piece_whatever_its_size) {
  for (const size_t size : {0U, 1U, 300U, 2'000'000U}) {
    Outgoing answer;
    answer.octets.assign(size, 'a');
    grpc::ByteBuffer sent;
    bool is_ours = false;
    EXPECT_TRUE(grpc::SerializationTraits<Outgoing>::Serialize(answer, &sent, &is_ours).ok());
    EXPECT_TRUE(is_ours);
    grpc::Slice whole;
    ASSERT_TRUE(sent.TrySingleSlice(&whole).ok());
    EXPECT_EQ(std::string(whole.begin(), whole.end()), answer.octets);
  }
}

// A stream keeps one for as long as it is open, and a call that is refused for want of room, too.
TEST(Outgoing, that_is_given_another_lets_go_of_its_memory) {
  Outgoing answer;
  answer.octets.assign(2'000'000, 'a');
  answer = Outgoing();
  EXPECT_LT(answer.octets.capacity(), 100U);
  Outgoing large;
  large.octets.assign(2'000'000, 'b');
  answer = std::move(large);
  EXPECT_EQ(answer.octets.size(), 2'000'000U);
}

}  // namespace
}  // namespace etymon::service

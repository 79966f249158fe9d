#include "api/service/outgoing.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "etymon/v1/lookup.pb.h"

namespace etymon::service {
namespace {

using Answer = Outgoing<v1::LookupResponse>;

v1::LookupResponse sent(const Answer& answer) {
  grpc::ByteBuffer octets;
  bool is_ours = false;
  EXPECT_TRUE(grpc::SerializationTraits<Answer>::Serialize(answer, &octets, &is_ours).ok());
  EXPECT_TRUE(is_ours);
  grpc::Slice whole;
  EXPECT_TRUE(octets.TrySingleSlice(&whole).ok());
  v1::LookupResponse read;
  EXPECT_TRUE(read.ParseFromArray(whole.begin(), static_cast<int>(whole.size())));
  return read;
}

TEST(Outgoing, sends_what_it_has_whatever_its_size) {
  for (const int candidates : {0, 1, 1000}) {
    Answer answer;
    for (int i = 0; i < candidates; ++i) {
      answer->add_candidates()->set_name("name.number" + std::to_string(i) + ".example");
      answer->mutable_candidates(i)->mutable_answered_at()->set_seconds(i);
    }
    const std::string octets = answer->SerializeAsString();
    EXPECT_EQ(sent(answer).SerializeAsString(), octets) << candidates;
    EXPECT_EQ(answer.ByteSizeLong(), octets.size());
    EXPECT_EQ(sent(answer).SerializeAsString(), octets) << candidates;
  }
}

TEST(Outgoing, sends_what_it_has_whatever_was_done_to_it_after_it_was_counted) {
  Answer answer;
  answer->add_candidates()->set_name("www.example");
  answer.ByteSizeLong();
  answer->add_candidates()->set_name("another.example");
  EXPECT_EQ(sent(answer).candidates_size(), 2);
  answer.ByteSizeLong();
  Answer other;
  other.ByteSizeLong();
  other = std::move(answer);
  EXPECT_EQ(sent(other).candidates_size(), 2);
  other.ByteSizeLong();
  const Answer third = std::move(other);
  EXPECT_EQ(sent(third).candidates_size(), 2);
}

TEST(Outgoing, has_nothing_left_of_an_answer_before) {
  Answer answer;
  answer->add_candidates()->set_name("told.to.another.example");
  answer.ByteSizeLong();
  answer.Clear();
  EXPECT_EQ(sent(answer).ByteSizeLong(), 0U);
  answer->set_ambiguous(true);
  EXPECT_TRUE(sent(answer).ambiguous());
  EXPECT_EQ(sent(answer).candidates_size(), 0);
}

}  // namespace
}  // namespace etymon::service

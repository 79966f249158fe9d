// What is written into the API's messages.
#include <gtest/gtest.h>

#include "api/service/conversions.h"

namespace etymon::service {
namespace {

// Three names, of which the last has octets that are escaped.
attribution::LookupAnswer three_names() {
  attribution::LookupAnswer told;
  for (const char* text : {"a.example", "b.example", "\\001\\002.example"}) {
    auto answer = std::make_shared<Answer>();
    answer->question.name = *DomainName::from_text(text);
    answer->chain = {answer->question.name, *DomainName::from_text("edge.example")};
    attribution::Candidate& candidate = told.candidates.emplace_back();
    candidate.answer = std::move(answer);
    candidate.deliveries = 1;
  }
  return told;
}

size_t octets_of_candidates(const v1::LookupResponse& response) {
  size_t octets = 0;
  for (const v1::Candidate& candidate : response.candidates()) {
    octets += candidate.ByteSizeLong();
  }
  return octets;
}

TEST(WriteAnswer, has_all_candidates_that_fit_and_not_one_more) {
  const attribution::LookupAnswer told = three_names();
  v1::LookupResponse response;
  write_answer(told, SIZE_MAX, response);
  ASSERT_EQ(response.candidates_size(), 3);
  EXPECT_FALSE(response.truncated());
  const size_t all = octets_of_candidates(response);
  write_answer(told, all, response);
  EXPECT_EQ(response.candidates_size(), 3);
  EXPECT_FALSE(response.truncated());
  write_answer(told, all - 1, response);
  EXPECT_EQ(response.candidates_size(), 2);
  EXPECT_TRUE(response.truncated());
  write_answer(told, 0, response);
  EXPECT_EQ(response.candidates_size(), 0);
  EXPECT_TRUE(response.truncated());
}

TEST(WriteAnswer, tells_a_chain_step_by_step_from_the_asked_name_on) {
  v1::LookupResponse response;
  write_answer(three_names(), SIZE_MAX, response);
  for (const v1::Candidate& candidate : response.candidates()) {
    ASSERT_EQ(candidate.chain_size(), 2);
    EXPECT_EQ(candidate.chain(0), candidate.name());
    EXPECT_EQ(candidate.chain(1), "edge.example");
  }
  EXPECT_EQ(response.candidates(2).name(), "\\001\\002.example");
}

TEST(WriteAnswer, leaves_nothing_of_what_the_message_had) {
  v1::LookupResponse used;
  write_answer(three_names(), SIZE_MAX, used);
  attribution::LookupAnswer told = three_names();
  told.candidates.pop_back();
  told.candidates.front().answer = told.candidates.back().answer;
  write_answer(told, SIZE_MAX, used);
  v1::LookupResponse fresh;
  write_answer(told, SIZE_MAX, fresh);
  EXPECT_EQ(used.SerializeAsString(), fresh.SerializeAsString());
}

}  // namespace
}  // namespace etymon::service

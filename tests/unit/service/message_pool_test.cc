#include "api/service/message_pool.h"

#include <gtest/gtest.h>

#include "etymon/v1/lookup.pb.h"

namespace etymon::service {
namespace {

using Pool = MessagePool<v1::LookupRequest, v1::LookupResponse>;

// As a call that is over: its answer was sent.
void give_back(grpc::MessageHolder<v1::LookupRequest, v1::LookupResponse>& pair) {
  pair.response()->ByteSizeLong();
  pair.Release();
}

TEST(MessagePoolTest, a_call_gets_the_messages_of_one_that_is_over_and_finds_them_empty) {
  Pool pool;
  auto* first = pool.AllocateMessages();
  first->request()->set_client("192.0.2.1");
  first->response()->add_candidates()->set_name("told.to.another.example");
  give_back(*first);

  auto* second = pool.AllocateMessages();

  EXPECT_EQ(second, first);
  EXPECT_EQ(second->request()->ByteSizeLong(), 0U);
  EXPECT_EQ(second->response()->ByteSizeLong(), 0U);
  give_back(*second);
}

TEST(MessagePoolTest, calls_at_the_same_time_share_nothing) {
  Pool pool;
  auto* first = pool.AllocateMessages();
  auto* second = pool.AllocateMessages();

  EXPECT_NE(first->response(), second->response());
  give_back(*first);
  give_back(*second);
}

TEST(MessagePoolTest, a_large_answer_is_not_kept) {
  Pool pool;
  auto* large = pool.AllocateMessages();
  for (int i = 0; i < 1000; ++i) {
    large->response()->add_candidates()->set_name("a.name.that.is.long.enough.example");
  }
  give_back(*large);

  auto* next = pool.AllocateMessages();

  EXPECT_EQ(next->response()->mutable_candidates()->ClearedCount(), 0);
  give_back(*next);
}

}  // namespace
}  // namespace etymon::service

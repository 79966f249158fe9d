#include "api/service/message_pool.h"

#include <gtest/gtest.h>

#include "etymon/v1/lookup.pb.h"

namespace etymon::service {
namespace {

using Pool = MessagePool<v1::LookupRequest>;

TEST(MessagePoolTest, a_call_gets_the_messages_of_one_that_is_over_and_finds_them_empty) {
  Pool pool;
  auto* first = pool.AllocateMessages();
  first->request()->set_client("192.0.2.1");
  first->response()->octets = "told.to.another.example";
  first->Release();

  auto* second = pool.AllocateMessages();

  EXPECT_EQ(second, first);
  EXPECT_EQ(second->request()->ByteSizeLong(), 0U);
  EXPECT_EQ(second->response()->octets, "");
  second->Release();
}

TEST(MessagePoolTest, calls_at_the_same_time_share_nothing) {
  Pool pool;
  auto* first = pool.AllocateMessages();
  auto* second = pool.AllocateMessages();

  EXPECT_NE(first->response(), second->response());
  first->Release();
  second->Release();
}

TEST(MessagePoolTest, a_large_answer_is_not_kept) {
  Pool pool;
  auto* large = pool.AllocateMessages();
  large->response()->octets.assign(10'000, 'a');
  large->Release();

  auto* next = pool.AllocateMessages();

  EXPECT_LT(next->response()->octets.capacity(), 10'000U);
  next->Release();
}

}  // namespace
}  // namespace etymon::service

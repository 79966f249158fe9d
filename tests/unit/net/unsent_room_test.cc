#include "resolver/net/unsent_room.h"

#include <gtest/gtest.h>

#include <array>

namespace etymon::net {
namespace {

using Share = UnsentRoom::Share;

TEST(UnsentRoom, one_stream_may_fill_half_of_it) {
  UnsentRoom room(100);
  Share share(&room);
  EXPECT_TRUE(share.hold(50));
  EXPECT_FALSE(share.hold(51));
}

TEST(UnsentRoom, however_many_fill_what_they_may_some_is_left) {
  UnsentRoom room(100);
  std::array greedy{Share(&room), Share(&room), Share(&room), Share(&room), Share(&room)};
  for (Share& share : greedy) {
    size_t own = 0;
    while (share.hold(own + 1)) {
      ++own;
    }
    share.hold(own);
  }
  EXPECT_TRUE(Share(&room).hold(2));
}

TEST(UnsentRoom, what_is_given_back_others_may_hold) {
  UnsentRoom room(100);
  Share other(&room);
  {
    Share share(&room);
    EXPECT_TRUE(share.hold(40));
    EXPECT_FALSE(other.hold(40));
  }
  EXPECT_TRUE(other.hold(40));
  EXPECT_EQ(room.held(), 40U);
}

TEST(UnsentRoom, without_one_there_is_no_limit) {
  EXPECT_TRUE(Share(nullptr).hold(size_t{1} << 40));
}

}  // namespace
}  // namespace etymon::net

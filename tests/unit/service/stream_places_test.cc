// Places for streams: each caller's, those of all, and who gets one that has become free.
#include "api/service/stream_places.h"

#include <gtest/gtest.h>

#include <optional>

namespace etymon::service {
namespace {

std::optional<StreamPlaces::Place> place_for(StreamPlaces& places, const std::string& caller) {
  auto taken = places.take(caller);
  auto* place = std::get_if<StreamPlaces::Place>(&taken);
  return place == nullptr ? std::nullopt : std::optional(std::move(*place));
}

TEST(StreamPlaces, one_caller_cannot_take_those_of_the_others) {
  StreamPlaces places({.caller = 2, .all = 3});
  const auto first = place_for(places, "siem");
  const auto second = place_for(places, "siem");
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(place_for(places, "siem"));
  EXPECT_TRUE(place_for(places, "tap"));
}

TEST(StreamPlaces, all_callers_together_have_no_more_than_there_are) {
  StreamPlaces places({.caller = 2, .all = 2});
  const auto first = place_for(places, "siem");
  const auto second = place_for(places, "tap");
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(place_for(places, "desk"));
  EXPECT_EQ(places.open(), 2);
  EXPECT_EQ(places.refused(), 1U);
}

TEST(StreamPlaces, one_that_has_become_free_is_anybodys) {
  StreamPlaces places({.caller = 1, .all = 1});
  auto first = place_for(places, "siem");
  EXPECT_FALSE(place_for(places, "tap"));
  first.reset();
  EXPECT_EQ(places.open(), 0);
  EXPECT_TRUE(place_for(places, "tap"));
  EXPECT_TRUE(place_for(places, "siem"));
}

}  // namespace
}  // namespace etymon::service

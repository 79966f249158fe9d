#include "resolver/base/deferrable.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "resolver/base/clock.h"

namespace etymon {
namespace {

using Word = Deferrable<std::string>;

void append(Word& word, const std::string& text) {
  word.change([&](std::string& value) { value += text; },
              [&] { return [text](std::string& value) { value += text; }; });
}

TEST(Deferrable, who_changes_it_does_not_wait_for_who_has_the_lock) {
  Word word("");
  {
    auto held = word.lock();
    const auto changed = std::async(std::launch::async, [&] { append(word, "first"); });
    EXPECT_EQ(changed.wait_for(Seconds(10)), std::future_status::ready);
    EXPECT_EQ(*held, "");
  }
  EXPECT_EQ(*word.lock(), "first");
}

TEST(Deferrable, changes_are_made_in_the_order_in_which_they_were_asked_for) {
  Word word("");
  {
    const auto held = word.lock();
    std::async(std::launch::async, [&] {
      append(word, "a");
      append(word, "b");
    }).get();
  }
  append(word, "c");
  EXPECT_EQ(*word.lock(), "abc");
}

TEST(Deferrable, whoever_takes_the_lock_sees_what_was_asked_for_before) {
  constexpr int kChanges = 20'000;
  Deferrable<int> counter(0);
  std::atomic<int> asked_for = 0;
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      for (int before = 0; before < kChanges; before = asked_for) {
        EXPECT_GE(*counter.lock(), before);
      }
    });
  }
  for (int i = 0; i < kChanges; ++i) {
    const auto count = [](int& value) { ++value; };
    counter.change(count, [&] { return count; });
    ++asked_for;
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(*counter.lock(), kChanges);
}

}  // namespace
}  // namespace etymon

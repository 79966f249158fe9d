// A closed store with a folded past for the tests of store/upkeep: three clients, two days, answers
// with and without addresses and chains.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/tables/tables.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {

class PastTest : public ::testing::Test {
 protected:
  PastTest() {
    options_.path = folder_.path() + "/store";
    options_.record_wait = Milliseconds(1000);  // A busy machine must not fail these tests.
  }

  std::unique_ptr<Store> open() {
    auto store = Store::open(options_, clock_);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }

  void deliver_now(Store& store, const Answer& answer, const std::string& client,
                   uint32_t validity_s = 300) {
    clock_.advance(Seconds(60));
    EXPECT_EQ(deliver(store, answer, client, clock_.wall(), validity_s), Recorded::kYes);
  }

  // Two folds, so that rows are merged from two.
  void tell(Store& store) {
    for (int fold = 0; fold < 2; ++fold) {
      for (const char* client : {"10.0.0.1", "10.0.0.2", "2001:db8::5"}) {
        deliver_now(store, cdn_, client, 3 * 86'400);
        clock_.advance(Seconds(60));
        EXPECT_EQ(deliver_through(store, "10.0.0.9", plain_, client, clock_.wall()),
                  Recorded::kYes);
        deliver_now(store, empty_, client);
      }
      ASSERT_TRUE(store.fold().ok());
      clock_.advance(std::chrono::hours(20));
    }
  }

  std::unique_ptr<Tables> open_tables() {
    auto tables = Tables::open(options_.path + "/tables", *rocksdb::Env::Default(), 1 << 20);
    EXPECT_TRUE(tables.ok()) << tables.error().message;
    return tables ? std::move(*tables) : nullptr;
  }

  const Answer cdn_ =
      answer_of("www.example.com", {"192.0.2.1", "192.0.2.2", "2001:db8::1"}, {"cdn.example.net"});
  const Answer plain_ = answer_of("plain.example.org", {"198.51.100.1"});
  const Answer empty_ = answer_of("gone.example.org", {});

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  Options options_;
};

}  // namespace etymon::store

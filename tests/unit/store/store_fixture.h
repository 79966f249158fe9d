// A store in a folder of the test's own, with a clock that the test holds. One thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    options_.path = folder_.path() + "/store";
    options_.record_wait = Milliseconds(1000);  // A busy machine must not fail these tests.
    reopen();
  }

  void reopen() {
    store_.reset();
    auto opened = Store::open(options_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }

  Recorded deliver_now(const Answer& answer, const std::string& client, uint32_t validity_s = 300) {
    clock_.advance(Seconds(1));
    return deliver(*store_, answer, client, clock_.wall(), validity_s);
  }

  std::vector<Evidence> evidence(const std::string& prefix) const {
    return *store_->evidence(about(prefix, clock_.wall()));
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  Options options_;
  std::unique_ptr<Store> store_;
};

}  // namespace etymon::store

// FaultTest: a store on a FaultyDisk, whose clock the test turns, and one answer to deliver.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

#include "store/store_opener.h"
#include "tests/support/eventually.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {

class FaultTest : public ::testing::Test {
 protected:
  FaultTest() {
    options_.path = folder_.path() + "/store";
    options_.tail_deliveries_max = 1000;
    options_.record_wait = Milliseconds(200);  // A busy machine takes more than the default.
    open();
  }
  ~FaultTest() override { disk_.set(FaultyDisk::Fault::kNone); }

  void open() {
    store_.reset();
    auto opened = StoreOpener::open(options_, clock_, disk_.env());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }

  Recorded deliver_one() {
    clock_.advance(Seconds(2));
    return deliver(*store_, answer_, "10.0.0.1", clock_.wall());
  }

  uint64_t found() {
    const auto evidence = store_->evidence(about("192.0.2.1", clock_.wall()));
    return evidence->empty() ? 0 : evidence->front().deliveries;
  }

  template <class Condition>
  static bool eventually(Condition condition) {
    return testing::eventually(condition);
  }

  bool recording() const { return store_->statistics().recording; }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  FaultyDisk disk_;
  Options options_;
  std::unique_ptr<Store> store_;
  const Answer answer_ = answer_of("www.example.com", {"192.0.2.1"});
};

}  // namespace etymon::store

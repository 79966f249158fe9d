// FaultyStoreTest: as ApiTest, with a store on a disk that the test can fill up or break.
#pragma once

#include <memory>

#include "store/store_opener.h"
#include "tests/unit/service/api_test.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::service {

class FaultyStoreTest : public ApiTest {
 protected:
  using Fault = store::FaultyDisk::Fault;

  FaultyStoreTest() {
    server_->stop();
    store_.reset();
    store::Options options;
    options.path = folder_.path() + "/store";
    options.on_recorded = [this](std::span<const Delivery> turn) { feed_.publish(turn); };
    options.on_gap = [this](const TimeSpan& gap) { feed_.publish_gap(gap); };
    auto opened = store::StoreOpener::open(options, clock_, disk_.env());
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
    server_ = std::make_unique<ApiServer>(sources());
    EXPECT_TRUE(server_->start({.listen = {socket()}}).ok());
    channel_ = grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials());
    provenance_ = v1::ProvenanceService::NewStub(channel_);
    admin_ = v1::AdminService::NewStub(channel_);
  }
  ~FaultyStoreTest() override {
    disk_.set(Fault::kNone);
    server_.reset();
    store_.reset();
  }

  store::FaultyDisk disk_;
};

}  // namespace etymon::service

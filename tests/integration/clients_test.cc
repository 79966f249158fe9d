// The API from outside of C++: the clients of tests/clients ask a real daemon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

constexpr const char* kTold =
    "VERDICT_LIVE www.example.test\n"
    "shop.example.test 192.0.2.20\n"
    "www.example.test 192.0.2.10\n"
    "INVALID_ARGUMENT ADDRESS_INVALID\n";

class Clients : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(etymond_.host().ask("shop.example.test").status, "NOERROR");
    ASSERT_EQ(etymond_.host().ask("www.example.test").status, "NOERROR");
  }

  const std::string source_ = ETYMON_SOURCE_DIR;
  const TemporaryFolder folder_;
  const Knot knot_;
  const Etymond etymond_{{knot_.address()}};
};

TEST_F(Clients, in_python) {
  // Debian's own: the one that its packages are for.
  const std::string python = "/usr/bin/python3";
  ASSERT_EQ(run({python, "-c", "import grpc, google.protobuf"}).status, 0)
      << "python3-grpcio and python3-protobuf are not installed: ./dev install test";
  std::vector<std::string> command = {"protoc", "--python_out=" + folder_.path(),
                                      "-I" + source_ + "/proto",
                                      "-I" + source_ + "/proto/third_party"};
  for (const char* file :
       {"etymon/v1/delivery.proto", "etymon/v1/listing.proto", "etymon/v1/lookup.proto",
        "google/rpc/code.proto", "google/rpc/status.proto", "google/rpc/error_details.proto"}) {
    command.emplace_back(file);
  }
  const Finished made = run(command);
  ASSERT_EQ(made.status, 0) << made.err;
  const Finished told = run({python, source_ + "/tests/clients/python/ask.py", folder_.path(),
                             etymond_.api(), "192.0.2.10", "127.0.0.1"});
  EXPECT_EQ(told.out, kTold) << told.err;
  EXPECT_EQ(told.status, 0);
}

TEST_F(Clients, in_node) {
  const std::string modules = source_ + "/build/clients/node/node_modules";
  ASSERT_TRUE(std::filesystem::exists(modules + "/.installed"))
      << "grpc-js is not installed: ./dev install test";
  const Finished told =
      run({"env", "NODE_PATH=" + modules, "node", source_ + "/tests/clients/node/ask.js",
           source_ + "/proto", etymond_.api(), "192.0.2.10", "127.0.0.1"});
  EXPECT_EQ(told.out, kTold) << told.err;
  EXPECT_EQ(told.status, 0);
}

}  // namespace
}  // namespace etymon::testing

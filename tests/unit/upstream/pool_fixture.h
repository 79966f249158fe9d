// A pool with upstreams on the test's own loop. Time is the machine's; waits are kept short by
// upstreams that answer at once, and by a short deadline where a test needs one.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/upstream/pool.h"
#include "tests/support/fakes.h"
#include "tests/support/loop_harness.h"
#include "tests/support/loop_upstream.h"

namespace etymon::upstream {

using testing::address_reply_to;
using testing::LoopUpstream;
using testing::Over;
using testing::reply_to;
using testing::UpstreamQuery;

using Messages = std::vector<std::string>;

inline constexpr uint16_t kServFail = testing::kReplyFlags | 2;
inline constexpr uint16_t kRefused = testing::kReplyFlags | 5;
inline constexpr uint16_t kFormErr = testing::kReplyFlags | 1;
inline constexpr uint16_t kTruncated = testing::kReplyFlags | 0x0200;

inline Messages silence(const UpstreamQuery&) {
  return {};
}
inline Messages answers(const UpstreamQuery& query) {
  return {address_reply_to(query)};
}
inline LoopUpstream::Script always(uint16_t flags) {
  return [flags](const UpstreamQuery& query) { return Messages{reply_to(query, flags)}; };
}

// "wWw.eXaMpLe.", mixed so that restoring the case shows.
inline const std::string kName("\3wWw\7eXaMpLe\0", 13);

class PoolTest : public ::testing::Test {
 protected:
  net::EventLoop& loop() { return harness_.loop(); }

  LoopUpstream& upstream(LoopUpstream::Script script) {
    upstreams_.push_back(std::make_unique<LoopUpstream>(loop(), std::move(script)));
    options_.servers.push_back(upstreams_.back()->endpoint());
    return *upstreams_.back();
  }

  // REQUIRES: all upstreams are there.
  Pool& pool() {
    if (!pool_) {
      pool_.emplace(loop(), options_, random_);
    }
    return *pool_;
  }

  // Asks and waits for the end.
  Result<Response> ask(const std::string& qname = kName) {
    std::optional<Result<Response>> result;
    pool().ask({.qname = qname}, [&](Result<Response> r) { result = std::move(r); });
    EXPECT_FALSE(result.has_value()) << "told from inside ask()";
    EXPECT_TRUE(harness_.run_until([&] { return result.has_value(); }));
    return *std::move(result);
  }

  // An answer came, from `from`, spelled as asked.
  void expect_answer(const Result<Response>& response, const LoopUpstream& from) {
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->server, from.endpoint());
    EXPECT_EQ(response->message.substr(12, kName.size()), kName);
    EXPECT_EQ(response->message.substr(response->message.size() - 4),
              std::string("\xC0\x00\x02\x01", 4));
  }

  ServerStatus status(size_t server = 0) { return pool().status().at(server); }

  testing::LoopHarness harness_;
  testing::SeededRandom random_{7};
  Options options_;
  std::vector<std::unique_ptr<LoopUpstream>> upstreams_;
  std::optional<Pool> pool_;
};

}  // namespace etymon::upstream

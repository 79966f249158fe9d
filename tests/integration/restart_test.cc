// What a store remembers when its daemon dies, and what it admits not to know.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

constexpr const char* kStranger = "203.0.113.200";  // in no answer of the zone

class Restart : public ::testing::Test {
 protected:
  // The daemon's coverage, oldest first.
  std::vector<Json> coverage() const {
    const Json status = etymond_.status();
    return status.at("coverage").get<std::vector<Json>>();
  }

  static WallTime start_of(const Json& interval) { return time_in(interval["span"]["start"]); }
  static WallTime end_of(const Json& interval) { return time_in(interval["span"]["end"]); }

  const SystemClock clock_;
  const Knot knot_;
  Etymond etymond_{{knot_.address()}};
};

TEST_F(Restart, a_killed_daemon_has_lost_no_answer) {
  etymond_.host().ask("www.example.test");
  etymond_.host("127.0.0.5", Tool::kKdig).ask("shop.example.test", "A", Over::kTcp);
  etymond_.host().ask("brief.example.test");
  const WallTime then = clock_.wall();
  const std::vector<std::pair<std::string, std::string>> questions = {{"192.0.2.10", "127.0.0.1"},
                                                                      {"192.0.2.20", "127.0.0.5"},
                                                                      {"192.0.2.20", "127.0.0.1"},
                                                                      {"192.0.2.30", "127.0.0.1"}};
  std::vector<Json> before;
  for (const auto& [address, client] : questions) {
    before.push_back(etymond_.lookup(address, client, then));
  }

  etymond_.kill();
  etymond_.start();
  for (size_t i = 0; i < questions.size(); ++i) {
    const Json after = etymond_.lookup(questions[i].first, questions[i].second, then);
    EXPECT_FALSE(after.at("candidates").empty());
    EXPECT_EQ(after.at("verdict"), before[i].at("verdict"));
    EXPECT_EQ(after.at("candidates"), before[i].at("candidates"));
  }
}

TEST_F(Restart, the_time_between_death_and_restart_is_a_gap) {
  etymond_.host().ask("node.example.test");
  etymond_.kill();
  const WallTime dead = clock_.wall();
  etymond_.start();

  const std::vector<Json> intervals = coverage();
  ASSERT_EQ(intervals.size(), 2U);
  EXPECT_EQ(intervals[0]["began"], "COVERAGE_EDGE_START");
  EXPECT_EQ(intervals[0]["ended"], "COVERAGE_EDGE_CRASH");
  EXPECT_LE(end_of(intervals[0]), dead);
  EXPECT_GE(start_of(intervals[1]), dead);
  EXPECT_EQ(intervals[1]["ended"], "COVERAGE_EDGE_NOW");
  EXPECT_EQ(etymond_.lookup(kStranger, "127.0.0.1", dead).at("verdict"), "VERDICT_UNKNOWN");
  EXPECT_EQ(etymond_.lookup(kStranger, "127.0.0.1").at("verdict"), "VERDICT_NEVER");
}

TEST_F(Restart, an_answer_that_left_is_covered_although_the_daemon_died) {
  etymond_.host().ask("node.example.test");
  const Json live = etymond_.lookup("192.0.2.10", "127.0.0.1");
  const WallTime answered = time_in(live.at("candidates").at(0).at("answered_at"));
  etymond_.kill();
  etymond_.start();
  EXPECT_GE(end_of(coverage().front()), answered);
}

TEST_F(Restart, an_orderly_stop_ends_coverage_as_such) {
  EXPECT_EQ(etymond_.stop(), 0);
  const WallTime stopped = clock_.wall();
  etymond_.start();

  const std::vector<Json> intervals = coverage();
  ASSERT_EQ(intervals.size(), 2U);
  EXPECT_EQ(intervals[0]["ended"], "COVERAGE_EDGE_STOP");
  EXPECT_EQ(etymond_.lookup(kStranger, "127.0.0.1", stopped).at("verdict"), "VERDICT_UNKNOWN");
}

// As of a service that is started every other second while another program has the port.
TEST_F(Restart, starts_that_cannot_listen_leave_the_coverage_as_it_was) {
  const Etymond other({knot_.address()});
  EXPECT_EQ(etymond_.stop(), 0);
  const std::string taken_api = "127.0.0.1:" + std::to_string(free_port());
  const Etymond with_api({knot_.address()}, {"--api", taken_api});
  const auto start = [&](const std::string& listen, const std::string& api) {
    return run({etymond_program(), "--listen", listen, "--upstream", knot_.address(), "--store",
                etymond_.store(), "--api", api});
  };
  const std::string taken = "127.0.0.1:" + std::to_string(other.port());
  const std::string free = "127.0.0.1:" + std::to_string(free_port());
  EXPECT_EQ(start(taken, etymond_.api()).status, 3);
  EXPECT_EQ(start(free, taken_api).status, 3);
  etymond_.start();
  EXPECT_EQ(coverage().size(), 2U);
}

}  // namespace
}  // namespace etymon::testing

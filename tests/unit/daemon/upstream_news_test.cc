// What the log says of upstreams: each change once.
#include "api/daemon/upstream_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/daemon/resolv_conf.h"

namespace etymon::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kSilent =
    " answers in time; clients may be told SERVFAIL, or what is known from before";

upstream::ServerStatus server(const char* address, bool up) {
  upstream::ServerStatus status;
  status.endpoint = *Endpoint::from_text(address, kDnsPort);
  status.up = up;
  return status;
}

class UpstreamNewsTest : public ::testing::Test {
 protected:
  // What is said when they are seen to be so, so many times.
  std::vector<std::string> told(const std::vector<upstream::ServerStatus>& servers,
                                unsigned looks = 1) {
    lines_.clear();
    for (unsigned i = 0; i < looks; ++i) {
      news_.look(servers);
    }
    return lines_;
  }

  std::vector<std::string> lines_;
  UpstreamNews news_{
      {{DomainName::from_text("corp.example").value(), {server("10.0.0.1", true).endpoint}}},
      [this](const std::string& line) { lines_.push_back("warning: " + line); },
      [this](const std::string& line) { lines_.push_back("info: " + line); }};
  const upstream::ServerStatus corp_ = server("10.0.0.1", true);
};

TEST_F(UpstreamNewsTest, one_that_fails_and_one_that_answers_again_are_told_once) {
  const auto good = server("192.0.2.1", true);
  EXPECT_THAT(told({good, server("192.0.2.2", true), corp_}), IsEmpty());
  EXPECT_THAT(
      told({good, server("192.0.2.2", false), corp_}, 100),
      ElementsAre("warning: upstream 192.0.2.2:53 does not answer in time, or with failures only"));
  EXPECT_THAT(told({good, server("192.0.2.2", true), corp_}, 100),
              ElementsAre("info: upstream 192.0.2.2:53 answers again"));
}

TEST_F(UpstreamNewsTest, one_whose_spelling_cannot_be_proven_is_told_once_with_what_to_set) {
  auto other = server("192.0.2.1", true);
  other.case_unproven = true;
  EXPECT_THAT(told({other, corp_}, 100),
              ElementsAre("warning: upstream 192.0.2.1:53 answers in another spelling than it was "
                          "asked in, which may be forged, and refuses TCP; where that is its way, "
                          "name it in upstream.lower_case"));
}

TEST_F(UpstreamNewsTest, that_none_is_left_is_told_besides) {
  const std::vector down = {server("192.0.2.1", false), server("192.0.2.2", false), corp_};
  told({server("192.0.2.1", false), server("192.0.2.2", true), corp_});
  EXPECT_THAT(
      told(down, 100),
      ElementsAre("warning: upstream 192.0.2.2:53 does not answer in time, or with failures only",
                  "warning: no upstream" + kSilent));
  told({server("192.0.2.1", true), server("192.0.2.2", false), corp_}, 100);
  EXPECT_THAT(told(down).back(), "warning: no upstream" + kSilent) << "once more";
}

TEST_F(UpstreamNewsTest, those_of_a_zone_are_a_matter_of_their_own) {
  const auto good = server("192.0.2.1", true);
  EXPECT_THAT(told({good, server("10.0.0.1", false)}, 100),
              ElementsAre("warning: upstream 10.0.0.1:53 of corp.example does not answer in time, "
                          "or with failures only",
                          "warning: no upstream of corp.example" + kSilent));
}

TEST_F(UpstreamNewsTest, those_of_another_network_begin_anew) {
  told({server("192.0.2.1", false), corp_});
  EXPECT_THAT(told({server("198.51.100.1", true), corp_}, 100), IsEmpty());
  EXPECT_THAT(told({}, 100), IsEmpty());
  EXPECT_THAT(told({server("192.0.2.1", true), corp_}, 100), IsEmpty());
}

TEST_F(UpstreamNewsTest, one_that_comes_and_goes_is_down) {
  told({server("192.0.2.1", false), corp_});
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(told({server("192.0.2.1", true), corp_}, UpstreamNews::kLooksUp - 1), IsEmpty());
    EXPECT_THAT(told({server("192.0.2.1", false), corp_}), IsEmpty());
  }
}

}  // namespace
}  // namespace etymon::daemon

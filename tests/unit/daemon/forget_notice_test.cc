// What the log says of forgetting.
#include "api/daemon/forget_notice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace etymon::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Stage = store::ForgetNews::Stage;

store::ForgetNews news(Stage stage) {
  store::ForgetNews news;
  news.stage = stage;
  news.record.by = "unix";
  news.record.by_client = true;
  news.record.by_name = true;
  news.record.report.deliveries = 7;
  news.client = IpPrefix(IpAddress::v4(0x0A000001));
  news.name = *DomainName::from_text("secret.example");
  return news;
}

TEST(ForgetNotice, says_who_asked_and_how_far_it_is) {
  EXPECT_EQ(notice_of(news(Stage::kBegun)),
            "forgetting deliveries of a client with a name, asked for by unix, has begun");
  EXPECT_THAT(notice_of(news(Stage::kDone)), HasSubstr("is done: 7 went"));
  store::ForgetNews failed = news(Stage::kFailed);
  failed.error = "no space";
  EXPECT_THAT(notice_of(failed), HasSubstr("is tried again: no space"));
}

TEST(ForgetNotice, does_not_say_what_is_forgotten) {
  for (const Stage stage : {Stage::kBegun, Stage::kResumed, Stage::kFailed, Stage::kDone}) {
    EXPECT_THAT(notice_of(news(stage)), Not(HasSubstr("secret")));
    EXPECT_THAT(notice_of(news(stage)), Not(HasSubstr("10.0.0.1")));
  }
}

}  // namespace
}  // namespace etymon::daemon

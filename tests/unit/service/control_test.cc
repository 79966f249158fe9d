// FlushCache and SetLogLevel as a client sees them.
#include <gmock/gmock.h>

#include "tests/unit/service/api_test.h"

namespace etymon::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ControlTest : public ApiTest {
 protected:
  grpc::Status flush(const std::string& name, bool subtree, v1::FlushCacheResponse* response) {
    grpc::ClientContext context;
    v1::FlushCacheRequest request;
    request.set_name(name);
    request.set_subtree(subtree);
    return admin_->FlushCache(&context, request, response);
  }

  grpc::Status log_more_or_less(v1::LogLevel level, v1::SetLogLevelResponse* response) {
    grpc::ClientContext context;
    v1::SetLogLevelRequest request;
    request.set_level(level);
    return admin_->SetLogLevel(&context, request, response);
  }
};

TEST_F(ControlTest, flushes_a_name_or_all_below_it_or_everything) {
  v1::FlushCacheResponse response;
  ASSERT_TRUE(flush("www.example.", false, &response).ok());
  EXPECT_EQ(response.answers(), 7U);
  ASSERT_TRUE(flush("example", true, &response).ok());
  ASSERT_TRUE(flush("", false, &response).ok());
  ASSERT_TRUE(flush(".", false, &response).ok());
  EXPECT_THAT(control_.flushed, ElementsAre("www.example", "example and below", ". and below", "."))
      << "the root alone has answers of its own";
}

TEST_F(ControlTest, flushes_nothing_for_what_is_no_name) {
  v1::FlushCacheResponse response;
  for (const std::string& name : {std::string("a..b"), std::string(5000, 'a')}) {
    const grpc::Status status = flush(name, true, &response);
    EXPECT_EQ(error_info(status).reason(), "NAME_INVALID");
    EXPECT_EQ(error_info(status).metadata().at("field"), "name");
  }
  EXPECT_THAT(control_.flushed, IsEmpty());
}

TEST_F(ControlTest, says_when_the_resolver_has_not_come_to_it) {
  control_.answers = std::nullopt;
  v1::FlushCacheResponse response;
  const grpc::Status status = flush("", true, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(error_info(status).reason(), "RESOLVER_BUSY");
  EXPECT_GT(retry_delay(status), 0);
}

TEST_F(ControlTest, the_log_level_is_set_and_the_one_before_is_told) {
  v1::SetLogLevelResponse response;
  ASSERT_TRUE(log_more_or_less(v1::LOG_LEVEL_DEBUG, &response).ok());
  EXPECT_EQ(response.previous(), v1::LOG_LEVEL_INFO);
  ASSERT_TRUE(log_more_or_less(v1::LOG_LEVEL_ERROR, &response).ok());
  EXPECT_EQ(response.previous(), v1::LOG_LEVEL_DEBUG);
  EXPECT_EQ(control_.level, api::LogLevel::kError);
}

TEST_F(ControlTest, a_log_level_that_is_none_changes_nothing) {
  v1::SetLogLevelResponse response;
  for (const int level : {0, 5, -1}) {
    const grpc::Status status = log_more_or_less(static_cast<v1::LogLevel>(level), &response);
    EXPECT_EQ(error_info(status).reason(), "LOG_LEVEL_INVALID");
  }
  EXPECT_EQ(control_.level, api::LogLevel::kInfo);
}

}  // namespace
}  // namespace etymon::service

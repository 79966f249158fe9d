// What those hear, while a stream goes on, who may ask about some clients only.
#include "tests/unit/service/access_test.h"

namespace etymon::service {
namespace {

using LimitedCallerTest = AccessTest;

TEST_F(LimitedCallerTest, hears_no_time_of_others_when_it_begins_to_watch) {
  const auto first_token = [this] {
    v1::WatchRequest request;
    request.mutable_filter()->set_client("192.168.1.7");
    const auto context = context_of(kDesk);
    const auto reader = provenance_->Watch(context.get(), request);
    v1::WatchResponse first;
    EXPECT_TRUE(reader->Read(&first));
    context->TryCancel();
    return first.resume_token();
  };
  clock_.advance(Seconds(10));
  const std::string before = first_token();
  Answer answer;
  answer.question.name = *DomainName::from_text("secret.example");
  answer.chain = {answer.question.name};
  const Delivery one{clock_.wall() - Seconds(3), *IpAddress::from_text("10.0.0.9"),
                     store_->remember(answer), 60};
  ASSERT_EQ(store_->record({&one, 1}), Recorded::kYes);
  EXPECT_EQ(first_token(), before);
}

}  // namespace
}  // namespace etymon::service

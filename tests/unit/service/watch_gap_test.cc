// What whoever watches hears of deliveries that were not recorded.
#include <gmock/gmock.h>

#include "api/service/feed.h"
#include "api/service/listings.h"
#include "tests/support/process.h"
#include "tests/unit/service/faulty_store_test.h"

namespace etymon::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

WallTime at(int64_t second) {
  return WallTime(Seconds(second));
}

CoverageInterval interval(int64_t start, int64_t end, CoverageEdge began = CoverageEdge::kStart) {
  return {{at(start), at(end)}, began, CoverageEdge::kStop};
}

class WatchGapTest : public FaultyStoreTest,
                     public ::testing::WithParamInterface<store::FaultyDisk::Fault> {
 protected:
  // When that was, and what became of it.
  struct Told {
    WallTime at;
    Recorded outcome = Recorded::kLost;
  };

  Told deliver(const std::string& name) {
    Answer answer;
    answer.question.name = DomainName::from_text(name).value();
    answer.chain = {answer.question.name};
    clock_.advance(Microseconds(1));
    const Delivery delivery{clock_.wall(), *IpAddress::from_text("192.168.1.7"),
                            store_->remember(answer), 60};
    return {delivery.at, store_->record({&delivery, 1})};
  }

  // What is lost to a disk that fails for a while.
  WallTime lose() {
    disk_.set(GetParam());
    const Told lost = deliver("lost.example");
    EXPECT_EQ(lost.outcome, Recorded::kLost);
    disk_.set(Fault::kNone);
    EXPECT_TRUE(testing::eventually([this] { return store_->statistics().recording; }));
    return lost.at;
  }

  std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> watch(const std::string& token) {
    v1::WatchRequest request;
    request.set_resume_token(token);
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(gpr_time_from_seconds(30, GPR_TIMESPAN));  // what never comes
    return provenance_->Watch(context_.get(), request);
  }

  static bool has(const v1::TimeSpan& span, WallTime moment) {
    return from_proto(span.start()) <= moment && moment <= from_proto(span.end());
  }
  static WallTime from_proto(const google::protobuf::Timestamp& time) {
    return WallTime(Seconds(time.seconds()) + Microseconds(time.nanos() / 1000));
  }

  std::unique_ptr<grpc::ClientContext> context_;
};

TEST_P(WatchGapTest, is_told_when_recording_goes_on) {
  const auto reader = watch("");
  v1::WatchResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.gaps_size(), 0);
  const WallTime lost = lose();
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.deliveries_size(), 0);
  ASSERT_EQ(message.gaps_size(), 1);
  EXPECT_TRUE(has(message.gaps(0), lost));
  EXPECT_FALSE(message.resume_token().empty());
  const Told kept = deliver("kept.example");
  ASSERT_EQ(kept.outcome, Recorded::kYes);
  EXPECT_FALSE(has(message.gaps(0), kept.at));
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.gaps_size(), 0);
  ASSERT_EQ(message.deliveries_size(), 1);
  EXPECT_EQ(message.deliveries(0).name(), "kept.example");
  context_->TryCancel();
}

TEST_P(WatchGapTest, that_was_while_nobody_watched_is_told_who_goes_on) {
  auto reader = watch("");
  v1::WatchResponse message;
  ASSERT_TRUE(reader->Read(&message));
  ASSERT_EQ(deliver("kept.example").outcome, Recorded::kYes);
  ASSERT_TRUE(reader->Read(&message));
  context_->TryCancel();
  reader->Finish();
  const WallTime lost = lose();
  reader = watch(message.resume_token());
  ASSERT_TRUE(reader->Read(&message));
  ASSERT_EQ(message.gaps_size(), 1);
  EXPECT_TRUE(has(message.gaps(0), lost));
  context_->TryCancel();
}

// With the late error the delivery is on the disk although it was given up.
INSTANTIATE_TEST_SUITE_P(OfADisk, WatchGapTest,
                         ::testing::Values(store::FaultyDisk::Fault::kIoError,
                                           store::FaultyDisk::Fault::kLateError));

TEST(Gaps, are_what_lies_between_the_intervals_since_the_moment) {
  const Coverage coverage({interval(10, 20), interval(30, 40), interval(50, 60)});
  const TimeSpan first{at(20) + Microseconds(1), at(30) - Microseconds(1)};
  const TimeSpan second{at(40) + Microseconds(1), at(50) - Microseconds(1)};
  EXPECT_THAT(gaps_since(coverage, at(15), 9), ElementsAre(first, second));
  EXPECT_THAT(gaps_since(coverage, at(15), 1), ElementsAre(second));
  EXPECT_THAT(gaps_since(coverage, at(45), 9), ElementsAre(TimeSpan{at(45), second.end}));
  EXPECT_THAT(gaps_since(coverage, at(55), 9), IsEmpty());
}

TEST(Gaps, are_not_filled_by_what_was_imported) {
  const Coverage coverage(
      {interval(10, 20), interval(15, 35, CoverageEdge::kImport), interval(30, 40)});
  EXPECT_THAT(gaps_since(coverage, at(15), 9),
              ElementsAre(TimeSpan{at(20) + Microseconds(1), at(30) - Microseconds(1)}));
}

TEST(Gaps, that_nobody_fetches_become_one_beyond_a_limit) {
  Feed feed;
  const auto listener = std::make_shared<Feed::Listener>([] {});
  feed.join(listener);
  const auto many = static_cast<int64_t>(Feed::kGapsMax) + 5;
  for (int64_t second = 1; second <= many; ++second) {
    feed.publish_gap({at(10 * second), at(10 * second + 1)});
  }
  const auto gaps = listener->take(1).gaps;
  ASSERT_EQ(gaps.size(), Feed::kGapsMax);
  EXPECT_EQ(gaps.front(), (TimeSpan{at(10), at(11)}));
  EXPECT_EQ(gaps.back().start, at(10 * static_cast<int64_t>(Feed::kGapsMax)));
  EXPECT_EQ(gaps.back().end, at(10 * many + 1));
  EXPECT_THAT(listener->take(1).gaps, IsEmpty());
}

}  // namespace
}  // namespace etymon::service

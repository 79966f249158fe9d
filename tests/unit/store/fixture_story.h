// A small past that every fixture store holds: what make_store_fixture recorded, and what any later
// program must find in it.
#pragma once

#include <vector>

#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {

inline constexpr WallTime kStoryStart{Seconds(1'700'000'000)};  // 2023-11-14T22:13:20Z
inline constexpr WallTime kStoryImported{Seconds(1'690'000'000)};

// Who passed questions on; told since format 6.
inline IpAddress story_forwarder() {
  return ip("10.0.0.2");
}

inline Answer story_cdn() {
  return answer_of("www.example.com", {"192.0.2.1", "2001:db8::1"}, {"cdn.example.net"});
}

inline Answer story_gone() {
  Answer answer = answer_of("gone.example.org", {});
  answer.rcode = Rcode::kNxDomain;
  return answer;
}

inline Answer story_text() {
  Answer answer = answer_of("text.example.com", {});
  answer.question.type = RecordType::kTxt;
  return answer;
}

// Told four times in as many minutes, from two minutes after the start; since format 8.
inline Answer story_busy() {
  return answer_of("busy.example.com", {"192.0.2.50", "192.0.2.51"});
}

// The first part is folded, the second is left in the journal, perhaps in its turn log.
inline Status tell_story(Store& store, testing::ManualClock& clock) {
  const std::vector<Observed> seen = {
      {kStoryImported, ip("10.0.0.7"), answer_of("old.example.net", {"198.51.100.9"}), 60}};
  const TimeSpan covered{kStoryImported, kStoryImported + Seconds(600)};
  if (const Result<Ingested> taken = store.ingest(seen, covered); !taken) {
    return taken.error();
  }
  const AnswerId cdn = store.remember(story_cdn());
  for (const uint32_t validity_s : {300U, 240U}) {
    const bool is_first = validity_s == 300;
    const Delivery delivery{.at = clock.wall(),
                            .client = ip("10.0.0.5"),
                            .answer = cdn,
                            .validity_s = validity_s,
                            .origin = is_first ? Origin::kUpstream : Origin::kCache,
                            .forwarder = is_first ? IpAddress() : story_forwarder()};
    if (store.record({&delivery, 1}) != Recorded::kYes) {
      return Error{ErrorCode::kIo, "not recorded"};
    }
    clock.advance(Seconds(60));
  }
  deliver(store, story_gone(), "10.0.0.6", clock.wall(), 900);
  for (int told = 0; told < 4; ++told) {
    deliver(store, story_busy(), "10.0.0.8", clock.wall(), 30);
    clock.advance(Seconds(60));
  }
  const Status done = store.fold();
  clock.advance(std::chrono::days(1));
  deliver(store, story_text(), "10.0.0.5", clock.wall(), 30);
  const Delivery last{.at = clock.wall(),
                      .client = ip("2001:db8::77"),
                      .answer = cdn,
                      .validity_s = 20,
                      .forwarder = story_forwarder()};
  if (store.record({&last, 1}) != Recorded::kYes) {
    return Error{ErrorCode::kIo, "not recorded"};
  }
  return done;
}

}  // namespace etymon::store

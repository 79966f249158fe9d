// A small past that every fixture store holds: what make_store_fixture recorded, and what any later
// program must find in it. Those up to format 7 hold less: the story was shorter then.
#pragma once

#include <vector>

#include "store/store_opener.h"
#include "tests/support/covered_import.h"
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

// The rest since format 8, too. Its address has a port.
inline Answer story_service() {
  Answer answer = answer_of("_sip._udp.example.com", {});
  answer.question.type = RecordType::kSrv;
  answer.addresses = {{ip("192.0.2.60"), Via::kAdditional, {.port = 5060, .udp = true}}};
  return answer;
}

// Some of it was not told to the client.
inline Answer story_rebinding() {
  Answer answer = answer_of("rebind.example.com", {"192.0.2.61"});
  answer.rebinding = true;
  answer.withheld = {ip("10.0.0.1")};
  return answer;
}

inline HostSighting story_device() {
  return {.device = "mac:02:00:00:00:00:05",
          .address = ip("10.0.0.5"),
          .seen = {kStoryStart, kStoryStart + Seconds(9)}};
}

// What is let go, and a capture in whose second hour something is forgotten.
inline constexpr WallTime kStoryLetGo{Seconds(1'680'000'000)};
inline constexpr WallTime kStoryFloor{Seconds(1'685'000'000)};
inline constexpr WallTime kStoryForgotten{Seconds(1'695'000'000)};

inline Status tell_past(Store& store) {
  const std::vector<Observed> old = {
      {kStoryLetGo, ip("10.0.0.7"), answer_of("older.example.net", {"198.51.100.8"}), 60}};
  if (const auto taken = import_covered(store, old, {kStoryLetGo, kStoryLetGo + Seconds(600)});
      !taken) {
    return taken.error();
  }
  const std::vector<Observed> secret = {{kStoryForgotten + std::chrono::hours(1), ip("10.0.0.7"),
                                         answer_of("secret.example.net", {"198.51.100.7"}), 60}};
  const TimeSpan capture{kStoryForgotten, kStoryForgotten + std::chrono::hours(3)};
  const auto taken = import_covered(store, secret, capture);
  return taken ? Status() : Status(taken.error());
}

inline Status thin_out(Store& store, const Clock& clock) {
  const auto limited = store.change_retention(
      {.keep = std::chrono::duration_cast<Seconds>(clock.wall() - kStoryFloor)});
  if (!limited) {
    return limited.error();
  }
  StoreOpener::let_go(store);
  ForgetOrder order;
  order.query.name = *DomainName::from_text("secret.example.net");
  order.mode = ForgetMode::kForget;
  order.by = "unix";
  const auto forgotten = store.forget(order);
  return forgotten ? Status() : Status(forgotten.error());
}

// The first part is folded, the second is left in the journal, perhaps in its turn log.
inline Status tell_story(Store& store, testing::ManualClock& clock) {
  const std::vector<Observed> seen = {
      {kStoryImported, ip("10.0.0.7"), answer_of("old.example.net", {"198.51.100.9"}), 60}};
  const TimeSpan covered{kStoryImported, kStoryImported + Seconds(600)};
  if (const Result<Ingested> taken = import_covered(store, seen, covered); !taken) {
    return taken.error();
  }
  if (const Status told = tell_past(store); !told) {
    return told;
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
  deliver(store, story_service(), "10.0.0.9", clock.wall(), 60);
  deliver(store, story_rebinding(), "10.0.0.9", clock.wall(), 60);
  const HostSighting device = story_device();
  store.learn({&device, 1});
  if (const Status saved = store.save_hosts(); !saved) {
    return saved;
  }
  if (const Status folded = store.fold(); !folded) {
    return folded;
  }
  clock.advance(std::chrono::days(1));
  if (const Status thinned = thin_out(store, clock); !thinned) {
    return thinned;
  }
  deliver(store, story_text(), "10.0.0.5", clock.wall(), 30);
  const Delivery last{.at = clock.wall(),
                      .client = ip("2001:db8::77"),
                      .answer = cdn,
                      .validity_s = 20,
                      .forwarder = story_forwarder()};
  if (store.record({&last, 1}) != Recorded::kYes) {
    return Error{ErrorCode::kIo, "not recorded"};
  }
  return {};
}

}  // namespace etymon::store

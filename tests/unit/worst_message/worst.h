// The worst messages, and what they cost: shared by the tests of this folder. One thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <string>
#include <string_view>

#include "resolver/base/bytes.h"
#include "tests/support/dns_messages.h"

namespace etymon::testing {

inline constexpr int kRuns = 40;
inline constexpr int kRunsMax = 5'000;  // some seconds, of a machine that is slow now and then
inline constexpr std::chrono::microseconds kAllowed(1'000);
inline constexpr size_t kMessageMax = 65'535;
inline constexpr size_t kQuestionAt = 12;      // where the header ends
inline constexpr size_t kPointerMax = 0x3FFF;  // RFC 1035 section 4.1.4

// Of this thread: what others do at the same time is not counted.
inline std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

template <class Work>
std::chrono::nanoseconds time_of(const Work& work) {
  const auto before = processor_time();
  work();
  return processor_time() - before;
}

// A fixed piece of work that is none of ours: memory is asked for, octets are compared and copied.
inline void put_names_in_order() {
  std::map<std::string, int> names;
  for (uint32_t i = 0; i < 1'000; ++i) {
    names.emplace("host-" + std::to_string(i * 2'654'435'761U) + ".example", 0);
  }
}
// What it takes on the machine for which kAllowed is meant.
inline constexpr std::chrono::microseconds kYardstick(280);

// As that machine would take: others, and itself at other times, are slower by half.
inline std::chrono::nanoseconds on_that_machine(std::chrono::nanoseconds took,
                                                std::chrono::nanoseconds yardstick) {
  return yardstick > kYardstick
             ? took * std::chrono::nanoseconds(kYardstick).count() / yardstick.count()
             : took;
}

// Of several runs the shortest, which other work on the machine lengthened least; of many, while
// all take too long.
template <class Work>
std::chrono::microseconds shortest(const Work& work) {
  auto least = std::chrono::nanoseconds::max();
  auto yardstick = std::chrono::nanoseconds::max();
  auto took = std::chrono::nanoseconds::max();
  for (int run = 0; run < kRuns || (took > kAllowed && run < kRunsMax); ++run) {
    least = std::min(least, time_of(work));
    yardstick = std::min(yardstick, time_of(put_names_in_order));
    took = on_that_machine(least, yardstick);
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(took);
}

// 127 labels, the most that a name can have.
inline std::string longest_name() {
  std::string text;
  for (int i = 0; i < 127; ++i) {
    text += "a.";
  }
  return text;
}

inline void write_record(ByteWriter& out, RecordType type, std::string_view data) {
  out.u16(static_cast<uint16_t>(type));
  out.u16(1);
  out.u32(300);
  out.u16(static_cast<uint16_t>(data.size()));
  out.bytes(as_bytes(data));
}

inline void write_pointer(ByteWriter& out, size_t to) {
  out.u16(static_cast<uint16_t>(0xC000 | std::min<size_t>(to, kPointerMax)));
}

// A response about `qname` of that many octets at most, filled with what `write(out, number, at)`
// makes of record after record.
template <class Write>
std::string filled(const std::string& qname, size_t octets, const Write& write) {
  std::string message = response(qname, RecordType::kA).wire();
  uint16_t count = 0;
  for (;; ++count) {
    std::string record;
    ByteWriter out(record);
    write(out, count, message.size());
    if (message.size() + record.size() > octets) {
      break;
    }
    message += record;
  }
  store_u16(reinterpret_cast<uint8_t*>(message.data()) + 6, count);
  return message;
}

template <class Write>
std::string filled(const std::string& qname, const Write& write) {
  return filled(qname, kMessageMax, write);
}

// In no order that sorting could profit from: by the multiplier of Knuth's multiplicative hash.
inline std::string address_of(uint32_t number) {
  std::string octets;
  ByteWriter(octets).u32(number * 2'654'435'761U);
  return octets;
}

}  // namespace etymon::testing

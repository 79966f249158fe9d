// Options: how a store is opened. Values; whoever opens it checks their ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "resolver/base/clock.h"
#include "resolver/model/delivery.h"
#include "resolver/model/history.h"
#include "store/model/forget_report.h"
#include "store/model/hosts.h"
#include "store/model/retention_limits.h"

namespace etymon::store {

struct Options {
  std::string path;               // created when missing, mode 0700
  Milliseconds record_wait{20};   // 1 .. 1000: how long a turn waits for the records of others
  Milliseconds sync_every{1000};  // 0 (each write) .. 60000: what a power loss may cost
  size_t tail_deliveries_max =
      1'000'000;                     // 1000 .. 10000000: deliveries held before they are folded
  size_t tail_bytes_max = 64 << 20;  // 1 MiB .. 4 GiB: memory they take before they are folded
  // 0 .. 64 GiB: for answers that are in the tables, beside the 40,000 used last, so that a cached
  // one is recorded without reading the tables: 100 to 200 octets each.
  size_t answers_bytes_max = 32 << 20;
  Seconds fold_after{300};              // 1 .. 86400: older tails are folded even when small
  size_t block_cache_bytes = 32 << 20;  // for reading: half for blocks of the tables, half for rows
  HostOptions hosts = {};
  RetentionLimits retention = {};  // how much is kept; change_retention() changes it later
  // 0 .. 15 days: how long a number from remember() is used. Until then an answer stays, although
  // nothing that is kept refers to it any more.
  Seconds answers_held_for = std::chrono::days(15);
  // Of what is found in memory; unpredictable where outsiders choose what is answered.
  uint64_t table_seed = 0;
  // Told of what record() took, turn by turn, with the times it was given. By the thread that
  // writes the journal, which loops wait for: it must not wait for anything. Empty: nobody is told.
  std::function<void(std::span<const Delivery>)> on_recorded = {};
  // Told of each span in which deliveries may have been lost, when it is over and recording goes
  // on: what on_recorded heard of it is not all. As on_recorded otherwise.
  std::function<void(const TimeSpan&)> on_gap = {};
  // Told when forgetting begins, goes on after a start, fails and will be tried again, and is done.
  // By the thread that folds: it should not take long. Empty: nobody is told.
  std::function<void(const ForgetNews&)> on_forget = {};
  // Told, in words for people, what a start leaves out because it is damaged and which no coverage
  // includes. By the thread that opens the store. Empty: nobody is told.
  std::function<void(const std::string&)> on_loss = {};
};

}  // namespace etymon::store

// What is to be forgotten, and what is said of it afterwards. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "resolver/model/domain_name.h"
#include "resolver/model/history.h"
#include "resolver/model/ip_address.h"
#include "store/model/name_match.h"

namespace etymon::store {

// Deliveries for which all of these hold. At least one is given.
struct ForgetQuery {
  std::optional<IpPrefix> client = {};
  std::optional<DomainName> name = {};  // the asked name, or one of the chain
  NameMatch match = NameMatch::kExact;
  // Closed. No start: since ever. No end, or one beyond the moment of asking: up to that, or up to
  // the last moment on record, where that is later because the clock was ahead.
  std::optional<WallTime> start = {};
  std::optional<WallTime> end = {};
};

enum class ForgetMode {
  kCount,   // tells what would go, and changes nothing
  kForget,  // it goes
};

struct ForgetOrder {
  ForgetQuery query;
  ForgetMode mode = ForgetMode::kCount;
  std::string by =
      {};  // who asks: an address, or how else the caller is known; at most kForgetByMax octets
};

// `answers` and `hosts` are 0 when only counting.
struct ForgetReport {
  uint64_t deliveries = 0;
  uint64_t answers = 0;  // that left the store: nobody is known to have been told of them any more
  uint64_t hours = 0;    // in which something was forgotten; may count one twice after a crash
  uint64_t hosts = 0;    // spans in which the client was known as some device

  friend bool operator==(const ForgetReport&, const ForgetReport&) = default;
};

// What the store keeps of it. Whose or which deliveries they were is what was forgotten.
struct ForgetRecord {
  WallTime asked;
  WallTime done;
  std::string by;  // ForgetOrder::by; kByItself: the client that was forgotten
  bool by_client = false;
  bool by_name = false;
  NameMatch match = NameMatch::kExact;
  TimeSpan span;
  ForgetReport report;

  friend bool operator==(const ForgetRecord&, const ForgetRecord&) = default;
};

inline constexpr const char* kByItself = "the client itself";
inline constexpr size_t kForgetByMax = 64;  // octets
inline constexpr size_t kForgetRecordsMax = 1000;

// For the log.
struct ForgetNews {
  enum class Stage {
    kBegun,    // the order is on the disk
    kResumed,  // it was on the disk at the start
    kFailed,   // it goes on in a while
    kDone,
  };
  Stage stage = Stage::kBegun;
  ForgetRecord record;                  // so far
  std::optional<IpPrefix> client = {};  // as long as they are known
  std::optional<DomainName> name = {};
  std::string error = {};
};

}  // namespace etymon::store

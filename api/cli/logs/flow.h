// Flow: the contact that one log line tells of, as the log has it. Values, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "resolver/base/time_text.h"
#include "resolver/model/ip_address.h"

namespace etymon::cli::logs {

// Whether the networks decide which end is the LAN's host, or the log says that the source is.
enum class Host { kByNetwork, kSource };

struct Flow {
  IpAddress source;       // who began, where the log tells that
  IpAddress destination;  // as the source addressed it
  // Where the destination was translated to: the host behind a forwarded port.
  std::optional<IpAddress> inside = {};
  uint16_t source_port = 0;  // 0: not known
  uint16_t destination_port = 0;
  std::string proto = {};  // as the log writes it: a name or a number; empty: not known
  // When it began; nothing where the line has no time.
  std::optional<WrittenTime> time = {};
  // `time` is of a later event, and the line does not say how long before that it began.
  bool began_before = false;
  Host host = Host::kByNetwork;
};

}  // namespace etymon::cli::logs

// A line of our own export, or of a watch: a delivery, a span that all deliveries of are among the
// lines, or one of which some were not recorded. Pure functions, any thread.
//
//   {"at":"2026-11-23T08:54:13.1Z","client":"192.168.1.7","name":"www.example.com","type":1,...}
//   {"covered":{"start":"2026-11-23T08:00:00Z","end":"2026-11-23T09:00:00Z"}}
//   {"gap":{"start":"2026-11-23T08:00:00Z","end":"2026-11-23T08:00:01Z"}}
//
// The first is etymon.v1.ObservedDelivery in protobuf's JSON with the proto's own field names;
// fields that are not known are passed over.
#pragma once

#include <string_view>
#include <variant>

#include "api/cli/capture/capture_decoder.h"
#include "resolver/base/result.h"
#include "resolver/model/history.h"

namespace etymon::cli {

// A gap takes nothing from what the other lines say.
struct WatchedGap {};

using ExportedLine = std::variant<capture::ObservedDelivery, TimeSpan, WatchedGap>;

// Error kInvalidArgument: no JSON of this form, or beyond a limit of ObservedDelivery; a time after
// `now` is beyond them too. What is given back the server takes.
Result<ExportedLine> read_exported(std::string_view line, WallTime now);

}  // namespace etymon::cli

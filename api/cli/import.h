// Captures into the daemon's memory. Used by one thread.
#pragma once

#include <cstdint>
#include <string>

#include "api/cli/capture/capture_file.h"
#include "api/cli/client.h"
#include "etymon/v1/delivery.pb.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// Reads one capture and sends its deliveries in batches, its span as their coverage behind them.
// What is wrong with the file is in the summary's `ended`, be it damaged somewhere, with all before
// that in the memory, or no capture at all. Errors: the stream's.
Result<capture::CaptureSummary> import_capture(const std::string& path, IngestStream& stream,
                                               const capture::OnRead& on_read);

// As the API takes it; what is beyond its limits is cut off.
v1::ObservedDelivery to_proto(const capture::ObservedDelivery& delivery);

}  // namespace etymon::cli

// Files into the daemon's memory: captures, our own exports, dnsmasq's logs. Used by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/cli/capture/capture_file.h"
#include "api/cli/client.h"
#include "etymon/v1/delivery.pb.h"
#include "resolver/base/result.h"

namespace etymon::cli {

struct ImportSource {
  std::string path;      // "-": standard input
  const Clock& clock;    // nothing is from after what it says when that is read; outlives this
  Microseconds zone{0};  // what times without a zone are ahead of UTC
};

struct ImportSummary {
  capture::CaptureCounters counters;  // of a text the deliveries alone
  uint64_t lines = 0;                 // of a text
  uint64_t known = 0;                 // of the deliveries, those that the memory had already
  uint64_t too_old = 0;               // of the deliveries, those older than what it keeps
  uint64_t drops = 0;                 // of a capture, how often it says that frames were dropped
  uint64_t runs = 0;   // of a capture: more than one where the times of its frames step
  uint64_t gaps = 0;   // of a capture, spans in which responses were or may be missed: not covered
  bool opened = true;  // false: `ended` says why not
  Status ended;        // what is wrong with the file; what was sound of it is in the memory
};

using OpenIngest = std::function<std::unique_ptr<IngestStream>()>;

// Reads one file, tells by its first octets what it is, and sends its deliveries in batches.
// Coverage comes behind them: a capture's span, in pieces where responses in it were missed; the
// spans that an export tells, if every line of it made sense; a log covers nothing. Errors: the
// streams'.
Result<ImportSummary> import_file(const ImportSource& source, const OpenIngest& open,
                                  const capture::OnRead& on_read);

// As the API takes it; what is beyond its limits is cut off.
v1::ObservedDelivery to_proto(const capture::ObservedDelivery& delivery);

}  // namespace etymon::cli

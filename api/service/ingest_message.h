// A message of Ingest, read off the wire one delivery after the other. Pure; any thread.
//
// Parsed as a whole, 4 MiB of empty deliveries take a hundred times as much memory before any of
// them is looked at. So each is parsed by itself, and what was wrong ends it there.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <optional>
#include <vector>

#include "api/service/failure.h"
#include "store/store.h"

namespace etymon::service {

struct IngestBatch {
  std::vector<store::Observed> deliveries;
  std::optional<TimeSpan> covered;
};

// All of it, or what is wrong: DELIVERY_INVALID, COVERED_INVALID, REQUEST_TOO_LARGE,
// REQUEST_MALFORMED.
Outcome<IngestBatch> read_batch(grpc::ByteBuffer& message, WallTime now);

}  // namespace etymon::service

// A fast hash of bytes (XXH3, 64 bits), the same on every machine. Pure, any thread.
//
// Not for secrets. Where strangers choose the bytes, the seed must be unpredictable, and in any
// case equal hashes do not mean equal bytes: compare these. The unseeded value is stored
// (FORMAT.md).
#pragma once

#include <cstdint>

#include "resolver/base/bytes.h"

namespace etymon {

uint64_t hash_bytes(ByteView bytes, uint64_t seed = 0);

}  // namespace etymon

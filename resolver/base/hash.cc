#include "resolver/base/hash.h"

// The short-input paths are inlined into the one function below; a call through the library costs
// as much as the hash of a name does.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace etymon {

uint64_t hash_bytes(ByteView bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace etymon

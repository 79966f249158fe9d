#include "resolver/base/hash.h"

#include <gtest/gtest.h>

namespace etymon {
namespace {

TEST(HashBytes, is_the_value_that_is_stored_on_every_machine) {
  EXPECT_EQ(hash_bytes({}), 0x2D06800538D394C2U);  // XXH3's published value for no input
}

TEST(HashBytes, depends_on_every_octet_and_on_the_seed) {
  const uint64_t hash = hash_bytes(as_bytes("example"));
  EXPECT_EQ(hash, hash_bytes(as_bytes("example")));
  EXPECT_NE(hash, hash_bytes(as_bytes("examplE")));
  EXPECT_NE(hash, hash_bytes(as_bytes("example"), 1));
}

}  // namespace
}  // namespace etymon

#include "resolver/base/siphash.h"

#include <gtest/gtest.h>

#include <string>

namespace etymon {
namespace {

// The key 00 01 ... 0f and the messages 00 01 ... of growing length, from the reference
// implementation of its authors.
TEST(SipHash, is_what_its_authors_say) {
  const std::optional<SipHash> hash = SipHash::open();
  ASSERT_TRUE(hash.has_value());
  SipKey key;
  std::string message;
  for (size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<uint8_t>(i);
  }
  EXPECT_EQ(hash->hash(key, {}), (SipTag{0x31, 0x0E, 0x0E, 0xDD, 0x47, 0xDB, 0x6F, 0x72}));
  for (size_t i = 0; i < 15; ++i) {
    message.push_back(static_cast<char>(i));
  }
  const SipTag known{0xE5, 0x45, 0xBE, 0x49, 0x61, 0xCA, 0x29, 0xA1};
  EXPECT_EQ(hash->hash(key, as_bytes(message)), known);
  EXPECT_EQ(hash->hash(key, as_bytes(message)), known) << "again";
  key[0] = 1;
  EXPECT_NE(hash->hash(key, as_bytes(message)), known);
}

}  // namespace
}  // namespace etymon

// SipHash-2-4, 64 bits: a short keyed hash that nobody without the key can foretell (OpenSSL's).
//
// An object belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "resolver/base/bytes.h"

struct evp_mac_ctx_st;

namespace etymon {

using SipKey = std::array<uint8_t, 16>;
using SipTag = std::array<uint8_t, 8>;  // in the order in which it is sent

class SipHash {
 public:
  // Nothing where OpenSSL is configured not to have it.
  static std::optional<SipHash> open();

  SipTag hash(const SipKey& key, ByteView bytes) const;

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_mac_ctx_st, Free>;

  explicit SipHash(Context context) : context_(std::move(context)) {}
  Context context_;
};

}  // namespace etymon

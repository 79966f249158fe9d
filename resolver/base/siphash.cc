#include "resolver/base/siphash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdlib>

namespace etymon {

void SipHash::Free::operator()(evp_mac_ctx_st* context) const {
  EVP_MAC_CTX_free(context);
}

std::optional<SipHash> SipHash::open() {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  Context context(mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);  // The context has its own share of it.
  size_t size = sizeof(SipTag);
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                                   OSSL_PARAM_construct_end()};
  if (context == nullptr || EVP_MAC_CTX_set_params(context.get(), parameters) != 1) {
    return std::nullopt;
  }
  return SipHash(std::move(context));
}

SipTag SipHash::hash(const SipKey& key, ByteView bytes) const {
  SipTag tag{};
  size_t size = 0;
  const bool done = EVP_MAC_init(context_.get(), key.data(), key.size(), nullptr) == 1 &&
                    EVP_MAC_update(context_.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_MAC_final(context_.get(), tag.data(), &size, tag.size()) == 1;
  if (!done || size != tag.size()) {
    std::abort();  // It computes in memory that it has: this is a fault of ours.
  }
  return tag;
}

}  // namespace etymon

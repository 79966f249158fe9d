#include "resolver/wire/opt.h"

#include <algorithm>

namespace etymon::wire {
namespace {

constexpr size_t kOptionHead = 4;  // code, length
constexpr size_t kNumberOption = kOptionHead + 2;

uint8_t* write_head(uint8_t* out, OptionCode code, size_t size) {
  store_u16(out, static_cast<uint16_t>(code));
  store_u16(out + 2, static_cast<uint16_t>(size));
  return out + kOptionHead;
}

uint8_t* write_number(uint8_t* out, OptionCode code, uint16_t number) {
  out = write_head(out, code, sizeof number);
  store_u16(out, number);
  return out + sizeof number;
}

}  // namespace

size_t ReplyOptions::size() const {
  return (error ? kNumberOption + error_text.size() : 0) + (keepalive_100ms ? kNumberOption : 0) +
         (server_id.empty() ? 0 : kOptionHead + server_id.size()) +
         (cookie ? kOptionHead + cookie->size() : 0) +
         (client_subnet.empty() ? 0 : kOptionHead + client_subnet.size());
}

void ReplyOptions::write(uint8_t* out) const {
  if (!server_id.empty()) {
    out = write_head(out, OptionCode::kServerId, server_id.size());
    out = std::ranges::copy(server_id, out).out;
  }
  if (cookie) {
    out = write_head(out, OptionCode::kCookie, cookie->size());
    out = std::ranges::copy(*cookie, out).out;
  }
  if (!client_subnet.empty()) {
    out = write_head(out, OptionCode::kClientSubnet, client_subnet.size());
    out = std::ranges::copy(client_subnet, out).out;
  }
  if (keepalive_100ms) {
    out = write_number(out, OptionCode::kKeepalive, *keepalive_100ms);
  }
  if (error) {
    out = write_head(out, OptionCode::kExtendedError, sizeof(uint16_t) + error_text.size());
    store_u16(out, static_cast<uint16_t>(*error));
    std::ranges::copy(error_text, out + sizeof(uint16_t));
  }
}

void write_opt(uint8_t* out, const OptFields& fields) {
  out[0] = 0;
  store_u16(out + 1, static_cast<uint16_t>(RecordType::kOpt));
  store_u16(out + 3, kEdnsSize);
  out[5] = static_cast<uint8_t>(static_cast<uint16_t>(fields.rcode) >> 4);
  out[6] = 0;  // version
  store_u16(out + 7, fields.dnssec_ok ? kOptDo : uint16_t{0});
  store_u16(out + 9, fields.options_size);
}

}  // namespace etymon::wire

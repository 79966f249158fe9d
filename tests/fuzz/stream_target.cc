// Any octets as what comes over TCP: messages are found alike however the octets are cut into
// pieces, and a PROXY header in front is read only when all of it is there.
//
// The first octet is the longest message that is taken, in steps of 16; the second one drives how
// long the pieces are.
#include <algorithm>
#include <string>
#include <vector>

#include "resolver/net/frame_reader.h"
#include "resolver/net/proxy_header.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

constexpr size_t kSettings = 2;

struct Found {
  std::vector<std::string> messages;
  bool oversized = false;

  friend bool operator==(const Found&, const Found&) = default;
};

// RFC 1035 section 4.2.2, over octets that are all there.
Found read_whole(ByteView stream, size_t message_max) {
  Found found;
  while (stream.size() >= 2 && !found.oversized) {
    const size_t size = load_u16(stream.data());
    found.oversized = size > message_max;
    if (found.oversized || stream.size() < 2 + size) {
      break;
    }
    found.messages.emplace_back(as_text(stream.subspan(2, size)));
    stream = stream.subspan(2 + size);
  }
  return found;
}

Found read_in_pieces(ByteView stream, size_t message_max, uint8_t dice) {
  net::FrameReader reader(message_max);
  Found found;
  while (!stream.empty() && !found.oversized) {
    const std::span<uint8_t> room = reader.room();
    require(!room.empty(), "there is room for what comes");
    dice = static_cast<uint8_t>(dice * 5 + 1);
    const size_t size = std::min({room.size(), stream.size(), size_t{1} + dice % 40});
    std::ranges::copy(stream.first(size), room.begin());
    reader.filled(size);
    stream = stream.subspan(size);
    while (const auto message = reader.next()) {
      found.messages.emplace_back(as_text(*message));
    }
    found.oversized = reader.oversized();
  }
  return found;
}

void check_proxy_header(ByteView stream) {
  net::ProxyHeader header;
  const net::ProxyRead read = net::read_proxy_header(stream, header);
  if (read != net::ProxyRead::kWhole) {
    require(!header.source, "who sent it is known from a whole header only");
    return;
  }
  require(header.size <= std::min(stream.size(), net::kProxyHeaderMax), "the header is there");
  require(net::has_proxy_signature(stream), "a header has the signature");
  for (size_t size = 0; size < header.size; ++size) {
    net::ProxyHeader cut;
    require(net::read_proxy_header(stream.first(size), cut) == net::ProxyRead::kCut,
            "less of it is a header that is cut");
  }
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etymon::fuzz;
  if (size < kSettings) {
    return 0;
  }
  const size_t message_max = 16 * (size_t{1} + data[0]);
  const etymon::ByteView stream(data + kSettings, size - kSettings);
  require(read_in_pieces(stream, message_max, data[1]) == read_whole(stream, message_max),
          "pieces give the same messages as the whole");
  check_proxy_header(stream);
  return 0;
}

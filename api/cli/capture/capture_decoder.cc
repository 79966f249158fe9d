#include "api/cli/capture/capture_decoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/cli/capture/observed_response.h"
#include "api/cli/capture/tunnel.h"

namespace etymon::capture {
namespace {

constexpr uint16_t kDnsPort = 53;
constexpr size_t kUdpHeader = 8;      // RFC 768
constexpr size_t kTcpHeaderMin = 20;  // RFC 9293 section 3.1
constexpr uint8_t kTcpSyn = 0x02;

// Source and destination port come first in UDP and in TCP. Nothing when the packet is not DNS.
std::optional<Flow> dns_flow(const IpPacket& packet) {
  ByteReader in(packet.payload);
  const Endpoint source = {packet.source, in.u16()};
  const Endpoint destination = {packet.destination, in.u16()};
  if (source.port != kDnsPort && destination.port != kDnsPort) {
    return std::nullopt;
  }
  return Flow{source, destination};
}

}  // namespace

CaptureDecoder::CaptureDecoder(LinkType link, DeliverySink sink)
    : link_(link),
      sink_(std::move(sink)),
      tcp_([this](const Flow& flow, WallTime at, ByteView message) {
        add_message(at, flow, Transport::kTcp, message);
      }) {}

Status CaptureDecoder::add_frame(WallTime at, ByteView frame) {
  ++counters_.frames;
  packets_.clear();
  unwrap_frame(link_, frame, packets_);
  counters_.skipped += packets_.empty() ? 1U : 0U;
  for (const ByteView packet : packets_) {
    add_packet(at, packet, 0);
  }
  return status_;
}

Status CaptureDecoder::finish() {
  tcp_.finish();
  return status_;
}

void CaptureDecoder::add_packet(WallTime at, ByteView bytes, unsigned tunnels) {
  std::optional<IpPacket> packet = read_ip_packet(bytes);
  if (!packet) {
    ++counters_.skipped;
    return;
  }
  if (!packet->fragment) {
    return add_whole(at, *packet, tunnels);
  }
  const std::optional<std::string> payload = fragments_.add(at, *packet);
  if (!payload) {
    return;
  }
  packet->payload = as_bytes(*payload);
  packet->fragment.reset();
  // Behind the Fragment header of IPv6 there may be further headers; of IPv4 there are none.
  if (packet->source.is_v4() || (skip_extension_headers(*packet) && !packet->fragment)) {
    add_whole(at, *packet, tunnels);
  }
}

void CaptureDecoder::add_whole(WallTime at, const IpPacket& packet, unsigned tunnels) {
  if (add_inside(at, packet, tunnels)) {
    return;
  }
  if (packet.protocol == kProtocolUdp) {
    add_udp(at, packet);
  } else if (packet.protocol == kProtocolTcp) {
    add_tcp(at, packet);
  } else {
    ++counters_.skipped;
  }
}

// False when nothing is inside: the packet speaks for itself.
bool CaptureDecoder::add_inside(WallTime at, const IpPacket& packet, unsigned tunnels) {
  if (tunnels == kTunnelsMax) {
    return false;
  }
  const std::vector<ByteView> inside = packets_inside(packet);
  for (const ByteView inner : inside) {
    add_packet(at, inner, tunnels + 1);
  }
  return !inside.empty();
}

void CaptureDecoder::add_udp(WallTime at, const IpPacket& packet) {
  const auto flow = dns_flow(packet);
  if (!flow || packet.payload.size() < kUdpHeader) {
    ++counters_.skipped;
    return;
  }
  const size_t claimed = load_u16(&packet.payload[4]);
  const size_t length = std::clamp(claimed, kUdpHeader, packet.payload.size());
  add_message(at, *flow, Transport::kUdp, packet.payload.subspan(kUdpHeader, length - kUdpHeader));
}

void CaptureDecoder::add_tcp(WallTime at, const IpPacket& packet) {
  const auto flow = dns_flow(packet);
  const size_t size = packet.payload.size();
  const size_t header = size < kTcpHeaderMin ? 0 : (packet.payload[12] >> 4) * size_t{4};
  if (!flow || header < kTcpHeaderMin || header > size) {
    ++counters_.skipped;
    return;
  }
  tcp_.add(at, *flow,
           {.sequence = load_u32(&packet.payload[4]),
            .syn = (packet.payload[13] & kTcpSyn) != 0,
            .data = packet.payload.subspan(header)});
}

void CaptureDecoder::add_message(WallTime at, const Flow& flow, Transport transport,
                                 ByteView message) {
  std::optional<ObservedResponse> response = read_observed_response(message);
  if (!response) {
    return;
  }
  ++counters_.responses;
  counters_.malformed += response->malformed ? 1U : 0U;
  for (ObservedAnswer& observed : response->answers) {
    observed.answer.upstream = flow.source;
    tell(
        {at, flow.destination.address, transport, std::move(observed.answer), observed.validity_s});
  }
}

void CaptureDecoder::tell(const ObservedDelivery& delivery) {
  if (!status_.ok()) {
    return;
  }
  status_ = sink_(delivery);
  counters_.deliveries += status_.ok() ? 1U : 0U;
}

}  // namespace etymon::capture

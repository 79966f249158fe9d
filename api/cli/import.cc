#include "api/cli/import.h"

#include <algorithm>

#include "api/cli/moments.h"

namespace etymon::cli {

namespace {

// Octets of one message; a quarter of what the server takes, so that one more delivery always fits.
constexpr size_t kMessageBytes = 1 << 20;

// Limits of ObservedDelivery, as its comments state them.
constexpr size_t kChainMax = 64;
constexpr size_t kAddressesMax = 4096;
constexpr uint32_t kValidityMaxS = 2'147'483'647;

v1::Via to_proto(Via via) {
  switch (via) {
    case Via::kA:
      return v1::VIA_A;
    case Via::kAaaa:
      return v1::VIA_AAAA;
    case Via::kSvcbHint:
      return v1::VIA_SVCB_HINT;
    case Via::kMapped:
      return v1::VIA_MAPPED;
    case Via::kAdditional:
      return v1::VIA_ADDITIONAL;
  }
  return v1::VIA_UNSPECIFIED;
}

v1::Transport to_proto(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return v1::TRANSPORT_UDP;
    case Transport::kTcp:
      return v1::TRANSPORT_TCP;
    case Transport::kTls:
      return v1::TRANSPORT_TLS;
    case Transport::kHttps:
      return v1::TRANSPORT_HTTPS;
  }
  return v1::TRANSPORT_UNSPECIFIED;
}

// Collects deliveries, and sends them when they fill a message.
class Batch {
 public:
  explicit Batch(IngestStream& stream) : stream_(stream) {}

  Status add(const capture::ObservedDelivery& delivery) {
    v1::ObservedDelivery& added = *request_.add_deliveries();
    added = cli::to_proto(delivery);
    bytes_ += added.ByteSizeLong();
    return bytes_ < kMessageBytes ? Status() : send();
  }

  void cover(const TimeSpan& span) {
    *request_.mutable_covered()->mutable_start() = cli::to_proto(span.start);
    *request_.mutable_covered()->mutable_end() = cli::to_proto(span.end);
  }

  Status send() {
    if (!stream_.write(request_)) {
      return Error{ErrorCode::kInternal, "the server takes no more deliveries"};
    }
    request_.Clear();
    bytes_ = 0;
    return {};
  }

 private:
  IngestStream& stream_;
  v1::IngestRequest request_;
  size_t bytes_ = 0;
};

}  // namespace

Result<capture::CaptureSummary> import_capture(const std::string& path, IngestStream& stream,
                                               const capture::OnRead& on_read) {
  Batch batch(stream);
  Result<capture::CaptureSummary> read = capture::read_capture(
      path, [&](const capture::ObservedDelivery& delivery) { return batch.add(delivery); },
      on_read);
  if (read && read->span) {
    batch.cover(*read->span);
    // A stream that takes no more says why at its end.
    static_cast<void>(batch.send());
  }
  const Result<v1::IngestResponse> taken = stream.finish();
  if (!taken) {
    return taken.error();
  }
  if (!read) {
    return capture::CaptureSummary{{}, {}, read.error()};
  }
  return read;
}

v1::ObservedDelivery to_proto(const capture::ObservedDelivery& delivery) {
  const Answer& answer = delivery.answer;
  v1::ObservedDelivery message;
  *message.mutable_at() = to_proto(delivery.at);
  message.set_client(delivery.client.text());
  message.set_name(answer.question.name.text());
  message.set_type(static_cast<uint32_t>(answer.question.type));
  // The asked name, which opens our chain, is not repeated in the message's.
  for (size_t i = 1; i < std::min(answer.chain.size(), kChainMax + 1); ++i) {
    message.add_chain(answer.chain[i].text());
  }
  for (size_t i = 0; i < std::min(answer.addresses.size(), kAddressesMax); ++i) {
    v1::DeliveredAddress& address = *message.add_addresses();
    address.set_address(answer.addresses[i].address.text());
    address.set_via(to_proto(answer.addresses[i].via));
  }
  message.set_rcode(static_cast<uint32_t>(answer.rcode));
  message.set_validity_s(std::min(delivery.validity_s, kValidityMaxS));
  if (answer.upstream != Endpoint()) {
    message.set_upstream(answer.upstream.text());
  }
  message.set_transport(to_proto(delivery.transport));
  return message;
}

}  // namespace etymon::cli

#include "api/service/ingest_message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <string>
#include <utility>

#include "api/service/conversions.h"
#include "api/service/request_size.h"
#include "etymon/v1/provenance.pb.h"

namespace etymon::service {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr uint32_t tag_of(int field) {
  return GOOGLE_PROTOBUF_WIRE_FORMAT_MAKE_TAG(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

// The steps give what is wrong; nothing: go on.
using Wrong = std::optional<Failure>;

class Reader {
 public:
  Reader(grpc::ByteBuffer& message, WallTime now)
      : octets_(&message), input_(&octets_), now_(now) {}

  Wrong run() {
    while (const uint32_t tag = input_.ReadTag()) {
      if (Wrong wrong = read_field(tag)) {
        return wrong;
      }
    }
    return input_.ConsumedEntireMessage() ? std::nullopt : Wrong(malformed());
  }

  Outcome<IngestBatch> batch() {
    if (has_covered_) {
      auto covered = read_covered(covered_, now_);
      if (auto* failure = std::get_if<Failure>(&covered)) {
        return std::move(*failure);
      }
      batch_.covered = std::get<TimeSpan>(covered);
    }
    return std::move(batch_);
  }

 private:
  Wrong read_field(uint32_t tag) {
    if (tag == tag_of(v1::IngestRequest::kDeliveriesFieldNumber)) {
      return read_delivery("deliveries[" + std::to_string(batch_.deliveries.size()) + "]");
    }
    if (tag == tag_of(v1::IngestRequest::kCoveredFieldNumber)) {
      return read_span();
    }
    return WireFormatLite::SkipField(&input_, tag) ? std::nullopt : Wrong(malformed());
  }

  Wrong read_delivery(const std::string& field) {
    if (batch_.deliveries.size() == kDeliveriesMax) {
      return too_large("a message", std::to_string(kDeliveriesMax) + " deliveries", field);
    }
    if (Wrong wrong = read_part(field)) {
      return wrong;
    }
    if (!delivery_.ParseFromString(part_)) {
      return malformed(field);
    }
    auto observed = read_observed(delivery_, field, now_);
    if (auto* failure = std::get_if<Failure>(&observed)) {
      return std::move(*failure);
    }
    batch_.deliveries.push_back(std::move(std::get<store::Observed>(observed)));
    return std::nullopt;
  }

  // What comes in parts is one, as in any message.
  Wrong read_span() {
    if (Wrong wrong = read_part("covered")) {
      return wrong;
    }
    if (!covered_.MergeFromString(part_)) {
      return malformed("covered");
    }
    covered_.DiscardUnknownFields();
    has_covered_ = true;
    return std::nullopt;
  }

  Wrong read_part(const std::string& field) {
    int size = 0;
    if (!input_.ReadVarintSizeAsInt(&size)) {
      return malformed(field);
    }
    if (static_cast<size_t>(size) > kDeliveryBytesMax) {
      return too_large("a delivery", in_kib(kDeliveryBytesMax), field);
    }
    return input_.ReadString(&part_, size) ? std::nullopt : Wrong(malformed(field));
  }

  grpc::ProtoBufferReader octets_;
  google::protobuf::io::CodedInputStream input_;
  const WallTime now_;
  // These are used again for the next.
  std::string part_;
  v1::ObservedDelivery delivery_;
  v1::TimeSpan covered_;
  bool has_covered_ = false;
  IngestBatch batch_;
};

}  // namespace

Outcome<IngestBatch> read_batch(grpc::ByteBuffer& message, WallTime now) {
  Reader reader(message, now);
  if (Wrong wrong = reader.run()) {
    return *std::move(wrong);
  }
  return reader.batch();
}

}  // namespace etymon::service

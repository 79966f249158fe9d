// Any octets as captured frames: what is told was in a response, fits the counters, and no more is
// known of the capture's time than lies in it.
//
// The first octet says of which link type the frames are; a frame is the time since the one before
// in milliseconds (signed), how many of its octets were cut off, how many are there (16 bits each),
// and they.
#include <array>
#include <optional>
#include <vector>

#include "api/cli/capture/capture_decoder.h"
#include "api/cli/capture/observed_response.h"
#include "tests/fuzz/taken.h"

namespace etymon::fuzz {
namespace {

using capture::LinkType;

constexpr WallTime kStart{Seconds(1'795'608'000)};
constexpr std::array kLinks = {LinkType::kEthernet, LinkType::kNull,        LinkType::kPpp,
                               LinkType::kPppHdlc,  LinkType::kPppEther,    LinkType::kRaw,
                               LinkType::kLoop,     LinkType::kLinuxCooked, LinkType::kArcnetLinux,
                               LinkType::kIpv4,     LinkType::kIpv6,        LinkType::kNflog,
                               LinkType::kNetlink,  LinkType::kLinuxCooked2};

class Decoding {
 public:
  explicit Decoding(LinkType link)
      : link_(link), decoder_([this](const capture::ObservedDelivery& delivery) {
          told_.push_back(delivery);
          return Status();
        }) {}

  void read(ByteReader frames) {
    WallTime at = kStart;
    while (frames.left() > 0) {
      at += Milliseconds(static_cast<int16_t>(frames.u16()));
      const size_t cut = frames.u16();
      const size_t kept = std::min<size_t>(frames.u16(), frames.left());
      const ByteView octets = frames.bytes(kept);
      require(decoder_.add_frame(at, {link_, octets, kept + cut}).ok(),
              "only the sink ends the reading");
      ++frames_;
    }
    require(decoder_.finish().ok(), "only the sink ends the reading");
  }

  void check() const {
    const capture::CaptureCounters& counters = decoder_.counters();
    require(counters.frames == frames_, "each frame counts");
    require(counters.deliveries == told_.size(), "what is told counts");
    require(counters.malformed <= counters.responses, "nothing else is malformed");
    require(counters.deliveries <= counters.responses * capture::kObservedQuestionsMax,
            "a response is told once for each of its questions");
    require(decoder_.span().has_value() == (frames_ > 0), "frames have a time");
    if (decoder_.span()) {
      check_times(*decoder_.span());
    }
  }

 private:
  void check_times(const TimeSpan& span) const {
    for (const capture::ObservedDelivery& delivery : told_) {
      require(span.start <= delivery.at && delivery.at <= span.end, "it was told in the capture");
      require_taken(delivery, span.end);
    }
    std::optional<WallTime> before;
    for (const TimeSpan& known : decoder_.missed().known_of(span)) {
      require(span.start <= known.start && known.end <= span.end, "what is known lies in it");
      require(known.start <= known.end && (!before || *before < known.start), "each piece once");
      before = known.end;
    }
  }

  LinkType link_;
  std::vector<capture::ObservedDelivery> told_;
  capture::CaptureDecoder decoder_;
  size_t frames_ = 0;
};

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etymon::fuzz;
  etymon::ByteReader reader(etymon::ByteView(data, size));
  Decoding decoding(kLinks.at(reader.u8() % kLinks.size()));
  decoding.read(reader);
  decoding.check();
  return 0;
}

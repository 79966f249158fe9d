// PcapngFile: the frames of a pcapng file, and what it says of those that were dropped
// (draft-ietf-opsawg-pcapng).
//
// Read by ourselves, because libpcap takes neither interfaces of several link types nor of several
// length limits for one file, and tells nothing of the statistics. Sections may follow on each
// other and differ in their byte order; blocks that say nothing of frames are passed over. Belongs
// to one thread. Files are untrusted: bounded by kBlockMax and kInterfacesMax, 20 MiB in all.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <vector>

#include "api/cli/capture/capture_decoder.h"
#include "api/cli/capture/file_numbers.h"
#include "resolver/base/result.h"
#include "resolver/model/history.h"

namespace etymon::capture {

// What the file says of where frames were captured.
struct CapturedInterface {
  std::optional<LinkType> link = {};  // nothing for one that we cannot read
  bool is_binary = false;             // a timestamp counts 2^-exponent seconds, or 10^-exponent
  unsigned exponent = 6;
  int64_t offset_s = 0;  // added to every timestamp
  // 1970 stands for the beginning of the capture.
  WallTime last_frame = {};
  bool is_counted = false;      // it had statistics
  WallTime counted_until = {};  // by its last statistics
  uint64_t dropped = 0;         // until then

  // Nothing when it is a time that no clock can say.
  std::optional<WallTime> time_of(uint64_t timestamp) const;
};

class PcapngFile {
 public:
  // Of a block with a frame or about an interface, in octets. libpcap's limit.
  static constexpr size_t kBlockMax = 16 * 1024 * 1024;
  // In one section; a machine with a thousand links has so many in a capture of all of them.
  static constexpr size_t kInterfacesMax = 10'000;

  struct Frame {
    WallTime at;
    CapturedFrame captured;  // valid until the next one
  };
  // A frame, or when frames were dropped, or both.
  struct Told {
    std::optional<Frame> frame = {};
    std::optional<TimeSpan> dropped = {};
  };

  // Reads from where the file stands. It must outlive this.
  explicit PcapngFile(std::FILE* file) : file_(file) {}

  // What the next block tells that tells anything; nothing at the end of the file. Errors, behind
  // which nothing can be read: kDataLoss when a block is damaged or cut, or a frame has no time;
  // kIo.
  Result<std::optional<Told>> next();

  // Behind damage: what the statistics that were lost there may have told drops of. From the
  // earliest of the last statistics, each of an interface that had some, to the latest frame;
  // nothing without any, for then the file need not have told of drops at all.
  std::optional<TimeSpan> uncounted() const;

  // The link type, as the file numbers it, that keeps all of the file from being read; nothing
  // while there is an interface whose frames can be read, or none at all.
  std::optional<uint32_t> unreadable_link() const {
    return any_readable_ ? std::nullopt : first_unreadable_;
  }

 private:
  // Of a block with a frame.
  struct Packet {
    uint32_t interface = 0;
    uint64_t timestamp = 0;
    ByteView octets;
    uint32_t length = 0;
    uint64_t dropped = 0;  // of its interface, since the frame before it
  };

  Result<bool> read_block();
  Status read_body(size_t size);
  Status read_octets(uint8_t* out, size_t count) const;
  Status pass_over(size_t count) const;
  Result<Told> take_block();
  Result<Told> take_section();
  Result<Told> take_interface();
  Result<Told> take_enhanced_packet();
  Result<Told> take_old_packet();
  Result<Told> take_packet(const Packet& packet);
  Result<Told> take_statistics();
  uint64_t timestamp(ByteReader& in) const;

  std::FILE* file_;
  ByteOrder order_;            // of the section at hand
  uint32_t type_ = 0;          // of the block at hand
  std::vector<uint8_t> body_;  // between its lengths; empty where it was passed over
  std::vector<CapturedInterface> interfaces_;  // of the section at hand
  WallTime latest_ = {};                       // of all frames
  bool any_readable_ = false;
  std::optional<uint32_t> first_unreadable_;
};

}  // namespace etymon::capture

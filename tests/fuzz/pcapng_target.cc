// Any octets as a pcapng file: what is told of it lies in it, and its times are such as clocks
// have.
#include <cstdio>
#include <memory>

#include "api/cli/capture/capture_file.h"
#include "api/cli/capture/pcapng_file.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

constexpr WallTime kYear10000{Seconds(capture::kYear10000)};

void check(const capture::PcapngFile::Told& told, size_t file_size) {
  require(told.frame || told.dropped, "a block that tells nothing is passed over");
  if (told.frame) {
    require(WallTime() <= told.frame->at && told.frame->at < kYear10000, "a frame has a time");
    require(told.frame->captured.octets.size() <= file_size, "a frame lies in the file");
  }
  if (told.dropped) {
    require(told.dropped->start <= told.dropped->end, "frames were dropped within a time");
  }
}

void read(std::FILE* file, size_t size) {
  capture::PcapngFile blocks(file);
  while (true) {
    const auto told = blocks.next();
    if (!told) {
      require(told.error().code == ErrorCode::kDataLoss, "it can only be damaged");
      return;
    }
    if (!*told) {
      return;
    }
    check(**told, size);
  }
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0) {  // an empty one cannot be opened
    const etymon::capture::FileHandle file(fmemopen(const_cast<uint8_t*>(data), size, "rb"));
    etymon::fuzz::read(file.get(), size);
  }
  return 0;
}

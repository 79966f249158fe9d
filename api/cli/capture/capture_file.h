// Capture files: pcap, read by libpcap, and pcapng; see PcapngFile.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/cli/capture/capture_decoder.h"
#include "resolver/base/result.h"
#include "resolver/model/history.h"

namespace etymon::capture {

struct CaptureSummary {
  // From the earliest to the latest frame: what the capture covers. Nothing without a frame.
  std::optional<TimeSpan> span;
  // Of the span, the pieces in which no response was missed, in order; see MissedSpans.
  std::vector<TimeSpan> whole;
  uint64_t gaps = 0;  // what of the span is in none of the pieces
  // How often the file says that frames were dropped; when they may have been is in no piece.
  uint64_t drops = 0;
  uint64_t runs = 0;  // of the frames' times: more than one where they step; see CaptureSpan
  CaptureCounters counters;
  // kDataLoss when the file is damaged or cut: all before the damage was told and counts.
  Status ended;
};

// How much of the file has been read, in octets; told now and then.
using OnRead = std::function<void(uint64_t octets)>;

inline void read_unwatched(uint64_t) {}

// Closes a file, but never standard input.
struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) {
      std::fclose(file);
    }
  }
};
using FileHandle = std::unique_ptr<std::FILE, CloseFile>;

// Opens a file to read ("-": standard input). Errors: kNotFound, kPermissionDenied,
// kInvalidArgument.
Result<FileHandle> open_file(const std::string& path);

// Reads the file ("-": standard input) and tells `sink` each delivery in it.
// Errors: kNotFound, kPermissionDenied or kInvalidArgument when it cannot be opened, is no capture,
// or has no link type that we can read; the sink's own error when it gave one.
Result<CaptureSummary> read_capture(const std::string& path, const DeliverySink& sink,
                                    const OnRead& on_read = read_unwatched);
// The same of a file that is open; `path` is how messages name it.
Result<CaptureSummary> read_capture(FileHandle file, const std::string& path,
                                    const DeliverySink& sink, const OnRead& on_read);

}  // namespace etymon::capture

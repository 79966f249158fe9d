#include "api/cli/capture/capture_file.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace etymon::capture {
namespace {

struct CloseCapture {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};
using CaptureHandle = std::unique_ptr<pcap_t, CloseCapture>;

ErrorCode code_of(int system_error) {
  switch (system_error) {
    case ENOENT:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
      return ErrorCode::kPermissionDenied;
    default:
      return ErrorCode::kInvalidArgument;
  }
}

// The handle closes the file with itself, but for standard input.
Result<CaptureHandle> open_capture(FileHandle file, const std::string& path) {
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  CaptureHandle capture(pcap_fopen_offline(file.get(), reason.data()));
  if (capture == nullptr) {
    return Error{ErrorCode::kInvalidArgument, path + ": " + reason.data()};
  }
  static_cast<void>(file.release());
  return capture;
}

Result<LinkType> link_type_of(pcap_t* capture, const std::string& path) {
  const int number = pcap_datalink(capture);
  // libpcap's own number for raw IP differs between systems; all its other numbers are the files'.
  const auto link =
      number == DLT_RAW ? LinkType::kRaw : to_link_type(static_cast<uint32_t>(number));
  if (!link) {
    const char* const name = pcap_datalink_val_to_name(number);
    return Error{ErrorCode::kInvalidArgument,
                 path + ": cannot read link type " +
                     (name != nullptr ? name : std::to_string(number)) +
                     "; Ethernet, Linux cooked, raw IP, loopback, PPP, netlink can be read"};
  }
  return *link;
}

constexpr int64_t kYear10000 = 253'402'300'800;  // seconds since 1970

// The frame's time; nothing when the file says what no clock can.
std::optional<WallTime> time_of(const pcap_pkthdr& header) {
  const int64_t seconds = header.ts.tv_sec;
  const int64_t microseconds = header.ts.tv_usec;
  if (seconds < 0 || seconds >= kYear10000 || microseconds < 0 || microseconds >= 1'000'000) {
    return std::nullopt;
  }
  return WallTime(Seconds(seconds) + Microseconds(microseconds));
}

// Told after this many frames: some milliseconds' work.
constexpr uint64_t kFramesBetweenTellings = 4096;

void tell_octets(pcap_t* capture, const OnRead& on_read) {
  const off_t octets = ftello(pcap_file(capture));
  if (octets >= 0) {  // a pipe has no position
    on_read(static_cast<uint64_t>(octets));
  }
}

// Feeds all frames to the decoder. Returns how the file ended; the sink's error is left to
// finish().
Status read_frames(pcap_t* capture, CaptureDecoder& decoder, const OnRead& on_read) {
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  int outcome = 0;
  while ((outcome = pcap_next_ex(capture, &header, &octets)) == 1) {
    const auto at = time_of(*header);
    if (!at) {
      return Error{ErrorCode::kDataLoss, "a frame has an impossible time"};
    }
    if (!decoder.add_frame(*at, {{octets, header->caplen}, header->len}).ok()) {
      return {};
    }
    if (decoder.counters().frames % kFramesBetweenTellings == 0) {
      tell_octets(capture, on_read);
    }
  }
  return outcome == PCAP_ERROR_BREAK ? Status() : Error{ErrorCode::kDataLoss, pcap_geterr(capture)};
}

// How many spans `pieces` leave out of `span`.
uint64_t gaps_between(const std::vector<TimeSpan>& pieces, const TimeSpan& span) {
  if (pieces.empty()) {
    return 1;
  }
  return pieces.size() - 1 + (pieces.front().start > span.start ? 1U : 0U) +
         (pieces.back().end < span.end ? 1U : 0U);
}

}  // namespace

Result<FileHandle> open_file(const std::string& path) {
  FileHandle file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return Error{code_of(errno), path + ": " + std::strerror(errno)};
  }
  return file;
}

Result<CaptureSummary> read_capture(const std::string& path, const DeliverySink& sink,
                                    const OnRead& on_read) {
  Result<FileHandle> file = open_file(path);
  if (!file) {
    return file.error();
  }
  return read_capture(*std::move(file), path, sink, on_read);
}

Result<CaptureSummary> read_capture(FileHandle file, const std::string& path,
                                    const DeliverySink& sink, const OnRead& on_read) {
  const Result<CaptureHandle> capture = open_capture(std::move(file), path);
  if (!capture) {
    return capture.error();
  }
  const Result<LinkType> link = link_type_of(capture->get(), path);
  if (!link) {
    return link.error();
  }
  CaptureDecoder decoder(*link, sink);
  CaptureSummary summary;
  summary.ended = read_frames(capture->get(), decoder, on_read);
  if (const Status told = decoder.finish(); !told.ok()) {
    return told.error();
  }
  summary.counters = decoder.counters();
  summary.span = decoder.span();
  summary.runs = decoder.runs();
  if (summary.span) {
    summary.whole = decoder.missed().known_of(*summary.span);
    summary.gaps = gaps_between(summary.whole, *summary.span);
  }
  if (!summary.ended.ok()) {
    summary.ended = Error{ErrorCode::kDataLoss, path + ": damaged after frame " +
                                                    std::to_string(summary.counters.frames) + ": " +
                                                    summary.ended.error().message};
  }
  return summary;
}

}  // namespace etymon::capture

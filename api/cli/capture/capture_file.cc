#include "api/cli/capture/capture_file.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "api/cli/capture/file_numbers.h"
#include "api/cli/capture/pcapng_file.h"

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

Error unreadable_link(const std::string& path, int number) {
  const char* const name = pcap_datalink_val_to_name(number);
  return {ErrorCode::kInvalidArgument,
          path + ": cannot read link type " + (name != nullptr ? name : std::to_string(number)) +
              "; Ethernet, Linux cooked, raw IP, loopback, PPP, netlink can be read"};
}

Result<LinkType> link_type_of(pcap_t* capture, const std::string& path) {
  const int number = pcap_datalink(capture);
  // libpcap's own number for raw IP differs between systems; all its other numbers are the files'.
  const auto link =
      number == DLT_RAW ? LinkType::kRaw : to_link_type(static_cast<uint32_t>(number));
  return link ? Result<LinkType>(*link) : unreadable_link(path, number);
}

// A file that is being read, and what has become of it so far.
struct Reading {
  const std::string& path;
  const OnRead& on_read;
  CaptureDecoder decoder;
  CaptureSummary summary = {};
};

// Told after this many frames: some milliseconds' work.
constexpr uint64_t kFramesBetweenTellings = 4096;

// False when the sink gave an error, which is left to finish().
bool add_frame(WallTime at, const CapturedFrame& frame, std::FILE* file, Reading& reading) {
  if (!reading.decoder.add_frame(at, frame).ok()) {
    return false;
  }
  if (reading.decoder.counters().frames % kFramesBetweenTellings == 0) {
    const off_t octets = ftello(file);
    if (octets >= 0) {  // a pipe has no position
      reading.on_read(static_cast<uint64_t>(octets));
    }
  }
  return true;
}

// Returns how the file ended.
Status read_frames(pcap_t* capture, LinkType link, Reading& reading) {
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  int outcome = 0;
  while ((outcome = pcap_next_ex(capture, &header, &octets)) == 1) {
    const auto at = wall_time_of(header->ts.tv_sec, header->ts.tv_usec);
    if (!at) {
      return Error{ErrorCode::kDataLoss, "a frame has an impossible time"};
    }
    const CapturedFrame frame = {link, {octets, header->caplen}, header->len};
    if (!add_frame(*at, frame, pcap_file(capture), reading)) {
      return {};
    }
  }
  return outcome == PCAP_ERROR_BREAK ? Status() : Error{ErrorCode::kDataLoss, pcap_geterr(capture)};
}

// Returns why nothing of the file can be read.
Status read_pcap(FileHandle file, Reading& reading) {
  const Result<CaptureHandle> capture = open_capture(std::move(file), reading.path);
  if (!capture) {
    return capture.error();
  }
  const Result<LinkType> link = link_type_of(capture->get(), reading.path);
  if (!link) {
    return link.error();
  }
  reading.summary.ended = read_frames(capture->get(), *link, reading);
  return {};
}

// Returns how the file ended.
Status read_blocks(PcapngFile& blocks, std::FILE* file, Reading& reading) {
  while (true) {
    const Result<std::optional<PcapngFile::Told>> told = blocks.next();
    if (!told || !*told) {
      return told ? Status() : told.error();
    }
    if ((*told)->dropped) {
      reading.decoder.miss(*(*told)->dropped);
      ++reading.summary.drops;
    }
    const auto& frame = (*told)->frame;
    if (frame && !add_frame(frame->at, frame->captured, file, reading)) {
      return {};
    }
  }
}

// As read_pcap().
Status read_pcapng(const FileHandle& file, Reading& reading) {
  PcapngFile blocks(file.get());
  reading.summary.ended = read_blocks(blocks, file.get(), reading);
  const auto uncounted = blocks.uncounted();
  if (!reading.summary.ended.ok() && uncounted) {
    reading.decoder.miss(*uncounted);
  }
  const auto unreadable = blocks.unreadable_link();
  return unreadable ? unreadable_link(reading.path, static_cast<int>(*unreadable)) : Status();
}

// By the type of its first block. The octets are put back: glibc takes what it gave.
bool is_pcapng(std::FILE* file) {
  std::array<char, 4> first{};
  const std::string_view read(first.data(), std::fread(first.data(), 1, first.size(), file));
  for (size_t i = read.size(); i-- > 0;) {
    std::ungetc(static_cast<unsigned char>(first[i]), file);
  }
  return read == "\n\r\r\n";
}

// How many spans `pieces` leave out of `span`.
uint64_t gaps_between(const std::vector<TimeSpan>& pieces, const TimeSpan& span) {
  if (pieces.empty()) {
    return 1;
  }
  return pieces.size() - 1 + (pieces.front().start > span.start ? 1U : 0U) +
         (pieces.back().end < span.end ? 1U : 0U);
}

CaptureSummary summary_of(const Reading& reading) {
  const CaptureDecoder& decoder = reading.decoder;
  CaptureSummary summary = reading.summary;
  summary.counters = decoder.counters();
  summary.span = decoder.span();
  summary.runs = decoder.runs();
  if (summary.span) {
    summary.whole = decoder.missed().known_of(*summary.span);
    summary.gaps = gaps_between(summary.whole, *summary.span);
  }
  if (!summary.ended.ok()) {
    summary.ended = Error{ErrorCode::kDataLoss, reading.path + ": damaged after frame " +
                                                    std::to_string(summary.counters.frames) + ": " +
                                                    summary.ended.error().message};
  }
  return summary;
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
  Reading reading{path, on_read, CaptureDecoder(sink)};
  const Status read =
      is_pcapng(file.get()) ? read_pcapng(file, reading) : read_pcap(std::move(file), reading);
  if (!read.ok()) {
    return read.error();
  }
  if (const Status told = reading.decoder.finish(); !told.ok()) {
    return told.error();
  }
  return summary_of(reading);
}

}  // namespace etymon::capture

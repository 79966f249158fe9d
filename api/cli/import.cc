#include "api/cli/import.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/cli/delivery_line.h"
#include "api/cli/dnsmasq_log.h"
#include "api/cli/file_lines.h"
#include "api/cli/logs/log_time.h"
#include "api/cli/logs/scan.h"
#include "api/cli/moments.h"

namespace etymon::cli {

namespace {

// Octets of one message; a quarter of what the server takes, so that one more delivery always fits.
constexpr size_t kMessageBytes = 1 << 20;

// Limits of ObservedDelivery, as its comments state them.
constexpr size_t kChainMax = 64;
constexpr size_t kAddressesMax = 4096;
constexpr uint32_t kValidityMaxS = 2'147'483'647;

// Spans that one export may cover; each gap in a recording makes one more.
constexpr size_t kSpansMax = 10'000;
// Lines between two words on how far it is: some milliseconds' work.
constexpr uint64_t kLinesBetweenTellings = 4096;

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
    bytes_ = 0;
    if (request_.deliveries().empty() && !request_.has_covered()) {
      return {};
    }
    if (!stream_.write(request_)) {
      return Error{ErrorCode::kInternal, "the server takes no more deliveries"};
    }
    request_.Clear();
    return {};
  }

 private:
  IngestStream& stream_;
  v1::IngestRequest request_;
  size_t bytes_ = 0;
};

// In a stream of its own: one tells one span, and the deliveries are there already.
Status cover(const OpenIngest& open, const TimeSpan& span) {
  const std::unique_ptr<IngestStream> stream = open();
  Batch batch(*stream);
  batch.cover(span);
  static_cast<void>(batch.send());  // A stream that takes no more says why at its end.
  const Result<v1::IngestResponse> taken = stream->finish();
  return taken ? Status() : Status(taken.error());
}

Status cover_all(const OpenIngest& open, const std::vector<TimeSpan>& spans) {
  Status covered;
  for (size_t i = 0; covered && i < spans.size(); ++i) {
    covered = cover(open, spans[i]);
  }
  return covered;
}

enum class Kind { kCapture, kExport, kLog };

constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

// By the first octets: nothing, and a brace, is JSON, text is a log, all else is for
// read_capture() to judge. They are put back, so that a pipe can be read from its beginning.
Kind kind_of(std::FILE* file) {
  std::array<char, 256> first{};
  const std::string_view read(first.data(), std::fread(first.data(), 1, first.size(), file));
  for (size_t i = read.size(); i-- > 0;) {
    std::ungetc(static_cast<unsigned char>(first[i]), file);  // glibc takes back what it gave
  }
  const std::string_view text = logs::without_mark(read);
  const bool is_pcapng = read.starts_with("\n\r\r\n");
  if (is_pcapng || std::ferror(file) != 0) {  // read_capture() says what is wrong
    return Kind::kCapture;
  }
  if (is_blank(text) || text[text.find_first_not_of(kBlanks)] == '{') {
    return Kind::kExport;
  }
  const std::string_view begin = text.substr(text.find_first_not_of(kBlanks), 4);
  const bool is_text = begin.size() == 4 && std::ranges::all_of(begin, [](char octet) {
                         return octet >= ' ' && octet < 0x7F;
                       });
  return is_text ? Kind::kLog : Kind::kCapture;
}

// What was wrong with the lines of a text: how many, and the first of them.
class Faults {
 public:
  void add(uint64_t line, const std::string& why) {
    if (count_++ == 0) {
      first_ = "line " + std::to_string(line) + ": " + why;
    }
  }
  bool any() const { return count_ > 0; }
  Status told_of(const std::string& path) const {
    const std::string rest = count_ > 1 ? " (and " + std::to_string(count_ - 1) + " more)" : "";
    return Error{ErrorCode::kDataLoss, path + ": " + first_ + rest + "; the other lines are in"};
  }

 private:
  uint64_t count_ = 0;
  std::string first_;
};

// A text on its way to the server, line by line.
class TextImport {
 public:
  TextImport(std::FILE* file, const ImportSource& source, const OpenIngest& open)
      : lines_(file), source_(source), open_(open), stream_(open()), batch_(*stream_) {}

  Result<ImportSummary> run(Kind kind, const capture::OnRead& on_read) {
    const Status sent = kind == Kind::kExport ? send_export(on_read) : send_log(on_read);
    if (sent) {
      static_cast<void>(batch_.send());  // A stream that takes no more says why at its end.
    }
    const Result<v1::IngestResponse> taken = stream_->finish();
    if (!taken) {
      return taken.error();
    }
    summary_.known = taken->known();
    summary_.too_old = taken->too_old();
    const Status covered = is_whole() ? cover_all(open_, covered_) : Status();
    if (!covered) {
      return covered.error();
    }
    summary_.lines = lines_.number();
    summary_.ended = is_whole() ? Status() : Status(what_is_wrong());
    return summary_;
  }

 private:
  Status send_export(const capture::OnRead& on_read) {
    Status sent;
    while (const auto line = next(on_read)) {
      if (is_blank(line->text)) {
        continue;
      }
      auto read = line->is_cut ? Error{ErrorCode::kInvalidArgument, "it is too long"}
                               : read_exported(line->text, source_.clock.wall());
      if (!read) {
        faults_.add(lines_.number(), read.error().message);
      } else if (const auto* span = std::get_if<TimeSpan>(&*read)) {
        add_span(*span);
      } else if (const auto* told = std::get_if<capture::ObservedDelivery>(&*read)) {
        sent = send(*told);
      }
      if (!sent) {
        return sent;
      }
    }
    return sent;
  }

  Status send_log(const capture::OnRead& on_read) {
    Status sent;
    bool any = false;
    const logs::LogTimes times(source_.clock, logs::Zone::fixed(source_.zone), std::nullopt);
    DnsmasqLog log(source_.clock, times, [&](const capture::ObservedDelivery& delivery) {
      sent = sent ? send(delivery) : sent;
    });
    while (const auto line = next(on_read)) {
      const DnsmasqLog::Line was = log.add(line->text);
      any |= was == DnsmasqLog::Line::kOurs;
      if (was == DnsmasqLog::Line::kWrong) {
        faults_.add(lines_.number(), "a line of dnsmasq's query log that makes no sense");
      } else if (was == DnsmasqLog::Line::kFuture) {
        faults_.add(lines_.number(), "it is from the future; is --utc-offset right?");
      }
      if (!sent) {
        return sent;
      }
    }
    log.finish();
    if (!any && !faults_.any()) {
      nothing_ =
          "neither a capture, nor an export of ours, nor a log of dnsmasq with "
          "log-queries=extra";
    }
    return sent;
  }

  std::optional<FileLines::Line> next(const capture::OnRead& on_read) {
    auto line = lines_.next();
    if (line && lines_.number() == 1) {
      line->text = logs::without_mark(line->text);
    }
    if (lines_.number() % kLinesBetweenTellings == 0) {
      on_read(lines_.octets());
    }
    return line;
  }

  Status send(const capture::ObservedDelivery& delivery) {
    ++summary_.counters.deliveries;
    return batch_.add(delivery);
  }

  void add_span(const TimeSpan& span) {
    if (covered_.size() < kSpansMax) {
      covered_.push_back(span);
    } else {
      faults_.add(lines_.number(), "more covered spans than 10000");
    }
  }

  bool is_whole() const { return !faults_.any() && nothing_.empty() && lines_.status(); }
  Error what_is_wrong() const {
    if (!nothing_.empty()) {
      return {ErrorCode::kInvalidArgument, source_.path + ": " + nothing_};
    }
    Error told = (faults_.any() ? faults_.told_of(source_.path) : lines_.status()).error();
    told.message += covered_.empty() ? "" : ", but its covered spans are left out";
    return told;
  }

  FileLines lines_;
  const ImportSource& source_;
  const OpenIngest& open_;
  std::unique_ptr<IngestStream> stream_;
  Batch batch_;
  Faults faults_;
  std::string nothing_;  // what the file is not; empty: it is one of them
  std::vector<TimeSpan> covered_;
  ImportSummary summary_;
};

// What is past of a capture whose clock ran ahead; its answers from the future are left out, and
// counted.
class PastOf {
 public:
  explicit PastOf(const Clock& clock) : clock_(clock), now_(clock.wall()) {}

  bool takes(const capture::ObservedDelivery& delivery) {
    reach(delivery.at);
    left_out_ += delivery.at > now_ ? 1U : 0U;
    return delivery.at <= now_;
  }
  // What of the spans, which ascend, is past.
  std::vector<TimeSpan> clip(std::vector<TimeSpan> spans) {
    if (!spans.empty()) {
      reach(spans.back().end);
    }
    std::erase_if(spans, [&](const TimeSpan& span) { return span.start > now_; });
    if (!spans.empty()) {
      spans.back().end = std::min(spans.back().end, now_);
    }
    return spans;
  }
  uint64_t left_out() const { return left_out_; }

  // How the file ended, with what was left out told where it ended well.
  Status tell(const capture::CaptureSummary& read, const std::string& path) {
    if (read.span) {
      reach(read.span->end);
    }
    if (!read.ended || !read.span || read.span->end <= now_) {
      return read.ended;
    }
    return Error{ErrorCode::kDataLoss,
                 path +
                     ": its clock was ahead of this one: what is from the future was left out, " +
                     std::to_string(left_out_) + " answers"};
  }

 private:
  // A capture may be written while it is read. Once an answer was left out, now stays what it was:
  // a span may not reach over that answer.
  void reach(WallTime at) { now_ = at > now_ && left_out_ == 0 ? clock_.wall() : now_; }

  const Clock& clock_;
  WallTime now_;
  uint64_t left_out_ = 0;
};

ImportSummary damaged(const Error& error) {
  ImportSummary summary;
  summary.ended = error;
  return summary;
}

// Deliveries of a capture, as far as they are past, into one stream.
Result<capture::CaptureSummary> send_capture(capture::FileHandle file, const ImportSource& source,
                                             PastOf& past, Batch& batch,
                                             const capture::OnRead& on_read) {
  return capture::read_capture(
      std::move(file), source.path,
      [&](const capture::ObservedDelivery& delivery) {
        return past.takes(delivery) ? batch.add(delivery) : Status();
      },
      on_read);
}

// What is wrong with the file is in the summary, be it damaged somewhere, with all before that in
// the memory, or no capture at all.
Result<ImportSummary> import_capture(capture::FileHandle file, const ImportSource& source,
                                     const OpenIngest& open, const capture::OnRead& on_read) {
  const std::unique_ptr<IngestStream> stream = open();
  Batch batch(*stream);
  PastOf past(source.clock);
  const auto read = send_capture(std::move(file), source, past, batch, on_read);
  const std::vector<TimeSpan> whole = read ? past.clip(read->whole) : std::vector<TimeSpan>();
  if (whole.size() == 1) {
    batch.cover(whole.front());
  }
  if (read) {
    // A stream that takes no more says why at its end.
    static_cast<void>(batch.send());
  }
  const Result<v1::IngestResponse> taken = stream->finish();
  if (!taken) {
    return taken.error();
  }
  if (!read) {
    return damaged(read.error());
  }
  const Status covered = whole.size() > 1 ? cover_all(open, whole) : Status();
  if (!covered) {
    return covered.error();
  }
  ImportSummary summary;
  summary.drops = read->drops;
  summary.runs = read->runs;
  summary.gaps = read->gaps;
  summary.counters = read->counters;
  summary.counters.deliveries -= past.left_out();
  summary.known = taken->known();
  summary.too_old = taken->too_old();
  summary.ended = past.tell(*read, source.path);
  return summary;
}

}  // namespace

Result<ImportSummary> import_file(const ImportSource& source, const OpenIngest& open,
                                  const capture::OnRead& on_read) {
  Result<capture::FileHandle> file = capture::open_file(source.path);
  if (!file) {
    ImportSummary summary = damaged(file.error());
    summary.opened = false;
    return summary;
  }
  const Kind kind = kind_of(file->get());
  return kind == Kind::kCapture ? import_capture(*std::move(file), source, open, on_read)
                                : TextImport(file->get(), source, open).run(kind, on_read);
}

v1::ObservedDelivery to_proto(const capture::ObservedDelivery& delivery) {
  const Answer& answer = delivery.answer;
  v1::ObservedDelivery message;
  *message.mutable_at() = to_proto(delivery.at);
  message.set_client(delivery.client.text());
  message.set_name(answer.question.name.text());
  message.set_type(static_cast<uint32_t>(answer.question.type));
  if (answer.question.klass != RecordClass::kIn) {
    message.set_qclass(static_cast<uint32_t>(answer.question.klass));
  }
  // The asked name, which opens our chain, is not repeated in the message's.
  for (size_t i = 1; i < std::min(answer.chain.size(), kChainMax + 1); ++i) {
    message.add_chain(answer.chain[i].text());
  }
  for (size_t i = 0; i < std::min(answer.addresses.size(), kAddressesMax); ++i) {
    v1::DeliveredAddress& address = *message.add_addresses();
    address.set_address(answer.addresses[i].address.text());
    address.set_via(to_proto(answer.addresses[i].via));
    if (const Service& service = answer.addresses[i].service; service != Service()) {
      address.mutable_service()->set_port(service.port);
      address.mutable_service()->set_tcp(service.tcp);
      address.mutable_service()->set_udp(service.udp);
    }
  }
  message.set_rcode(static_cast<uint32_t>(answer.rcode));
  message.set_validity_s(std::min(delivery.validity_s, kValidityMaxS));
  if (answer.upstream != Endpoint()) {
    message.set_upstream(answer.upstream.text());
  }
  message.set_transport(to_proto(delivery.transport));
  message.set_rebinding(answer.rebinding);
  for (size_t i = 0; i < std::min(answer.withheld.size(), kAddressesMax); ++i) {
    message.add_withheld(answer.withheld[i].text());
  }
  if (delivery.forwarder != IpAddress()) {
    message.set_forwarder(delivery.forwarder.text());
  }
  return message;
}

}  // namespace etymon::cli

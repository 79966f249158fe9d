#include "api/cli/past_commands.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "api/cli/bypass.h"
#include "api/cli/common_causes.h"
#include "api/cli/delivery_text.h"
#include "api/cli/json.h"
#include "api/cli/json/object.h"
#include "api/cli/line_reader.h"
#include "api/cli/moments.h"
#include "api/cli/names_table.h"
#include "api/cli/progress.h"
#include "api/cli/status_text.h"
#include "api/cli/streams.h"
#include "api/cli/summaries_text.h"
#include "resolver/model/history.h"

namespace etymon::cli {

namespace {

// Deliveries that one summary adds up: some seconds of reading.
constexpr uint64_t kReadMax = 1'000'000;

using OnDelivery = std::function<void(const v1::ObservedDelivery&)>;

// How many deliveries there were.
Result<uint64_t> read_all(Client& client, const v1::ExportRequest& request,
                          const OnDelivery& on_delivery) {
  const auto stream = client.export_deliveries(request);
  uint64_t count = 0;
  for (v1::ExportResponse message; stream->read(message);) {
    for (const v1::ObservedDelivery& delivery : message.deliveries()) {
      on_delivery(delivery);
      ++count;
    }
  }
  const Status ended = stream->finish();
  return ended ? Result<uint64_t>(count) : ended.error();
}

// The newest kReadMax deliveries; says so when there may be more.
Status add_up(Client& client, const v1::DeliveryFilter& filter, const OnDelivery& on_delivery) {
  v1::ExportRequest request;
  *request.mutable_filter() = filter;
  request.set_order(v1::LISTING_ORDER_NEWEST_FIRST);
  request.set_limit(kReadMax);
  const Result<uint64_t> count = read_all(client, request, on_delivery);
  if (!count) {
    return count.error();
  }
  if (*count == kReadMax) {
    remark("only the newest " + grouped(kReadMax) +
           " answers were read; narrow the question with --after, --before or --client");
  }
  return {};
}

void remark_left_out(uint64_t left_out) {
  if (left_out > 0) {
    remark("too many different ones: " + grouped(left_out) + " answers are not in the rows");
  }
}

// `what`: of which there are more than the limit.
void remark_limit(uint32_t limit, const char* what) {
  remark("only the newest " + grouped(limit) + " " + what +
         " are told; --limit can be larger, and --after and --before narrow the question");
}

Result<ExitStatus> run_one(const NamesCommand& command, Tools tools) {
  NamesTable table(command.print, command.filter);
  const Status added = add_up(tools.client, command.filter,
                              [&](const v1::ObservedDelivery& one) { table.add(one); });
  if (!added) {
    return added.error();
  }
  remark_left_out(table.left_out());
  if (table.rows() > command.limit) {
    remark_limit(command.limit, "rows");
  }
  return printed(table.text(command.limit, style_of(STDOUT_FILENO)));
}

std::string line_of(const v1::ObservedDelivery& delivery, Print form, const Style& style,
                    const ClientColumn& clients) {
  switch (form) {
    case Print::kText:
      return delivery_text(delivery, style, clients);
    case Print::kCsv:
      return delivery_csv(delivery);
    case Print::kMinimal:
      return printable(delivery.name()) + "\n";
    case Print::kJson:
    case Print::kCof:
      break;
  }
  return json_line(delivery);
}

// The newest ones, told in the order in which they happened.
Result<ExitStatus> run_one(const TimelineCommand& command, Tools tools) {
  v1::ExportRequest request;
  *request.mutable_filter() = command.filter;
  request.set_order(v1::LISTING_ORDER_NEWEST_FIRST);
  request.set_limit(uint64_t{command.limit} + 1);  // to know whether there are more
  const Style style = style_of(STDOUT_FILENO);
  std::vector<v1::ObservedDelivery> deliveries;
  ClientColumn clients;
  const auto count = read_all(tools.client, request, [&](const v1::ObservedDelivery& delivery) {
    if (deliveries.size() < command.limit) {
      deliveries.push_back(delivery);
      clients.make_room_for(delivery);
    }
  });
  if (!count) {
    return count.error();
  }
  if (*count > command.limit) {
    remark_limit(command.limit, "answers");
  }
  std::string text = command.print == Print::kCsv ? std::string(kDeliveryCsvHead) : "";
  std::set<std::string> told;  // minimal: each once
  std::ranges::reverse(deliveries);
  for (const v1::ObservedDelivery& delivery : deliveries) {
    const std::string line = line_of(delivery, command.print, style, clients);
    if (command.print != Print::kMinimal || told.insert(line).second) {
      text += line;
    }
  }
  return printed(text);
}

Result<ExitStatus> run_one(const RecurrenceCommand& command, Tools tools) {
  const auto recurrence = tools.client.recurrence(command.request);
  if (!recurrence) {
    return recurrence.error();
  }
  return printed(recurrence_text(*recurrence, command.print, style_of(STDOUT_FILENO)));
}

// What of that time was recorded. The server says it with when a host was told something; who may
// ask about some hosts only may ask for that. Of a name that nobody can be told (RFC 6761 section
// 6.4), so that next to nothing is read for it.
std::string recorded_in(const CommonCommand& command, Tools tools) {
  v1::SummarizeRecurrenceRequest request;
  v1::DeliveryFilter& filter = *request.mutable_filter();
  filter = command.filter;
  filter.clear_address();
  filter.set_client(command.hosts.front());
  filter.set_name("invalid");
  const auto recurrence = tools.client.recurrence(request);
  if (!recurrence) {
    remark("what of that time was recorded could not be learned: " + recurrence.error().message);
    return {};
  }
  return recorded_text(recurrence->covered(), style_of(STDOUT_FILENO));
}

Result<ExitStatus> run_one(const CommonCommand& command, Tools tools) {
  CommonCauses causes(command.hosts);
  for (const std::string& host : command.hosts) {
    v1::DeliveryFilter filter = command.filter;
    filter.set_client(host);
    const Status added = add_up(tools.client, filter,
                                [&](const v1::ObservedDelivery& one) { causes.add(host, one); });
    if (!added) {
      return added.error();
    }
  }
  remark_left_out(causes.left_out());
  if (const size_t shared = causes.shared_count(); shared > command.limit) {
    remark("only " + grouped(command.limit) + " of " + grouped(shared) +
           " common names are told, those of most hosts; --limit can be larger");
  }
  const std::string recorded =
      command.print == Print::kText ? recorded_in(command, tools) : std::string();
  return printed(causes.text(command.limit, command.print, style_of(STDOUT_FILENO)) + recorded);
}

// The contacts of a list on their way to the server, some at a time.
class Contacts {
 public:
  static constexpr size_t kLineMax = 4096;  // octets: far more than a contact takes

  // All outlive it.
  Contacts(const BypassCommand& command, const Clock& clock, LookupStream& stream)
      : min_coverage_(command.min_coverage), clock_(clock), stream_(stream) {}

  // Those that have been read. Errors: the stream's.
  Status take_all(LineReader& lines) {
    Status taken;
    for (auto line = lines.next(); line && taken; line = lines.next()) {
      taken = take(*line);
    }
    return taken;
  }

  // Asks for all that were taken and not asked for, and waits for all answers. Errors as above.
  Status ask() {
    int answered = 0;
    bool goes_on = stream_.write(asked_);
    while (goes_on && answered < asked_.questions_size()) {
      v1::LookupStreamResponse response;
      goes_on = stream_.read(response);
      for (const v1::LookupResult& result : response.results()) {
        bypasses_.add(asked_.questions(std::min(answered++, asked_.questions_size() - 1)), result);
      }
    }
    asked_.Clear();
    octets_ = 0;
    return goes_on ? Status() : stream_.finish();
  }

  const Bypasses& bypasses() const { return bypasses_; }
  uint64_t unread() const { return unread_; }  // lines that are no contact

 private:
  // Of one request: questions, mostly some 30 KB, and octets, of which it may have 64 KiB. What a
  // line of JSON says may be as long as the line.
  static constexpr int kAtOnce = 256;
  static constexpr size_t kOctetsAtOnce = 32 << 10;

  Status take(const LineReader::Line& line) {
    if (line.part == LineReader::Part::kNext) {
      return {};  // Counted with its first piece.
    }
    auto contact = contact_from_line(line.text, {clock_.wall(), min_coverage_});
    if (!contact || line.part != LineReader::Part::kWhole) {
      const bool is_blank = line.text.find_first_not_of(" \t\r") == std::string_view::npos;
      unread_ += is_blank ? 0U : 1U;
      return {};
    }
    *asked_.add_questions() = *std::move(contact);
    octets_ += line.text.size();
    return asked_.questions_size() == kAtOnce || octets_ >= kOctetsAtOnce ? ask() : Status();
  }

  const Microseconds min_coverage_;
  const Clock& clock_;
  LookupStream& stream_;
  v1::LookupStreamRequest asked_;
  size_t octets_ = 0;  // of the lines of `asked_`
  Bypasses bypasses_;
  uint64_t unread_ = 0;
};

// Before the rows: how the run went. kFailed when contacts had errors for answers.
ExitStatus tell_of(const Bypasses& bypasses, uint64_t unread) {
  if (unread > 0) {
    remark("lines that are no contact: " + grouped(unread));
  }
  const v1::LookupError* error = bypasses.first_error();
  if (error != nullptr) {
    remark("the first error: " + error->message() + " (" + error->reason() + ")");
  }
  remark(bypasses.summary());
  return error == nullptr ? ExitStatus::kOk : ExitStatus::kFailed;
}

// All of the list. Errors: those of reading, which drops what is under way, and of the stream.
Status ask_for_all(LineReader& lines, LookupStream& stream, Contacts& contacts) {
  for (bool goes_on = true; goes_on;) {
    const Result<LineReader::More> more = lines.fill();
    if (!more) {
      stream.cancel();                     // else its end would wait for answers that nobody reads
      static_cast<void>(stream.finish());  // that it was cancelled is no news
      return more.error();
    }
    if (const Status taken = contacts.take_all(lines); !taken) {
      return taken;
    }
    goes_on = *more != LineReader::More::kEnd;
  }
  return contacts.ask();
}

Result<ExitStatus> run_one(const BypassCommand& command, Tools tools) {
  const InputFile input(command.file);
  if (!input.opened()) {
    return input.opened().error();
  }
  LineReader lines(input.fd(), Contacts::kLineMax);
  const auto stream = tools.client.lookup_stream();
  Contacts contacts(command, tools.clock, *stream);
  if (const Status asked = ask_for_all(lines, *stream, contacts); !asked) {
    return asked.error();
  }
  stream->writes_done();
  if (const Status ended = stream->finish(); !ended) {
    return ended.error();
  }
  const ExitStatus status = tell_of(contacts.bypasses(), contacts.unread());
  const auto told = printed(contacts.bypasses().text(command.print, style_of(STDOUT_FILENO)));
  return told ? Result<ExitStatus>(status) : told;
}

Result<ExitStatus> run_one(const TopCommand& command, Tools tools) {
  Top top(command.ranking);
  const Status added =
      add_up(tools.client, command.filter, [&](const v1::ObservedDelivery& one) { top.add(one); });
  if (!added) {
    return added.error();
  }
  remark_left_out(top.left_out());
  return printed(top.text(command.limit, command.print, style_of(STDOUT_FILENO)));
}

// Where the export begins and ends, to tell how far it is.
Result<TimeSpan> span_of(const v1::DeliveryFilter& filter, Tools tools) {
  TimeSpan span{from_proto(filter.start()), from_proto(filter.end())};
  if (!filter.has_end()) {
    span.end = tools.clock.wall();
  }
  const auto status = tools.client.status();
  if (!status) {
    return status.error();
  }
  span.start = std::max(span.start, from_proto(status->store().oldest()));
  return span;
}

// A line of JSON that says what the span is.
std::string spelled_span(const json::Key& what, const v1::TimeSpan& span) {
  std::string line;
  json::Object object(line);
  append_json(object.key(what), span);
  object.close();
  return line + '\n';
}

double share_of(const TimeSpan& span, WallTime at, v1::ListingOrder order) {
  const auto length = static_cast<double>(std::max<int64_t>((span.end - span.start).count(), 1));
  const double share = static_cast<double>((at - span.start).count()) / length;
  return std::clamp(order == v1::LISTING_ORDER_NEWEST_FIRST ? 1 - share : share, 0.0, 1.0);
}

Result<ExitStatus> run_one(const ExportCommand& command, Tools tools) {
  const Result<TimeSpan> span = span_of(command.request.filter(), tools);
  if (!span) {
    return span.error();
  }
  Progress progress(STDERR_FILENO, tools.clock);
  const bool draws = isatty(STDOUT_FILENO) == 0;  // A bar between the rows would help nobody.
  const auto stream = tools.client.export_deliveries(command.request);
  for (v1::ExportResponse message; stream->read(message);) {
    std::string lines;
    for (const v1::ObservedDelivery& delivery : message.deliveries()) {
      lines += json_line(delivery);
    }
    for (const v1::TimeSpan& covered : message.covered()) {
      lines += spelled_span("covered", covered);
    }
    if (const Status written = print_now(lines); !written) {
      stream->cancel();
      return written.error();
    }
    if (draws && message.deliveries_size() > 0) {
      const WallTime at = from_proto(message.deliveries().rbegin()->at());
      progress.show("export", share_of(*span, at, command.request.order()));
    }
  }
  progress.clear();
  const Status ended = stream->finish();
  return ended ? Result<ExitStatus>(ExitStatus::kOk) : ended.error();
}

// What the stream cannot tell, because it was not recorded: among lines of JSON as one of them, so
// that whoever reads them knows.
std::string gaps_of(const v1::WatchResponse& message, Print print) {
  std::string lines;
  for (const v1::TimeSpan& gap : message.gaps()) {
    if (print == Print::kJson) {
      lines += spelled_span("gap", gap);
    } else {
      remark("not all was recorded from " + moment_column(gap.start()) + " to " +
             moment_column(gap.end()));
    }
  }
  return lines;
}

// One stream of the server. Error kResourceExhausted: we were too slow.
Status watch_once(const WatchCommand& command, v1::WatchRequest& request, ClientColumn& clients,
                  Tools tools) {
  const Style style = style_of(STDOUT_FILENO);
  const auto stream = tools.client.watch(request);
  for (v1::WatchResponse message; stream->read(message);) {
    std::string lines = gaps_of(message, command.print);
    for (const v1::ObservedDelivery& delivery : message.deliveries()) {
      clients.make_room_for(delivery);
      lines += line_of(delivery, command.print, style, clients);
    }
    request.set_resume_token(message.resume_token());
    if (const Status written = print_now(lines); !written) {
      stream->cancel();
      return written;
    }
  }
  return stream->finish();
}

// Between two attempts to reach a server that went.
constexpr Milliseconds kAwayPause{1'000};

// Goes on where it was when our own reader was too slow for the server, and when the server is back
// after it went; it misses nothing that was recorded. One that was not there at the beginning is an
// error.
Result<ExitStatus> run_one(const WatchCommand& command, Tools tools) {
  v1::WatchRequest request;
  *request.mutable_filter() = command.filter;
  if (command.print == Print::kCsv) {
    if (const Status written = print_now(kDeliveryCsvHead); !written) {
      return written.error();
    }
  }
  ClientColumn clients;
  for (bool is_away = false;;) {
    const std::string before = request.resume_token();
    const Status ended = watch_once(command, request, clients, tools);
    if (ended) {
      return ExitStatus::kOk;
    }
    const bool has_moved = request.resume_token() != before;
    const ErrorCode code = ended.error().code;
    is_away = is_away && !has_moved;
    const bool is_full = code == ErrorCode::kResourceExhausted;
    // The place of a connection that was lost may not be free yet.
    const bool waits = code == ErrorCode::kUnavailable || (is_full && is_away);
    if (waits && !request.resume_token().empty()) {
      if (!std::exchange(is_away, true)) {
        remark(ended.error().message + "; this goes on where it was when it is back");
      }
      std::this_thread::sleep_for(kAwayPause);
    } else if (!is_full || !has_moved) {
      return ended.error();
    }
  }
}

}  // namespace

Result<ExitStatus> run_past(const PastCommand& command, Tools tools) {
  return std::visit([&](const auto& verb) { return run_one(verb, tools); }, command.verb);
}

}  // namespace etymon::cli

// Cisco ASA and FTD: the messages about connections and denied packets.
//   Nov 23 2026 14:21:46: %ASA-6-302013: Built outbound TCP connection 7 for
//   outside:203.0.113.83/443 (203.0.113.83/443) to inside:192.168.1.7/51514 (198.51.100.2/51514)
// The address in parentheses is what the other side sees. "for" is the far end, "to" the near one.
// Whoever began is who its real address says, and addressed the other by its mapped one. The
// message about an end has the connection's duration, so that its beginning is known.
#include <array>

#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

// Ten years. More is damage, and 2^32 hours are beyond what a moment can be counted back by.
constexpr uint64_t kDurationHoursMax = uint64_t{10} * 366 * 24;

// "192.0.2.1/443", and what stands before the address: "outside:" or "inside/".
std::optional<Socket> slashed(std::string_view text) {
  const size_t slash = text.rfind('/');
  const auto address = address_of(text.substr(0, slash));
  const bool has_port = slash != std::string_view::npos;
  return address ? std::optional(
                       Socket{*address, has_port ? port_of(text.substr(slash + 1)) : uint16_t{0}})
                 : std::nullopt;
}

struct End {
  Socket real;
  Socket mapped;
};

// "outside:203.0.113.83/443": the socket. An interface may have a context before it
// ("v1:outside:"), and an address has colons of its own: it is what can be read behind one of them.
std::optional<Socket> behind_interface(std::string_view word) {
  for (size_t colon = word.find(':'); colon != std::string_view::npos;
       colon = word.find(':', colon + 1)) {
    if (const auto socket = slashed(word.substr(colon + 1))) {
      return socket;
    }
  }
  return std::nullopt;
}

// "outside:203.0.113.83/443", with " (203.0.113.83/443)" behind it or not.
std::optional<End> take_end(std::string_view& text) {
  const auto real = behind_interface(take_until(text, " "));
  if (!real || text.empty()) {  // cut off: the address may have lost its end
    return std::nullopt;
  }
  std::string_view rest = text;
  std::optional<Socket> mapped;
  if (take(rest, " (")) {
    mapped = slashed(take_until(rest, ")"));
    if (!take(rest, ")")) {
      return std::nullopt;
    }
  }
  return End{*real, mapped.value_or(*real)};
}

// H:MM:SS, with any number of hours that a device may have run.
std::optional<Seconds> duration_of(std::string_view text) {
  const auto hours = number_of(take_until(text, ":"), kDurationHoursMax);
  const auto minutes = take(text, ":") ? number_of(take_until(text, ":"), 59) : std::nullopt;
  const auto seconds = take(text, ":") ? number_of(text, 59) : std::nullopt;
  if (!hours || !minutes || !seconds) {
    return std::nullopt;
  }
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + Seconds(*seconds);
}

void set_ends(const Socket& source, const Socket& destination, Flow& flow) {
  flow.source = source.address;
  flow.source_port = source.port;
  flow.destination = destination.address;
  flow.destination_port = destination.port;
}

// 302013 to 302016: "... for A (A') to B (B') ...". The end says nothing of the direction: "to" is
// the near end.
bool read_connection(std::string_view text, Flow& flow) {
  const bool inbound = text.starts_with("Built inbound");
  std::string_view kind = behind(text, inbound ? " inbound " : " outbound ").value_or(text);
  take(kind, "Teardown ");
  auto rest = behind(text, " for ");
  const auto far = rest ? take_end(*rest) : std::nullopt;
  rest = far ? behind(*rest, " to ") : std::nullopt;
  const auto near = rest ? take_end(*rest) : std::nullopt;
  if (!near) {
    return false;
  }
  flow.proto = take_until(kind, " ");
  if (inbound) {
    set_ends(far->real, near->mapped, flow);
    flow.inside = near->real.address;
  } else {
    set_ends(near->real, far->mapped, flow);
  }
  return true;
}

// 302020, 302021: "... faddr FAR/0 gaddr GLOBAL/1 laddr LOCAL/1", which may end the line: the
// last address without a port behind it may have lost its own end.
bool read_icmp(std::string_view text, Flow& flow) {
  const auto far = slashed(value_of(text, " faddr "));
  const auto global = slashed(value_of(text, " gaddr "));
  const std::string_view last = value_of(text, " laddr ");
  const auto local = slashed(last);
  if (!far || !global || !local || last.find('/') == std::string_view::npos) {
    return false;
  }
  flow.proto = "icmp";
  if (text.starts_with("Built inbound")) {
    flow.source = far->address;
    flow.destination = global->address;
    flow.inside = local->address;
  } else {
    flow.source = local->address;
    flow.destination = far->address;
  }
  return true;
}

// 106023: "Deny tcp src outside:A/1 dst inside:B/2 by access-group ..."
bool read_denied(std::string_view text, Flow& flow) {
  auto rest = behind(text, " src ");
  const auto source = rest ? take_end(*rest) : std::nullopt;
  rest = source ? behind(*rest, " dst ") : std::nullopt;
  const auto destination = rest ? take_end(*rest) : std::nullopt;
  if (!destination || !take(text, "Deny ")) {
    return false;
  }
  take(text, "protocol ");
  flow.proto = take_until(text, " ");
  set_ends(source->real, destination->real, flow);
  return true;
}

// "inside/192.0.2.1(1256)"; nothing without the parenthesis: the address may have lost its end.
std::optional<Socket> with_interface(std::string_view text) {
  take_until(text, "/");
  take(text, "/");
  const auto address = address_of(take_until(text, "("));
  if (!address || !take(text, "(")) {
    return std::nullopt;
  }
  return Socket{*address, port_of(take_until(text, ")"))};
}

// 106100: "access-list NAME permitted tcp inside/A(1) -> outside/B(2) hit-cnt ..."
bool read_access_list(std::string_view text, Flow& flow) {
  std::array<std::string_view, 7> words;
  split(text, ' ', words);
  const auto source = with_interface(words[4]);
  const auto destination = with_interface(words[6]);
  if (words[0] != "access-list" || words[5] != "->" || !source || !destination) {
    return false;
  }
  flow.proto = words[3];
  set_ends(*source, *destination, flow);
  return true;
}

// 106001, 106006, 106007, 106015: "... from A/1 to B/2 ..."
bool read_from_to(std::string_view text, Flow& flow) {
  const auto source = slashed(value_of(text, " from "));
  const auto destination = slashed(closed_value_of(text, " to "));
  if (!source || !destination) {
    return false;
  }
  const bool udp = find(text, "UDP") != std::string_view::npos;
  flow.proto = udp ? "udp" : find(text, "TCP") != std::string_view::npos ? "tcp" : "";
  set_ends(*source, *destination, flow);
  return true;
}

bool read_message(std::string_view id, std::string_view text, Flow& flow) {
  if (id >= "302013" && id <= "302016") {
    return read_connection(text, flow);
  }
  if (id == "302020" || id == "302021") {
    return read_icmp(text, flow);
  }
  if (id == "106023") {
    return read_denied(text, flow);
  }
  if (id == "106100") {
    return read_access_list(text, flow);
  }
  const bool from_to = id == "106001" || id == "106006" || id == "106007" || id == "106015";
  return from_to && read_from_to(text, flow);
}

class CiscoAsaReader final : public LogReader {
 public:
  explicit CiscoAsaReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "asa"; }
  bool is_marked() const override { return true; }

  Reading read(std::string_view line, Flow& flow) override {
    auto rest = behind(line, "%ASA-");
    if (!rest && !(rest = behind(line, "%FTD-"))) {
      return Reading::kUnknown;
    }
    const size_t mark = line.size() - rest->size() - std::string_view("%ASA-").size();
    if (!is_syslog_header(line.substr(0, mark))) {
      return Reading::kUnknown;
    }
    const std::string_view tag = take_until(*rest, ": ");  // "6-302013", "session-6-302013"
    take(*rest, ":");
    skip_blanks(*rest);
    if (!read_message(tag.substr(tag.rfind('-') + 1), *rest, flow)) {
      return Reading::kOther;
    }
    flow.time = times_.of_line(line);
    const auto duration = duration_of(closed_value_of(*rest, " duration "));
    if (flow.time && duration) {
      flow.time = LogTimes::start_of(*flow.time, *duration);
    }
    flow.began_before = flow.time && !duration && rest->starts_with("Teardown");
    return Reading::kFlow;
  }

 private:
  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> cisco_asa_reader(const LogTimes& times) {
  return std::make_unique<CiscoAsaReader>(times);
}

}  // namespace etymon::cli::logs

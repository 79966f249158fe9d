#include "tests/scenario/question.h"

#include "resolver/model/host.h"
#include "resolver/wire/message.h"

namespace etymon::scenario {
namespace {

constexpr uint16_t kServerIdOption = 3;    // RFC 5001
constexpr uint16_t kKeepaliveOption = 11;  // RFC 7828
constexpr uint16_t kMacOption = 65'001;    // dnsmasq's
constexpr const char* kClientCookie = "itsmine!";

Error wrong(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what};
}

// DO, an option or any other sign of EDNS asks for an OPT record.
Status read_edns(const Words& words, TextMessage& out) {
  const Result<uint32_t> size = words.number("edns", wire::kEdnsSize);
  const Result<uint32_t> version = words.number("version", 0);
  const Result<uint32_t> flags = words.number("ednsflags", 0);
  const Result<uint32_t> unknown = words.number("option", 0);
  for (const Result<uint32_t>* number : {&size, &version, &flags, &unknown}) {
    if (!number->ok()) {
      return number->error();
    }
  }
  TextOpt opt{.udp_size = static_cast<uint16_t>(*size),
              .version = static_cast<uint8_t>(*version),
              .flags = static_cast<uint16_t>(*flags | (words.has("do") ? kDnssecOk : 0U)),
              .options = {}};
  if (words.has("nsid")) {
    opt.options.push_back({kServerIdOption, ""});
  }
  if (words.has("keepalive")) {
    opt.options.push_back({kKeepaliveOption, ""});
  }
  if (words.has("cookie") || words.value("cookie")) {
    const std::string text = words.value("cookie").value_or("");
    const Result<std::string> octets =
        text.empty() || text == "kept" ? std::string(kClientCookie) : octets_from(text);
    if (!octets.ok()) {
      return octets.error();
    }
    opt.options.push_back({kCookieOption, *octets});
  }
  if (const auto subnet = words.value("subnet")) {
    const Result<std::string> octets = subnet_option(*subnet, 0);
    if (!octets.ok()) {
      return octets.error();
    }
    opt.options.push_back({kSubnetOption, *octets});
  }
  if (const auto text = words.value("mac")) {
    const std::optional<MacAddress> mac = MacAddress::from_text(*text);
    if (!mac) {
      return wrong("no MAC: " + *text);
    }
    opt.options.push_back({kMacOption, {mac->octets().begin(), mac->octets().end()}});
  }
  if (words.value("option")) {
    opt.options.push_back({static_cast<uint16_t>(*unknown), "unknown"});
  }
  if (words.has("edns") || words.value("edns") || words.value("version") || opt.flags != 0 ||
      !opt.options.empty()) {
    out.opt = opt;
  }
  return {};
}

uint16_t query_flags(const Words& words, uint32_t opcode) {
  unsigned flags = words.has("nord") ? 0U : wire::kFlagRd;
  flags |= words.has("ad") ? wire::kFlagAd : 0U;
  flags |= words.has("cd") ? wire::kFlagCd : 0U;
  return static_cast<uint16_t>(flags | opcode << 11);
}

RecordClass class_from(const std::string& text) {
  return text == "CH"    ? RecordClass::kChaos
         : text == "ANY" ? RecordClass::kAny
                         : RecordClass{4};  // HS
}

}  // namespace

std::string option_of(const TextMessage& message, uint16_t code) {
  for (const EdnsOption& option : message.opt ? message.opt->options : std::vector<EdnsOption>()) {
    if (option.code == code) {
      return option.data;
    }
  }
  return "";
}

Result<ScriptedQuestion> read_question(const std::vector<std::string>& words, size_t first) {
  if (words.size() < first + 2) {
    return wrong("a question has a name and a type");
  }
  const Result<Words> more = Words::read(
      words, first + 2,
      {"tcp", "do", "ad", "cd", "nord", "edns", "nsid", "keepalive", "cookie", "together"},
      {"edns", "version", "ednsflags", "option", "subnet", "mac", "class", "opcode", "times", "of",
       "via", "cookie"});
  const Result<RecordType> type = record_type_from_text(words[first + 1]);
  if (!more.ok() || !type.ok()) {
    return more.ok() ? type.error() : more.error();
  }
  const Result<uint32_t> opcode = more->number("opcode", 0);
  const Result<uint32_t> times = more->number("times", 1);
  if (!opcode.ok() || !times.ok()) {
    return opcode.ok() ? times.error() : opcode.error();
  }
  ScriptedQuestion question;
  question.message.qname = words[first];
  question.message.qtype = *type;
  question.message.flags = query_flags(*more, *opcode);
  if (const auto klass = more->value("class")) {
    question.message.qclass = class_from(*klass);
  }
  question.transport = more->has("tcp") ? Transport::kTcp : Transport::kUdp;
  question.times = *times;
  question.together = more->has("together");
  question.zone = more->value("of").value_or("");
  question.cookie_kept = more->value("cookie") == "kept";
  if (const auto via = more->value("via")) {
    const Result<IpAddress> address = IpAddress::from_text(*via);
    if (!address.ok()) {
      return address.error();
    }
    question.via = *address;
  }
  if (const Status edns = read_edns(*more, question.message); !edns.ok()) {
    return edns.error();
  }
  return question;
}

std::string numbered(std::string name, uint32_t number) {
  for (size_t at = name.find('%'); at != name.npos; at = name.find('%')) {
    name.replace(at, 1, std::to_string(number));
  }
  return name;
}

Result<std::string> write_query(const ScriptedQuestion& question, uint32_t number, uint16_t id) {
  TextMessage message = question.message;
  message.id = id;
  message.qname = numbered(message.qname, number);
  return write_message(message);
}

bool is_question(const Asked& asked, const ScriptedQuestion& question, uint32_t number) {
  const forward::UpstreamQuestion& was = asked.question;
  const TextMessage& message = question.message;
  return asked.name == numbered(message.qname, number) && asked.zone == question.zone &&
         was.qtype == message.qtype && was.qclass == message.qclass &&
         was.client_subnet == option_of(message, kSubnetOption) &&
         was.dnssec_ok == (message.opt && (message.opt->flags & kDnssecOk) != 0) &&
         was.checking_disabled == ((message.flags & wire::kFlagCd) != 0);
}

bool names_same(const Asked& asked, const ScriptedQuestion& question) {
  return asked.name == question.message.qname && asked.question.qtype == question.message.qtype;
}

Result<TextMessage> read_response(const Step& step, const Words& words, const TextMessage& query) {
  const Result<Rcode> rcode = rcode_from_text(step.has(4) ? step.words[4] : "");
  Result<std::vector<TextRecord>> records = read_records(step.below);
  if (!rcode.ok() || !records.ok()) {
    return rcode.ok() ? records.error() : rcode.error();
  }
  TextMessage response = query;
  unsigned flags = wire::kFlagQr | wire::kFlagRd | wire::kFlagRa;
  flags |= words.has("aa") ? wire::kFlagAa : 0U;
  flags |= words.has("ad") ? wire::kFlagAd : 0U;
  flags |= words.has("tc") ? wire::kFlagTc : 0U;
  response.flags = static_cast<uint16_t>(flags);
  response.rcode = *rcode;
  response.records = *std::move(records);
  response.opt.reset();
  if (words.has("edns") || words.has("cookie") || words.value("cookie") || words.value("scope") ||
      words.value("subnet")) {
    response.opt.emplace().udp_size = wire::kEdnsSize;
  }
  return response;
}

Status answer_subnet(const Words& words, const TextMessage& query, TextMessage& response) {
  const Result<uint32_t> scope = words.number("scope", 0);
  if (!scope.ok() || (!words.value("scope") && !words.value("subnet"))) {
    return scope.ok() ? Status() : scope.error();
  }
  const std::string asked = option_of(query, kSubnetOption);
  const std::string prefix = words.value("subnet").value_or(subnet_text(asked));
  const Result<std::string> told = subnet_option(prefix, static_cast<uint8_t>(*scope));
  if (!told.ok()) {
    return wrong("no subnet was asked about, and none is told");
  }
  response.opt->options.push_back({kSubnetOption, *told});
  return {};
}

Result<std::string> write_response(const Step& step, const Asked& asked) {
  const Result<Words> words = Words::read(step.words, 5, {"aa", "ad"}, {});
  if (!words.ok()) {
    return words.error();
  }
  TextMessage query;
  query.qname = asked.name;
  query.qtype = asked.question.qtype;
  query.qclass = asked.question.qclass;
  const Result<TextMessage> response = read_response(step, *words, query);
  return response.ok() ? write_message(*response) : response.error();
}

std::string describe(const Asked& asked) {
  return asked.name + " " + to_text(asked.question.qtype) +
         (asked.zone.empty() ? "" : " of=" + asked.zone) + (asked.question.dnssec_ok ? " do" : "") +
         (asked.question.checking_disabled ? " cd" : "") +
         (asked.question.client_subnet.empty()
              ? ""
              : " subnet=" + subnet_text(asked.question.client_subnet));
}

Result<std::string> subnet_option(const std::string& text, uint8_t scope) {
  constexpr unsigned kIpv4Bits = 32;
  constexpr uint16_t kIpv4 = 1;
  constexpr uint16_t kIpv6 = 2;
  const Result<IpPrefix> prefix = IpPrefix::from_text(text);
  if (!prefix.ok()) {
    return prefix.error();
  }
  const bool is_v4 = prefix->first().is_v4();
  const unsigned skipped = is_v4 ? 128 - kIpv4Bits : 0;
  const unsigned bits = prefix->length() - skipped;
  std::string data;
  ByteWriter out(data);
  out.u16(is_v4 ? kIpv4 : kIpv6);
  out.u8(static_cast<uint8_t>(bits));
  out.u8(scope);
  out.bytes(ByteView(prefix->first().octets()).subspan(skipped / 8, (bits + 7) / 8));
  return data;
}

std::string subnet_text(const std::string& option) {
  constexpr size_t kAddressAt = 4;
  if (option.size() < kAddressAt) {
    return "cut";
  }
  const bool is_v4 = load_u16(as_bytes(option).data()) == 1;
  std::string octets = option.substr(kAddressAt);
  octets.resize(is_v4 ? 4 : 16);
  const ByteView bytes = as_bytes(octets);
  const IpAddress first =
      is_v4 ? IpAddress::v4(bytes.first<4>()) : IpAddress::v6(bytes.first<16>());
  const auto bits = static_cast<uint8_t>(option[2]);
  const auto scope = static_cast<uint8_t>(option[3]);
  return first.text() + "/" + std::to_string(bits) +
         (scope == 0 ? "" : " scope=" + std::to_string(scope));
}

}  // namespace etymon::scenario

#include "resolver/model/record.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace etymon {
namespace {

struct Mnemonic {
  std::string_view text;
  unsigned number;
};

// IANA "Resource Record (RR) TYPEs": those met in practice.
constexpr Mnemonic kTypes[] = {
    {"A", 1},       {"NS", 2},        {"CNAME", 5},       {"SOA", 6},         {"PTR", 12},
    {"HINFO", 13},  {"MX", 15},       {"TXT", 16},        {"RP", 17},         {"AFSDB", 18},
    {"AAAA", 28},   {"LOC", 29},      {"SRV", 33},        {"NAPTR", 35},      {"KX", 36},
    {"CERT", 37},   {"DNAME", 39},    {"OPT", 41},        {"APL", 42},        {"DS", 43},
    {"SSHFP", 44},  {"IPSECKEY", 45}, {"RRSIG", 46},      {"NSEC", 47},       {"DNSKEY", 48},
    {"DHCID", 49},  {"NSEC3", 50},    {"NSEC3PARAM", 51}, {"TLSA", 52},       {"SMIMEA", 53},
    {"HIP", 55},    {"CDS", 59},      {"CDNSKEY", 60},    {"OPENPGPKEY", 61}, {"CSYNC", 62},
    {"ZONEMD", 63}, {"SVCB", 64},     {"HTTPS", 65},      {"SPF", 99},        {"TKEY", 249},
    {"TSIG", 250},  {"IXFR", 251},    {"AXFR", 252},      {"ANY", 255},       {"URI", 256},
    {"CAA", 257},
};

// IANA "DNS CLASSes".
constexpr Mnemonic kClasses[] = {{"IN", 1}, {"CH", 3}, {"HS", 4}, {"NONE", 254}, {"ANY", 255}};

// IANA "DNS RCODEs".
constexpr Mnemonic kRcodes[] = {
    {"NOERROR", 0},  {"FORMERR", 1},    {"SERVFAIL", 2}, {"NXDOMAIN", 3},  {"NOTIMP", 4},
    {"REFUSED", 5},  {"YXDOMAIN", 6},   {"YXRRSET", 7},  {"NXRRSET", 8},   {"NOTAUTH", 9},
    {"NOTZONE", 10}, {"DSOTYPENI", 11}, {"BADVERS", 16}, {"BADKEY", 17},   {"BADTIME", 18},
    {"BADMODE", 19}, {"BADNAME", 20},   {"BADALG", 21},  {"BADTRUNC", 22}, {"BADCOOKIE", 23},
};

constexpr unsigned kTypeMax = 0xFFFF;
constexpr unsigned kRcodeMax = 0xFFF;  // RFC 6891 section 6.1.3: four bits and eight more

std::string name_of(unsigned number, std::span<const Mnemonic> names, std::string_view prefix) {
  const auto found = std::ranges::find(names, number, &Mnemonic::number);
  return found != names.end() ? std::string(found->text)
                              : std::string(prefix) + std::to_string(number);
}

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return upper;
}

std::optional<unsigned> number_of(std::string_view text, std::span<const Mnemonic> names,
                                  std::string_view prefix) {
  const std::string upper = upper_case(text);
  const auto found = std::ranges::find(names, upper, &Mnemonic::text);
  if (found != names.end()) {
    return found->number;
  }
  if (!upper.starts_with(prefix)) {
    return std::nullopt;
  }
  unsigned number = 0;
  const char* const last = upper.data() + upper.size();
  const auto [end, error] = std::from_chars(upper.data() + prefix.size(), last, number);
  return error == std::errc{} && end == last ? std::optional(number) : std::nullopt;
}

Error unknown(std::string_view what, std::string_view text) {
  return {ErrorCode::kInvalidArgument,
          "unknown " + std::string(what) + " \"" + std::string(text.substr(0, 100)) + "\""};
}

}  // namespace

std::string to_text(RecordType type) {
  return name_of(static_cast<unsigned>(type), kTypes, "TYPE");
}

std::string to_text(RecordClass klass) {
  return name_of(static_cast<unsigned>(klass), kClasses, "CLASS");
}

std::string to_text(Rcode rcode) {
  return name_of(static_cast<unsigned>(rcode), kRcodes, "RCODE");
}

Result<RecordType> record_type_from_text(std::string_view text) {
  const auto number = number_of(text, kTypes, "TYPE");
  if (!number || *number > kTypeMax) {
    return unknown("record type", text);
  }
  return static_cast<RecordType>(*number);
}

Result<Rcode> rcode_from_text(std::string_view text) {
  const bool is_number =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const auto number = number_of((is_number ? "RCODE" : "") + std::string(text), kRcodes, "RCODE");
  if (!number || *number > kRcodeMax) {
    return unknown("response code", text);
  }
  return static_cast<Rcode>(*number);
}

}  // namespace etymon

// The numbers of the DNS that we name: types, classes, codes (IANA "Domain Name System
// Parameters").
//
// They are open sets: any 16-bit (rcode: 12-bit) number is a valid value of these enums, and its
// text form is then TYPE65280, CLASS3 or RCODE17 (RFC 3597 section 5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/base/result.h"

namespace etymon {

enum class RecordType : uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kHinfo = 13,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kDname = 39,
  kOpt = 41,
  kRrsig = 46,
  kSvcb = 64,
  kHttps = 65,
  kTkey = 249,
  kTsig = 250,
  kIxfr = 251,
  kAxfr = 252,
  kAny = 255,
};

enum class RecordClass : uint16_t { kIn = 1, kChaos = 3, kNone = 254, kAny = 255 };

enum class Rcode : uint16_t {
  kNoError = 0,
  kFormErr = 1,
  kServFail = 2,
  kNxDomain = 3,
  kNotImp = 4,
  kRefused = 5,
  kBadVers = 16,    // RFC 6891 section 9: the upper eight bits travel in the OPT record
  kBadCookie = 23,  // RFC 7873 section 8
};

std::string to_text(RecordType type);
std::string to_text(RecordClass klass);
std::string to_text(Rcode rcode);
// Mnemonic in any case, or TYPEnnn; of an Rcode the number alone, too, as JSON has it.
Result<RecordType> record_type_from_text(std::string_view text);
Result<Rcode> rcode_from_text(std::string_view text);

}  // namespace etymon

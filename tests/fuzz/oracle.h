// What ldns, which was written by others, thinks of a message: the oracle of the fuzz targets.
#pragma once

#include <optional>
#include <string>

#include "resolver/model/record.h"
#include "resolver/wire/message.h"

namespace etymon::fuzz {

struct OracleView {
  wire::Header header;  // counts as found; an OPT or TSIG is not counted
  std::string qname;
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
  unsigned rcode = 0;  // all twelve bits
  bool edns = false;
  uint16_t udp_size = 0;  // of the OPT
  bool dnssec_ok = false;
};

// Nothing when ldns rejects the message.
std::optional<OracleView> ask_oracle(ByteView message);

// Ends the process, as a fuzzer expects it of a finding.
void require(bool condition, const char* what);

}  // namespace etymon::fuzz

#include "tests/scenario/spoiling.h"

#include <algorithm>

#include "resolver/wire/message.h"

namespace etymon::scenario {
namespace {

void change_spelling(std::string& name) {
  const auto letter = std::ranges::find_if(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  if (letter != name.end()) {
    *letter = static_cast<char>(*letter ^ 0x20);
  }
}

void change_cookie(TextMessage& message) {
  for (EdnsOption& option : message.opt->options) {
    option.data[0] = static_cast<char>(option.data[0] ^ 1);
  }
}

bool spoil(TextMessage& message, const std::string& what, uint32_t number) {
  if (what == "id") {
    message.id = static_cast<uint16_t>(message.id + number);
  } else if (what == "name") {
    message.qname = "another." + message.qname;
  } else if (what == "question") {
    message.qname.clear();
  } else if (what == "type") {
    message.qtype = message.qtype == RecordType::kA ? RecordType::kAaaa : RecordType::kA;
  } else if (what == "class") {
    message.qclass = RecordClass::kChaos;
  } else if (what == "spelling") {
    change_spelling(message.qname);
  } else if (what == "direction") {
    message.flags = static_cast<uint16_t>(message.flags & ~wire::kFlagQr);
  } else if (what == "recursion") {
    message.flags = static_cast<uint16_t>(message.flags & ~wire::kFlagRa);
  } else if (what == "cookie" && message.opt) {
    change_cookie(message);
  } else {
    return what.empty() || what == "records";
  }
  return true;
}

}  // namespace

Result<std::string> write_spoiled(TextMessage message, const std::string& what, uint32_t number) {
  if (!spoil(message, what, number)) {
    return Error{ErrorCode::kInvalidArgument, "wrong=" + what + " means nothing here"};
  }
  Result<std::string> octets = write_message(message);
  if (octets.ok() && what == "records") {  // One is announced that does not come.
    constexpr size_t kCountEnd = 7;
    (*octets)[kCountEnd] = static_cast<char>((*octets)[kCountEnd] + 1);
  }
  return octets;
}

}  // namespace etymon::scenario

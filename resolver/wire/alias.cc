#include "resolver/wire/alias.h"

#include "resolver/wire/rebuild.h"

namespace etymon::wire {

Result<ParsedResponse> answer_behind(const AskedQuestion& asked, std::span<const OwnedRecord> chain,
                                     ByteView target) {
  MessageIndex index(target);
  if (const Status read = index.read(); !read.ok()) {
    return read.error();
  }
  const Result<std::string> message = rebuild_behind(asked, chain, index);
  return message.ok() ? parse_response(as_bytes(*message), asked) : message.error();
}

}  // namespace etymon::wire

// What the data of a record looks like, for the types that hold a name at a fixed place or that we
// look into: servers let later names point at such a name, even where its type forbids to compress
// it. Internal to wire. All other types are opaque and pass unread (RFC 3597).
#pragma once

#include <array>
#include <span>

#include "resolver/wire/message.h"
#include "resolver/wire/message_names.h"

namespace etymon::wire {

// Whether data of `type` is looked into at all.
bool has_layout(RecordType type);

struct RdataPlace {
  RecordType type = RecordType::kA;
  size_t at = 0;
  size_t size = 0;
};

// True when the data at `rdata` fills its layout exactly; true for unknown types.
// Its names, which may be compressed, are read into `names`.
bool rdata_is_sound(ByteView message, const RdataPlace& rdata, MessageNames& names);

// Where the names in the data begin, offsets in the message, and where each ends as it stands
// there.
struct RdataNames {
  struct Span {
    size_t begin = 0;
    size_t end = 0;
  };
  std::array<Span, 2> spans;
  size_t count = 0;

  std::span<const Span> all() const { return std::span(spans).first(count); }
};
// REQUIRES: rdata_is_sound().
RdataNames names_in_rdata(ByteView message, const RdataPlace& rdata);

// Whether whoever reads data of `type` has to expect compressed names in it (RFC 3597 section 4).
bool may_compress(RecordType type);

}  // namespace etymon::wire

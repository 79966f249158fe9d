// What the data of a record looks like, for the types that hold a name at a fixed place or that we
// look into: servers let later names point at such a name, even where its type forbids to compress
// it. Internal to wire. All other types are opaque and pass unread (RFC 3597).
#pragma once

#include "resolver/wire/message.h"
#include "resolver/wire/name.h"

namespace etymon::wire {

// Whether data of `type` is looked into at all.
bool has_layout(RecordType type);

struct RdataPlace {
  RecordType type = RecordType::kA;
  size_t at = 0;
  size_t size = 0;
};

// True when the data at `rdata` fills its layout exactly; true for unknown types.
// Names in it may be compressed; `starts` as for expand_name_in_order.
bool rdata_is_sound(ByteView message, const RdataPlace& rdata, LabelStarts& starts);

}  // namespace etymon::wire

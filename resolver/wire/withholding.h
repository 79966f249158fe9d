// Taking records out of an answer for the sake of the addresses that they bring. Internal to wire.
#pragma once

#include "resolver/wire/records.h"
#include "resolver/wire/selection.h"

namespace etymon::wire {

// Keeps no longer what brings an address for which `is_withheld` holds: A and AAAA records, SVCB
// and HTTPS records with such a hint, and the signatures of the sets that are not whole any more.
// What else a record that goes has brought is withheld, too, unless another one brings it. The TTLs
// stay those of the whole answer.
void withhold(const MessageIndex& index, const AddressTest& is_withheld, Selection& selection);

}  // namespace etymon::wire

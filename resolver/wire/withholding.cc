#include "resolver/wire/withholding.h"

#include <algorithm>

#include "resolver/wire/addresses.h"

namespace etymon::wire {
namespace {

bool is_signature_of(const MessageIndex& index, const Record& record, const Record& covered) {
  return record.type == RecordType::kRrsig && record.section == covered.section &&
         record.owner == covered.owner && record.klass == covered.klass &&
         RecordType{load_u16(index.rdata(record).data())} == covered.type;
}

void drop(const MessageIndex& index, size_t at, Selection& selection) {
  const std::span<const Record> records = index.records();
  selection.keep[at] = false;
  for (size_t i = 0; i < records.size(); ++i) {
    if (is_signature_of(index, records[i], records[at])) {
      selection.keep[i] = false;
    }
  }
}

// Whether anything but signatures is left at the chain's end.
bool has_terminal(const MessageIndex& index, const Selection& selection) {
  const std::span<const Record> records = index.section(Section::kAnswer);
  for (size_t i = 0; i < records.size(); ++i) {
    if (selection.keep[i] && records[i].owner == selection.end_of_chain() &&
        records[i].type != RecordType::kRrsig) {
      return true;
    }
  }
  return false;
}

}  // namespace

void withhold(const MessageIndex& index, AddressTest is_withheld, Selection& selection) {
  std::vector<size_t> origins;
  const DeliveredAddresses all = find_addresses(index, selection, &origins);
  for (size_t i = 0; i < origins.size(); ++i) {
    if (is_withheld(all.addresses[i].address)) {
      drop(index, origins[i], selection);
    }
  }
  const DeliveredAddresses left = find_addresses(index, selection);
  for (size_t i = 0; i < origins.size(); ++i) {
    const IpAddress& address = all.addresses[i].address;
    if (!selection.keep[origins[i]] &&
        std::ranges::find(left.addresses, address, &AnswerAddress::address) ==
            left.addresses.end()) {
      selection.withheld.push_back(address);
    }
  }
  selection.has_terminal = selection.has_terminal && has_terminal(index, selection);
}

}  // namespace etymon::wire

#include "resolver/wire/withholding.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "resolver/wire/addresses.h"

namespace etymon::wire {
namespace {

// A set of records, or of what a signature says that it signs.
struct RecordSet {
  ExpandedName owner;
  RecordType type = RecordType::kA;
  RecordClass klass = RecordClass::kIn;
  Section section = Section::kAnswer;

  friend bool operator==(const RecordSet&, const RecordSet&) = default;
  friend bool operator<(const RecordSet& a, const RecordSet& b) {
    return std::tie(a.owner.hash, a.type, a.klass, a.section, a.owner.text) <
           std::tie(b.owner.hash, b.type, b.klass, b.section, b.owner.text);
  }
};

RecordSet set_of(const Record& record) {
  return {record.owner, record.type, record.klass, record.section};
}

RecordSet set_signed_by(const MessageIndex& index, const Record& signature) {
  RecordSet covered = set_of(signature);
  covered.type = RecordType{load_u16(index.rdata(signature).data())};
  return covered;
}

// A set that is not whole any more is not what was signed.
void drop_signatures(const MessageIndex& index, std::vector<RecordSet> broken,
                     Selection& selection) {
  std::ranges::sort(broken, std::less<>());
  const std::span<const Record> records = index.records();
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].type == RecordType::kRrsig &&
        std::ranges::binary_search(broken, set_signed_by(index, records[i]), std::less<>())) {
      selection.keep[i] = false;
    }
  }
}

// Whether anything but signatures is left at the chain's end.
bool has_terminal(const MessageIndex& index, const Selection& selection) {
  const std::span<const Record> records = index.section(Section::kAnswer);
  const ExpandedName end = selection.end_of_chain();
  for (size_t i = 0; i < records.size(); ++i) {
    if (selection.keep[i] && records[i].owner == end && records[i].type != RecordType::kRrsig) {
      return true;
    }
  }
  return false;
}

}  // namespace

void withhold(const MessageIndex& index, AddressTest is_withheld, Selection& selection) {
  std::vector<size_t> origins;
  const DeliveredAddresses all = find_addresses(index, selection, &origins);
  std::vector<RecordSet> broken;
  for (size_t i = 0; i < origins.size(); ++i) {
    if (is_withheld(all.addresses[i].address)) {
      selection.keep[origins[i]] = false;
      const RecordSet set = set_of(index.records()[origins[i]]);
      if (broken.empty() || broken.back() != set) {
        broken.push_back(set);
      }
    }
  }
  if (broken.empty()) {
    return;
  }
  drop_signatures(index, std::move(broken), selection);
  std::vector<IpAddress> left;  // what other records told as well
  for (size_t i = 0; i < origins.size(); ++i) {
    (selection.keep[origins[i]] ? left : selection.withheld).push_back(all.addresses[i].address);
  }
  std::ranges::sort(left);
  std::erase_if(selection.withheld, [&](const IpAddress& address) {
    return std::ranges::binary_search(left, address);
  });
  selection.has_terminal = selection.has_terminal && has_terminal(index, selection);
}

}  // namespace etymon::wire

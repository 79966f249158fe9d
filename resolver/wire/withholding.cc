#include "resolver/wire/withholding.h"

#include <algorithm>
#include <iterator>

#include "resolver/wire/addresses.h"

namespace etymon::wire {
namespace {

// A set of records, or of what a signature says that it signs.
struct RecordSet {
  ExpandedName owner;
  RecordType type = RecordType::kA;
  RecordClass klass = RecordClass::kIn;
  Section section = Section::kAnswer;

  friend auto operator<=>(const RecordSet&, const RecordSet&) = default;
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
  std::ranges::sort(broken);
  const std::span<const Record> records = index.records();
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].type == RecordType::kRrsig &&
        std::ranges::binary_search(broken, set_signed_by(index, records[i]))) {
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

void withhold(const MessageIndex& index, const AddressTest& is_withheld, Selection& selection) {
  std::vector<size_t> origins;
  const DeliveredAddresses all = select_addresses(index, selection, &origins);
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
  std::ranges::transform(all.addresses, std::back_inserter(selection.withheld),
                         &AnswerAddress::address);
  selection.has_terminal = selection.has_terminal && has_terminal(index, selection);
}

}  // namespace etymon::wire

#include "resolver/wire/selection.h"

#include <algorithm>
#include <optional>

#include "resolver/wire/name.h"

namespace etymon::wire {
namespace {

class ChainWalk {
 public:
  ChainWalk(const MessageIndex& index, const AskedQuestion& asked)
      : index_(index), asked_(asked), answer_(index.section(Section::kAnswer)) {
    selection_.keep.reserve(index.records().size());
    for (const Record& record : index.records()) {
      selection_.keep.push_back(record.section != Section::kAnswer && !record.is_pseudo());
    }
  }

  Result<Selection> run() {
    std::optional<ExpandedName> next = index_.question_name();
    while (next) {
      if (std::ranges::find(selection_.chain, *next) != selection_.chain.end()) {
        return Error{ErrorCode::kInvalidArgument, "malformed response: the CNAME chain loops"};
      }
      if (selection_.chain.size() > kChainMax) {
        return Error{ErrorCode::kInvalidArgument,
                     "malformed response: the CNAME chain is too long"};
      }
      selection_.chain.push_back(*next);
      next = keep_terminal() ? step_beside_signatures() : keep_alias();
    }
    return std::move(selection_);
  }

 private:
  bool in_asked_class(const Record& record) const {
    return record.klass == asked_.qclass || asked_.qclass == RecordClass::kAny;
  }

  bool is_asked_type(const Record& record) const {
    return !record.is_pseudo() && (record.type == asked_.qtype || asked_.qtype == RecordType::kAny);
  }

  bool signs(const Record& record, RecordType covered) const {
    return record.type == RecordType::kRrsig &&
           RecordType{load_u16(index_.rdata(record).data())} == covered;
  }

  void keep(const Record& record) {
    selection_.keep[static_cast<size_t>(&record - answer_.data())] = true;
    selection_.answer_ttl_s = std::min(selection_.answer_ttl_s, record.ttl_s);
    if (record.type != RecordType::kRrsig) {
      selection_.chain_ttl_s = std::min(selection_.chain_ttl_s, record.ttl_s);
    }
  }

  void keep_signatures(const ExpandedName& owner, RecordType covered) {
    for (const Record& record : answer_) {
      if (record.owner == owner && in_asked_class(record) && signs(record, covered)) {
        keep(record);
      }
    }
  }

  // The records of the asked type at the chain's end, if this is its end.
  bool keep_terminal() {
    const ExpandedName name = selection_.end_of_chain();
    for (const Record& record : answer_) {
      if (record.owner == name && in_asked_class(record) && is_asked_type(record)) {
        keep(record);
        selection_.has_terminal = true;
      }
    }
    if (selection_.has_terminal) {
      keep_signatures(name, asked_.qtype);
    }
    return selection_.has_terminal;
  }

  // The step that leads on from the chain's end. A DNAME comes with the CNAME that was made from it
  // (RFC 6672 section 3.1), which then is the step; without one the substitution is ours to do.
  std::optional<ExpandedName> keep_alias() {
    const std::optional<ExpandedName> substituted = keep_dname();
    const std::optional<ExpandedName> target = keep_cname();
    return target ? target : substituted;
  }

  // An alias has signatures of its own (RFC 4034 section 3): who asks for those is told it, too.
  std::optional<ExpandedName> step_beside_signatures() {
    return asked_.qtype == RecordType::kRrsig ? keep_cname() : std::nullopt;
  }

  // A name has one CNAME (RFC 2181 section 10.1). Of several the first is kept, so that what the
  // client follows is what is recorded.
  std::optional<ExpandedName> keep_cname() {
    const ExpandedName name = selection_.end_of_chain();
    const auto cname = std::ranges::find_if(answer_, [&](const Record& record) {
      return record.type == RecordType::kCname && record.owner == name && in_asked_class(record);
    });
    if (cname == answer_.end()) {
      return std::nullopt;
    }
    keep(*cname);
    keep_signatures(name, RecordType::kCname);
    return index_.rdata_name(*cname, 0);
  }

  std::optional<ExpandedName> keep_dname() {
    if (std::ranges::find(answer_, RecordType::kDname, &Record::type) == answer_.end()) {
      return std::nullopt;
    }
    const std::string_view name = selection_.end_of_chain().text;
    const NamesAbove above(name);
    const auto dname = std::ranges::find_if(answer_, [&](const Record& record) {
      return record.type == RecordType::kDname && above.has(record.owner.text) &&
             in_asked_class(record);
    });
    if (dname == answer_.end()) {
      return std::nullopt;
    }
    keep(*dname);
    keep_signatures(dname->owner, RecordType::kDname);
    std::string substituted(name.substr(0, name.size() - dname->owner.text.size()));
    substituted += index_.rdata_name(*dname, 0).text;
    // Too long a name cannot be asked for: the chain ends here (YXDOMAIN, RFC 6672 section 2.2).
    return substituted.size() <= kNameMax ? std::optional(index_.keep_name(substituted))
                                          : std::nullopt;
  }

  const MessageIndex& index_;
  const AskedQuestion& asked_;
  std::span<const Record> answer_;
  Selection selection_;
};

}  // namespace

Result<Selection> select_answer(const MessageIndex& index, const AskedQuestion& asked) {
  return ChainWalk(index, asked).run();
}

}  // namespace etymon::wire

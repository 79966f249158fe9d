#include "resolver/wire/response.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "resolver/wire/addresses.h"
#include "resolver/wire/name.h"
#include "resolver/wire/rebuild.h"
#include "resolver/wire/records.h"
#include "resolver/wire/selection.h"
#include "resolver/wire/withholding.h"

namespace etymon::wire {
namespace {

// MINIMUM is the last of an SOA's five numbers (RFC 1035 section 3.3.13).
constexpr size_t kSoaMinimumSize = 4;

constexpr size_t kQuestionTail = 4;     // type, class
constexpr size_t kOptUpperRcodeAt = 5;  // from its owner, the root: type, class, then this

bool is_response_to(ByteView message, const AskedQuestion& asked) {
  const size_t question_end = kHeaderSize + asked.qname.size() + kQuestionTail;
  if (asked.qname.empty() || message.size() < question_end) {
    return false;
  }
  const Header header = read_header(message);
  const uint8_t* tail = &message[kHeaderSize + asked.qname.size()];
  return (header.flags & kFlagQr) != 0 && opcode_of(header.flags) == 0 && header.qdcount == 1 &&
         std::ranges::equal(message.subspan(kHeaderSize, asked.qname.size()), asked.qname) &&
         RecordType{load_u16(tail)} == asked.qtype &&
         RecordClass{load_u16(tail + 2)} == asked.qclass;
}

uint32_t negative_ttl(const MessageIndex& index, const Record& soa) {
  const ByteView minimum = index.rdata(soa).last(kSoaMinimumSize);
  return std::min(soa.ttl_s, load_u32(minimum.data()));
}

// How long the absence at the chain's end may be believed (RFC 2308 section 5); 0 without an SOA
// that speaks for that name.
uint32_t negative_ttl(const MessageIndex& index, const ExpandedName& name) {
  const NamesAbove above(name.text);
  for (const Record& record : index.section(Section::kAuthority)) {
    if (record.type == RecordType::kSoa && (record.owner == name || above.has(record.owner.text))) {
      return negative_ttl(index, record);
    }
  }
  return 0;
}

// How many records stay when only the last ones go, which nothing can point into; nothing when
// records in between go too. The usual case by far: an OPT at the end, or nothing at all.
std::optional<size_t> kept_in_front(const Keeping& keep) {
  const auto cut = std::ranges::find(keep, false);
  const bool only_the_last = std::find(cut, keep.end(), true) == keep.end();
  return only_the_last ? std::optional(static_cast<size_t>(cut - keep.begin())) : std::nullopt;
}

uint16_t count_of(std::span<const Record> records, Section section) {
  return static_cast<uint16_t>(std::ranges::count(records, section, &Record::section));
}

// A record's TTL as it is kept. `negative`: see StoredResponse.
uint32_t stored_ttl(const MessageIndex& index, const Record& record, bool negative) {
  const bool is_negative_soa =
      negative && record.section == Section::kAuthority && record.type == RecordType::kSoa;
  return is_negative_soa ? negative_ttl(index, record) : record.ttl_s;
}

// The first `count` records of the index, as they stand.
StoredResponse store_front(const MessageIndex& index, size_t count, bool negative) {
  const std::span<const Record> kept = index.records().first(count);
  const bool all = count == index.records().size();
  const size_t end = all ? index.message().size() : index.records()[count].starts_at;
  StoredResponse stored{.message = std::string(as_text(index.message().first(end))),
                        .ttl_offsets = {},
                        .additional_at = static_cast<uint16_t>(end)};
  auto* out = reinterpret_cast<uint8_t*>(stored.message.data());
  Header header = index.header();
  header.ancount = count_of(kept, Section::kAnswer);
  header.nscount = count_of(kept, Section::kAuthority);
  header.arcount = count_of(kept, Section::kAdditional);
  write_header(out, header);
  stored.ttl_offsets.reserve(count);
  for (const Record& record : kept) {
    store_u32(out + record.ttl_at, stored_ttl(index, record, negative));
    stored.ttl_offsets.push_back(static_cast<uint16_t>(record.ttl_at));
  }
  if (header.arcount > 0) {
    stored.additional_at = static_cast<uint16_t>(kept[count - header.arcount].starts_at);
  }
  return stored;
}

// Those that `keep` marks, written anew.
Result<StoredResponse> store_rebuilt(const MessageIndex& index, std::span<const bool> keep,
                                     bool negative) {
  Result<Rebuilt> rebuilt = rebuild_message(index, keep);
  if (!rebuilt.ok()) {
    return rebuilt.error();
  }
  auto* out = reinterpret_cast<uint8_t*>(rebuilt->message.data());
  auto ttl_at = rebuilt->ttl_offsets.begin();
  for (size_t i = 0; i < keep.size(); ++i) {
    if (keep[i]) {
      store_u32(out + *ttl_at++, stored_ttl(index, index.records()[i], negative));
    }
  }
  return StoredResponse{.message = std::move(rebuilt->message),
                        .ttl_offsets = std::move(rebuilt->ttl_offsets),
                        .additional_at = rebuilt->additional_at};
}

Result<StoredResponse> store(const MessageIndex& index, const Selection& selection, bool negative) {
  const std::optional<size_t> count = kept_in_front(selection.keep);
  return count ? Result(store_front(index, *count, negative))
               : store_rebuilt(index, selection.keep, negative);
}

// An extended rcode speaks of our exchange with the upstream (BADVERS, BADCOOKIE); to the client it
// is a failure of ours.
Rcode rcode_for_client(Rcode rcode) {
  return static_cast<uint16_t>(rcode) > 0xF ? Rcode::kServFail : rcode;
}

void set_rcode(StoredResponse& stored, Rcode rcode) {
  auto* flags = reinterpret_cast<uint8_t*>(stored.message.data()) + 2;
  constexpr unsigned kRcodeMask = 0xF;
  store_u16(flags,
            static_cast<uint16_t>((load_u16(flags) & ~kRcodeMask) | static_cast<uint16_t>(rcode)));
}

// Not all that upstream vouched for is there any more.
void clear_authentic_data(StoredResponse& stored) {
  auto* flags = reinterpret_cast<uint8_t*>(stored.message.data()) + 2;
  store_u16(flags, static_cast<uint16_t>(load_u16(flags) & ~unsigned{kFlagAd}));
}

DomainName name_of(const ExpandedName& name) {
  return *DomainName::from_wire(as_bytes(name.text));
}

Answer describe_answer(const Selection& selection, const AskedQuestion& asked, Rcode rcode) {
  Answer answer;
  answer.chain.reserve(selection.chain.size());
  std::ranges::transform(selection.chain, std::back_inserter(answer.chain), name_of);
  answer.question = {answer.chain.front(), asked.qtype, asked.qclass};
  answer.rcode = rcode_for_client(rcode);
  return answer;
}

// A response whose absence of records says that there are none.
bool is_negative(const Selection& selection, Rcode rcode) {
  return !selection.has_terminal && (rcode == Rcode::kNoError || rcode == Rcode::kNxDomain);
}

void set_times(const MessageIndex& index, const Selection& selection, uint32_t additional_ttl_s,
               ParsedResponse& out) {
  if (out.rcode != Rcode::kNoError && out.rcode != Rcode::kNxDomain) {
    return;
  }
  if (out.negative) {
    const uint32_t absence_ttl_s = negative_ttl(index, selection.end_of_chain());
    out.validity_s = out.cache_ttl_s = std::min(selection.answer_ttl_s, absence_ttl_s);
  } else {
    out.validity_s = std::min(selection.chain_ttl_s, additional_ttl_s);
    out.cache_ttl_s = selection.answer_ttl_s;
  }
  if (out.truncated) {
    out.cache_ttl_s = 0;
  }
}

Result<ParsedResponse> store_selected(const MessageIndex& index, const AskedQuestion& asked,
                                      Selection& selection) {
  DeliveredAddresses delivered = select_addresses(index, selection);
  ParsedResponse out;
  out.rcode = index.rcode();
  out.truncated = (index.header().flags & kFlagTc) != 0;
  out.negative = is_negative(selection, out.rcode);
  Result<StoredResponse> stored = store(index, selection, out.negative);
  if (!stored.ok()) {
    return stored.error();
  }
  out.stored = *std::move(stored);
  set_rcode(out.stored, rcode_for_client(out.rcode));
  if (delivered.any_additional) {
    // What is recorded as told may not stay away.
    out.stored.additional_at = static_cast<uint16_t>(out.stored.message.size());
  }
  out.answer = describe_answer(selection, asked, out.rcode);
  out.answer.addresses = std::move(delivered.addresses);
  sort_addresses(out.answer);
  set_times(index, selection, delivered.ttl_s, out);
  return out;
}

// What another record tells all the same is not withheld. REQUIRES: the answer's addresses are
// sorted.
void tell_withheld(std::vector<IpAddress> withheld, Answer& answer) {
  answer.withheld = std::move(withheld);
  sort_withheld(answer);
  auto told = answer.addresses.cbegin();
  std::erase_if(answer.withheld, [&](const IpAddress& address) {
    told = std::find_if(told, answer.addresses.cend(),
                        [&](const AnswerAddress& other) { return other.address >= address; });
    return told != answer.addresses.cend() && told->address == address;
  });
}

// `is_withheld`: null where all of the answer is wanted.
Result<ParsedResponse> parse(ByteView message, const AskedQuestion& asked,
                             const AddressTest* is_withheld) {
  if (!is_response_to(message, asked)) {
    return Error{ErrorCode::kInvalidArgument, "not a response to the question that was asked"};
  }
  MessageIndex index(message);
  if (const Status read = index.read(); !read.ok()) {
    return read.error();
  }
  Result<Selection> selection = select_answer(index, asked);
  if (!selection.ok()) {
    return selection.error();
  }
  if (is_withheld != nullptr) {
    withhold(index, *is_withheld, *selection);
  }
  Result<ParsedResponse> out = store_selected(index, asked, *selection);
  if (out.ok() && !selection->withheld.empty()) {
    clear_authentic_data(out->stored);
    out->cache_ttl_s = out->truncated ? 0 : selection->answer_ttl_s;
    tell_withheld(std::move(selection->withheld), out->answer);
  }
  return out;
}

}  // namespace

Rcode rcode_at_a_glance(ByteView message) {
  const Header header = read_header(message);
  const unsigned lower = rcode_of(header.flags);
  const auto in_header = Rcode{static_cast<uint16_t>(lower)};
  if (header.qdcount != 1 || header.ancount + header.nscount > 0 || header.arcount != 1) {
    return in_header;
  }
  const size_t name_size = plain_name_length(message.subspan(kHeaderSize));
  const size_t opt_at = kHeaderSize + name_size + kQuestionTail;
  if (name_size == 0 || message.size() < opt_at + kOptSize) {
    return in_header;
  }
  const uint8_t* opt = &message[opt_at];
  const bool is_opt = opt[0] == 0 && RecordType{load_u16(opt + 1)} == RecordType::kOpt;
  const unsigned upper = is_opt ? opt[kOptUpperRcodeAt] : 0U;
  return Rcode{static_cast<uint16_t>(upper << 4 | lower)};
}

bool matches(ByteView message, uint16_t id, const AskedQuestion& asked) {
  return message.size() >= kHeaderSize && read_header(message).id == id &&
         is_response_to(message, asked);
}

bool is_referral(ByteView message) {
  const Header header = read_header(message);
  const bool knows = (header.flags & (kFlagRa | kFlagAa)) != 0 || header.ancount > 0;
  if (knows || header.nscount == 0) {
    return false;
  }
  MessageIndex index(message);
  if (!index.read().ok() || index.rcode() != Rcode::kNoError) {
    return false;
  }
  const auto authority = index.section(Section::kAuthority);
  const auto none_is = [&](RecordType type) {
    return std::ranges::find(authority, type, &Record::type) == authority.end();
  };
  return none_is(RecordType::kSoa) && !none_is(RecordType::kNs);
}

bool is_readable(ByteView message) {
  return MessageIndex(message).read().ok();
}

Result<ParsedResponse> parse_response(ByteView message, const AskedQuestion& asked) {
  return parse(message, asked, nullptr);
}

Result<ParsedResponse> parse_response_without(ByteView message, const AskedQuestion& asked,
                                              const AddressTest* is_withheld) {
  return parse(message, asked, is_withheld);
}

uint32_t clamp_ttl(uint32_t ttl_s, const TtlRange& range) {
  return ttl_s == 0 ? 0 : std::clamp(ttl_s, range.floor_s, range.cap_s);
}

void clamp_ttls(ParsedResponse& response, const TtlRange& range) {
  auto* bytes = reinterpret_cast<uint8_t*>(response.stored.message.data());
  for (const uint16_t at : response.stored.ttl_offsets) {
    store_u32(bytes + at, clamp_ttl(load_u32(bytes + at), range));
  }
  response.validity_s = clamp_ttl(response.validity_s, range);
  response.cache_ttl_s = clamp_ttl(response.cache_ttl_s, range);
}

bool clamp_sent_ttls(std::span<const uint16_t> offsets, const TtlRange& range, uint8_t* message,
                     size_t size) {
  bool changed = false;
  for (const uint16_t at : offsets) {
    if (at >= size) {
      break;  // The additional records stayed away.
    }
    const uint32_t ttl_s = load_u32(message + at);
    const uint32_t clamped_s = clamp_ttl(ttl_s, range);
    changed = changed || clamped_s != ttl_s;
    store_u32(message + at, clamped_s);
  }
  return changed;
}

}  // namespace etymon::wire

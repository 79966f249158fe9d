#include "resolver/wire/rebuild.h"

#include <algorithm>
#include <array>

#include "resolver/wire/name.h"
#include "resolver/wire/rdata.h"

namespace etymon::wire {
namespace {

constexpr uint16_t kPointerBits = 0xC000;
constexpr size_t kQuestionTail = 4;  // type, class

// Copies names of one message into another one, and points to those that it has copied.
class NameCopier {
 public:
  NameCopier(ByteView from, std::string& to)
      : from_(from), to_(to), copied_(std::min(from.size(), kPointerReach)) {}

  // The name at `at`, of which as much becomes a pointer as can.
  void copy(size_t at) {
    size_t jumps = 0;
    for (;;) {
      if (from_[at] == 0) {
        return end(std::string_view("\0", 1), jumps, 0);
      }
      if (const uint16_t there = at < copied_.size() ? copied_[at] : uint16_t{0}; there != 0) {
        std::string pointer;
        ByteWriter(pointer).u16(static_cast<uint16_t>(kPointerBits | there));
        return end(pointer, jumps, there);
      }
      if (is_pointer(from_[at])) {
        jumps_[jumps++] = static_cast<uint16_t>(at);
        at = pointer_target(from_, at);
      } else {
        settle(jumps, to_.size());
        jumps = 0;
        note(at, to_.size());
        at = copy_label(at);
      }
    }
  }

  // The uncompressed name at `at` stands at `there` already.
  void stands_at(size_t at, size_t there) {
    for (; from_[at] != 0; there += size_t{from_[at]} + 1, at += size_t{from_[at]} + 1) {
      note(at, there);
    }
  }

  // The name at `at` in full.
  void copy_whole(size_t at) {
    while (from_[at] != 0) {
      at = is_pointer(from_[at]) ? pointer_target(from_, at) : copy_label(at);
    }
    to_.push_back('\0');
  }

 private:
  size_t copy_label(size_t at) {
    const size_t size = size_t{from_[at]} + 1;
    to_ += as_text(from_.subspan(at, size));
    return at + size;
  }

  void end(std::string_view octets, size_t jumps, size_t there) {
    settle(jumps, there);
    to_ += octets;
  }

  // The pointers that were followed since the last label led to what now stands at `there`.
  void settle(size_t jumps, size_t there) {
    for (size_t i = 0; i < jumps; ++i) {
      note(jumps_[i], there);
    }
  }

  void note(size_t at, size_t there) {
    if (at < copied_.size() && there < kPointerReach) {
      copied_[at] = static_cast<uint16_t>(there);
    }
  }

  ByteView from_;
  std::string& to_;
  std::vector<uint16_t> copied_;  // of each octet of `from_` where it stands now; 0: nowhere
  std::array<uint16_t, kJumpMax> jumps_{};
};

class Rebuilding {
 public:
  explicit Rebuilding(const MessageIndex& index)
      : index_(index),
        out_(as_text(index.message().first(kHeaderSize))),
        names_(index.message(), out_) {}

  Result<Rebuilt> run(std::span<const bool> keep) {
    out_.reserve(index_.message().size());
    ttl_offsets_.reserve(static_cast<size_t>(std::ranges::count(keep, true)));
    copy_question();
    additional_at_ = out_.size();
    for (size_t i = 0; i < keep.size(); ++i) {
      if (keep[i]) {
        copy_record(index_.records()[i]);
      }
      if (out_.size() > kMessageMax) {
        return too_long("without what does not belong to it");
      }
    }
    put_header(index_.header());
    return Rebuilt{std::move(out_), std::move(ttl_offsets_), static_cast<uint16_t>(additional_at_)};
  }

  Result<std::string> run_behind(const AskedQuestion& asked, std::span<const OwnedRecord> chain) {
    out_.reserve(index_.message().size() + kQuestionTail + 2 * kNameMax * (chain.size() + 1));
    write_question(asked);
    for (const OwnedRecord& link : chain) {
      ++counts_[static_cast<size_t>(Section::kAnswer)];
      append_record(link, asked.qname, out_);
    }
    const std::string_view leads_to = chain.empty() ? "" : std::string_view(chain.back().rdata);
    if (same_name(as_bytes(leads_to), question_name())) {
      names_.stands_at(kHeaderSize, out_.size() - leads_to.size());
    }
    for (const Record& record : index_.records()) {
      if (!record.is_pseudo()) {
        copy_record(record);
      }
      if (out_.size() > kMessageMax) {
        return too_long("behind its alias");
      }
    }
    put_header({.flags = static_cast<uint16_t>(kFlagQr | kFlagRd | kFlagRa |
                                               rcode_of(index_.header().flags)),
                .qdcount = 1});
    return std::move(out_);
  }

  Result<std::string> run_changed(const AskedQuestion& asked, std::span<const Change> changes) {
    out_.reserve(std::min(2 * index_.message().size() + kNameMax, kMessageMax));
    write_question(asked);
    names_.stands_at(kHeaderSize, kHeaderSize);
    for (size_t i = 0; i < changes.size(); ++i) {
      const Record& record = index_.records()[i];
      if (changes[i].keep) {
        // As the client spells it, like all that is ours.
        const size_t owner =
            record.owner == index_.question_name() ? kHeaderSize : record.starts_at;
        changes[i].aaaa ? write_aaaa(record, owner, changes[i]) : copy_record(record, owner);
      }
      if (out_.size() > kMessageMax) {
        return too_long("with other addresses");
      }
    }
    put_header({.flags = kFlagQr | kFlagRd | kFlagRa, .qdcount = 1});
    return std::move(out_);
  }

 private:
  static Error too_long(const std::string& how) {
    return {ErrorCode::kInvalidArgument, "malformed response: " + how + " it is too long"};
  }

  ByteView question_name() const {
    const ByteView rest = index_.message().subspan(kHeaderSize);
    return rest.first(plain_name_length(rest));
  }

  void put_header(Header header) {
    header.ancount = counts_[static_cast<size_t>(Section::kAnswer)];
    header.nscount = counts_[static_cast<size_t>(Section::kAuthority)];
    header.arcount = counts_[static_cast<size_t>(Section::kAdditional)];
    write_header(reinterpret_cast<uint8_t*>(out_.data()), header);
  }

  void write_question(const AskedQuestion& asked) {
    ByteWriter out(out_);
    out.bytes(asked.qname);
    out.u16(static_cast<uint16_t>(asked.qtype));
    out.u16(static_cast<uint16_t>(asked.qclass));
  }

  void copy_question() {
    names_.copy(kHeaderSize);
    const size_t tail = kHeaderSize + question_name().size();
    out_ += as_text(index_.message().subspan(tail, kQuestionTail));
  }

  void write_aaaa(const Record& record, size_t owner, const Change& change) {
    names_.copy(owner);
    ByteWriter out(out_);
    out.u16(static_cast<uint16_t>(RecordType::kAaaa));
    out.u16(static_cast<uint16_t>(record.klass));
    out.u32(change.ttl_s);
    out.u16(static_cast<uint16_t>(change.aaaa->octets().size()));
    out.bytes(change.aaaa->octets());
    ++counts_[static_cast<size_t>(record.section)];
  }

  void copy_record(const Record& record) { copy_record(record, record.starts_at); }

  // With the owner that stands at `owner`.
  void copy_record(const Record& record, size_t owner) {
    constexpr size_t kBeforeTtl = 4;  // type, class
    constexpr size_t kFixed = 8;      // type, class, TTL
    names_.copy(owner);
    ttl_offsets_.push_back(static_cast<uint16_t>(out_.size() + kBeforeTtl));
    out_ += as_text(index_.message().subspan(record.ttl_at - kBeforeTtl, kFixed));
    const size_t size_at = out_.size();
    ByteWriter(out_).u16(0);
    copy_data(record);
    ++counts_[static_cast<size_t>(record.section)];
    additional_at_ = record.section == Section::kAdditional ? additional_at_ : out_.size();
    store_u16(reinterpret_cast<uint8_t*>(out_.data()) + size_at,
              static_cast<uint16_t>(out_.size() - size_at - 2));
  }

  void copy_data(const Record& record) {
    size_t at = record.rdata_at;
    const RdataPlace place{record.type, record.rdata_at, record.rdata_size};
    const RdataNames names = names_in_rdata(index_.message(), place);
    for (const auto& [begin, end] : names.all()) {
      out_ += as_text(index_.message().subspan(at, begin - at));
      may_compress(record.type) ? names_.copy(begin) : names_.copy_whole(begin);
      at = end;
    }
    out_ += as_text(index_.message().subspan(at, record.rdata_at + record.rdata_size - at));
  }

  const MessageIndex& index_;
  std::string out_;
  std::vector<uint16_t> ttl_offsets_;
  std::array<uint16_t, 3> counts_{};  // by section
  size_t additional_at_ = 0;
  NameCopier names_;
};

}  // namespace

Result<Rebuilt> rebuild_message(const MessageIndex& index, std::span<const bool> keep) {
  return Rebuilding(index).run(keep);
}

Result<std::string> rebuild_behind(const AskedQuestion& asked, std::span<const OwnedRecord> chain,
                                   const MessageIndex& index) {
  return Rebuilding(index).run_behind(asked, chain);
}

Result<std::string> rebuild_changed(const AskedQuestion& asked, std::span<const Change> changes,
                                    const MessageIndex& index) {
  return Rebuilding(index).run_changed(asked, changes);
}

}  // namespace etymon::wire

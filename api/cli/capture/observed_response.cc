#include "api/cli/capture/observed_response.h"

#include <algorithm>
#include <map>
#include <string>

#include "resolver/wire/message.h"
#include "resolver/wire/name.h"
#include "resolver/wire/service.h"

namespace etymon::capture {
namespace {

// RFC 9460 section 14.3.2.
constexpr uint16_t kIpv4Hint = 4;
constexpr uint16_t kIpv6Hint = 6;

// Octets before the target's name.
constexpr size_t kMxPreference = 2;  // RFC 1035 section 3.3.9
constexpr size_t kSrvNumbers = 6;    // RFC 2782: priority, weight, port
constexpr size_t kSvcbPriority = 2;  // RFC 9460 section 2.2

// The five numbers behind the names of an SOA record, MINIMUM last (RFC 1035 section 3.3.13).
constexpr size_t kSoaFixed = 20;

constexpr unsigned kOpcodeQuery = 0;  // RFC 1035 section 4.1.1
constexpr uint32_t kTtlMax = 0x7FFF'FFFF;

struct Record {
  std::optional<DomainName> owner;  // nothing when it cannot be read
  RecordType type = RecordType::kA;
  RecordClass klass = RecordClass::kIn;
  uint32_t ttl_s = 0;
  size_t rdata_at = 0;
  ByteView rdata;
};

struct SeenQuestion {
  std::optional<DomainName> name;  // nothing when it cannot be read
  RecordType type = RecordType::kA;
  RecordClass klass = RecordClass::kIn;
};

// Where the octets behind the name at `at` begin, whatever it says; 0 when it is cut.
size_t behind_name(ByteView message, size_t at) {
  ByteReader in(message.subspan(std::min(at, message.size())));
  uint8_t length = in.u8();
  while (in.ok() && length != 0 && length <= DomainName::kLabelMax) {
    in.bytes(length);
    length = in.u8();
  }
  if (length != 0) {
    in.u8();  // the second octet of a pointer
  }
  return in.ok() ? message.size() - in.left() : 0;
}

// The name at `at`, in lower case.
std::optional<DomainName> name_at(ByteView message, size_t at) {
  wire::NameBuffer expanded;
  if (wire::expand_name(message, at, expanded) == 0) {
    return std::nullopt;
  }
  auto name = DomainName::from_wire(as_bytes(expanded.view()));
  return name ? std::optional(*std::move(name)) : std::nullopt;
}

// Walks through the questions and records of a message. A name that cannot be read is stepped over;
// nothing is returned where the message is cut.
class MessageWalker {
 public:
  explicit MessageWalker(ByteView message) : message_(message) {}

  std::optional<SeenQuestion> question() {
    const size_t fixed_at = behind_name(message_, at_);
    ByteReader fixed(message_.subspan(fixed_at));
    SeenQuestion question;
    question.name = name_at(message_, at_);
    question.type = RecordType{fixed.u16()};
    question.klass = RecordClass{fixed.u16()};
    at_ = message_.size() - fixed.left();
    return fixed_at != 0 && fixed.ok() ? std::optional(std::move(question)) : std::nullopt;
  }

  std::optional<Record> record() {
    const size_t fixed_at = behind_name(message_, at_);
    ByteReader fixed(message_.subspan(fixed_at));
    Record record;
    record.owner = name_at(message_, at_);
    record.type = RecordType{fixed.u16()};
    record.klass = RecordClass{fixed.u16()};
    record.ttl_s = fixed.u32();
    const size_t size = fixed.u16();
    record.rdata_at = message_.size() - fixed.left();
    record.rdata = fixed.bytes(size);
    at_ = message_.size() - fixed.left();
    return fixed_at != 0 && fixed.ok() ? std::optional(std::move(record)) : std::nullopt;
  }

  // Behind what was walked through.
  size_t at() const { return at_; }

 private:
  ByteView message_;
  size_t at_ = wire::kHeaderSize;
};

// `name` with `owner` at its end replaced by `target` (RFC 6672 section 2.2); nothing when it does
// not lie below `owner`, or gets too long.
std::optional<DomainName> substitute(const DomainName& name, const DomainName& owner,
                                     const DomainName& target) {
  if (name == owner || !name.is_within(owner)) {
    return std::nullopt;
  }
  const std::string kept = name.wire().substr(0, name.wire().size() - owner.wire().size());
  auto substituted = DomainName::from_wire(as_bytes(kept + target.wire()));
  return substituted ? std::optional(*std::move(substituted)) : std::nullopt;
}

struct Alias {
  RecordType type = RecordType::kCname;  // or kDname
  DomainName owner;
  DomainName target;

  // Where this alias leads from `name`, if anywhere.
  std::optional<DomainName> step(const DomainName& name) const {
    if (type == RecordType::kDname) {
      return substitute(name, owner, target);
    }
    return owner == name ? std::optional(target) : std::nullopt;
  }
};

// Takes the first step that one of the aliases offers from `name`, and that alias with it.
std::optional<DomainName> take_step(std::vector<Alias>& aliases, RecordType type,
                                    const DomainName& name) {
  for (auto alias = aliases.begin(); alias != aliases.end(); ++alias) {
    auto next = alias->type == type ? alias->step(name) : std::nullopt;
    if (next) {
      aliases.erase(alias);
      return next;
    }
  }
  return std::nullopt;
}

// A DNAME comes with the CNAME that it makes of the name (RFC 6672 section 3.1), so CNAMEs go
// first. Each alias is used once, and so a chain in a circle ends.
Chain chain_from(const DomainName& asked, std::vector<Alias> aliases) {
  Chain chain = {asked};
  while (true) {
    auto next = take_step(aliases, RecordType::kCname, chain.back());
    if (!next) {
      next = take_step(aliases, RecordType::kDname, chain.back());
    }
    if (!next) {
      break;
    }
    chain.push_back(*std::move(next));
  }
  for (Alias& alias : aliases) {
    if (alias.type == RecordType::kCname) {
      chain.push_back(std::move(alias.target));
    }
  }
  return chain;
}

class ResponseReader {
 public:
  explicit ResponseReader(ByteView message)
      : message_(message), header_(wire::read_header(message)), walker_(message) {}

  ObservedResponse run() {
    const bool whole = read_questions() &&
                       read_section(header_.ancount, &ResponseReader::take_answer) &&
                       read_section(header_.nscount, &ResponseReader::take_authority) &&
                       read_section(header_.arcount, &ResponseReader::take_additional);
    ObservedResponse response;
    response.malformed = !whole || damaged_;
    response.size = whole ? std::optional(walker_.at()) : std::nullopt;
    // With another opcode the question is none, unless addresses show that it was taken for one.
    if (wire::opcode_of(header_.flags) != kOpcodeQuery && addresses_.empty()) {
      return response;
    }
    for (const Question& question : questions_) {
      response.answers.push_back(answer_to(question));
    }
    return response;
  }

 private:
  // False when the message is cut, or over a limit: no further record can be found.
  bool read_questions() {
    for (unsigned i = 0; i < header_.qdcount; ++i) {
      auto question = walker_.question();
      if (!question || i == kObservedQuestionsMax) {
        return false;
      }
      damaged_ = damaged_ || !question->name;
      if (question->name) {
        questions_.push_back({*std::move(question->name), question->type, question->klass});
      }
    }
    return true;
  }

  bool read_section(unsigned count, void (ResponseReader::*take)(const Record&)) {
    for (unsigned i = 0; i < count; ++i) {
      const auto record = walker_.record();
      if (!record) {
        return false;
      }
      damaged_ = damaged_ || !record->owner;
      (this->*take)(*record);
    }
    return true;
  }

  void take_answer(const Record& record) {
    take_ttl(record);
    switch (record.type) {
      case RecordType::kA:
        return take_address(record, Via::kA, {});
      case RecordType::kAaaa:
        return take_address(record, Via::kAaaa, {});
      case RecordType::kCname:
      case RecordType::kDname:
        return take_alias(record);
      case RecordType::kMx:
        return take_target(record, kMxPreference, {});
      case RecordType::kSrv:
        return take_target(record, kSrvNumbers, service_of_srv(record));
      case RecordType::kSvcb:
      case RecordType::kHttps:
        return take_svcb(record);
      default:
        return;
    }
  }

  void take_ttl(const Record& record) {
    // RFC 2181 section 8: the top bit set means 0.
    const uint32_t ttl_s = record.ttl_s > kTtlMax ? 0 : record.ttl_s;
    ttl_s_ = std::min(ttl_s_.value_or(kTtlMax), ttl_s);
  }

  void take_address(const Record& record, Via via, const Service& service) {
    if (record.klass != RecordClass::kIn) {
      return;  // Only the Internet has addresses of this form.
    }
    if (record.type == RecordType::kA && record.rdata.size() == 4) {
      add_v4(record.rdata, via, service);
    } else if (record.type == RecordType::kAaaa && record.rdata.size() == 16) {
      add_v6(record.rdata, via, service);
    } else {
      damaged_ = true;
    }
  }

  // Whose addresses may come along in the additional section. The root stands for the owner in an
  // SVCB record (RFC 9460 section 2.5.2), and for nothing, which has no address, in the others.
  void take_target(const Record& record, size_t skip, const Service& service) {
    const auto target = name_at(message_, record.rdata_at + skip);
    if (target && record.owner) {
      targets_.emplace((target->is_root() ? *record.owner : *target).wire(), service);
    }
  }

  void take_alias(const Record& record) {
    auto target = name_at(message_, record.rdata_at);
    if (!record.owner || !target || aliases_.size() == kObservedAliasesMax) {
      damaged_ = true;
      return;
    }
    aliases_.push_back({record.type, *record.owner, *std::move(target)});
  }

  static Service service_of_srv(const Record& record) {
    return record.owner ? wire::service_of_srv(record.owner->wire(), record.rdata) : Service();
  }

  // RFC 9460 section 2.2: priority, target, then parameters {key, length, value}.
  void take_svcb(const Record& record) {
    const size_t parameters_at = behind_name(message_, record.rdata_at + kSvcbPriority);
    const size_t rdata_end = record.rdata_at + record.rdata.size();
    if (parameters_at == 0 || parameters_at > rdata_end) {
      damaged_ = true;
      return;
    }
    const ByteView all = message_.subspan(parameters_at, rdata_end - parameters_at);
    const Service service = wire::service_of_svcb(all);
    take_target(record, kSvcbPriority, service);
    ByteReader parameters(all);
    while (parameters.ok() && !parameters.at_end()) {
      const uint16_t key = parameters.u16();
      ByteReader value(parameters.bytes(parameters.u16()));
      while (key == kIpv4Hint && value.left() >= 4) {
        add_v4(value.bytes(4), Via::kSvcbHint, service);
      }
      while (key == kIpv6Hint && value.left() >= 16) {
        add_v6(value.bytes(16), Via::kSvcbHint, service);
      }
    }
    damaged_ = damaged_ || !parameters.ok();
  }

  void take_authority(const Record& record) {
    if (record.type == RecordType::kSoa && record.rdata.size() > kSoaFixed) {
      const uint32_t minimum = load_u32(&record.rdata[record.rdata.size() - 4]);
      negative_ttl_s_ = std::min({record.ttl_s, minimum, kTtlMax});
    }
  }

  void take_additional(const Record& record) {
    const bool is_address = record.type == RecordType::kA || record.type == RecordType::kAaaa;
    if (record.type == RecordType::kOpt) {
      extended_rcode_ = record.ttl_s >> 24;  // RFC 6891 section 6.1.3
    } else if (is_address && record.owner) {
      const auto [begin, end] = targets_.equal_range(record.owner->wire());
      for (auto target = begin; target != end; ++target) {
        take_ttl(record);
        take_address(record, Via::kAdditional, target->second);
      }
    }
  }

  void add_v4(ByteView octets, Via via, const Service& service) {
    addresses_.push_back({IpAddress::v4(octets.first<4>()), via, service});
  }

  // An IPv6 address that holds an IPv4 one tells both.
  void add_v6(ByteView octets, Via via, const Service& service) {
    const IpAddress address = IpAddress::v6(octets.first<16>());
    addresses_.push_back({address, address.is_v4() ? Via::kMapped : via, service});
    if (const auto translated = address.translated_v4()) {
      addresses_.push_back({*translated, Via::kMapped, service});
    }
  }

  ObservedAnswer answer_to(const Question& question) const {
    ObservedAnswer observed;
    Answer& answer = observed.answer;
    answer.chain = chain_from(question.name, aliases_);
    answer.question = question;
    answer.addresses = addresses_;
    sort_addresses(answer);
    answer.rcode =
        Rcode{static_cast<uint16_t>(extended_rcode_ << 4 | wire::rcode_of(header_.flags))};
    observed.validity_s = ttl_s_.value_or(negative_ttl_s_);
    return observed;
  }

  ByteView message_;
  wire::Header header_;
  MessageWalker walker_;
  std::vector<Question> questions_;
  std::vector<Alias> aliases_;
  std::vector<AnswerAddress> addresses_;
  // Of MX, SRV and SVCB records, as wire octets, each with what its record names.
  std::multimap<std::string, Service> targets_;
  std::optional<uint32_t> ttl_s_;  // smallest of the answer section and its targets' addresses
  uint32_t negative_ttl_s_ = 0;
  uint32_t extended_rcode_ = 0;
  bool damaged_ = false;  // something was stepped over
};

}  // namespace

std::optional<ObservedResponse> read_observed_response(ByteView message) {
  if (message.size() < wire::kHeaderSize ||
      (wire::read_header(message).flags & wire::kFlagQr) == 0) {
    return std::nullopt;
  }
  return ResponseReader(message).run();
}

}  // namespace etymon::capture

#include "resolver/wire/addresses.h"

#include <algorithm>
#include <array>
#include <utility>

#include "resolver/wire/name.h"
#include "resolver/wire/service.h"

namespace etymon::wire {
namespace {

// RFC 9460 section 14.3.2.
constexpr uint16_t kIpv4Hint = 4;
constexpr uint16_t kIpv6Hint = 6;
constexpr size_t kSvcbTargetAt = 2;  // behind the priority

// 64:ff9b::/96, the well-known prefix of NAT64 (RFC 6052 section 2.1): the last 32 bits are IPv4.
constexpr std::array<uint8_t, 12> kNat64Prefix = {0x00, 0x64, 0xFF, 0x9B};

bool is_address(RecordType type) {
  return type == RecordType::kA || type == RecordType::kAaaa;
}

bool leads_to_addresses(RecordType type) {
  return is_address(type) || type == RecordType::kCname || type == RecordType::kDname ||
         type == RecordType::kSvcb || type == RecordType::kHttps;
}

class AddressSelection {
 public:
  AddressSelection(const MessageIndex& index, Selection& selection, std::vector<size_t>* records)
      : index_(index), selection_(selection), records_(records) {}

  DeliveredAddresses run() {
    found_.addresses.reserve(index_.records().size());
    const ExpandedName end = selection_.end_of_chain();
    for (size_t i = 0; i < index_.records().size(); ++i) {
      const Record& record = index_.records()[i];
      if (record.section == Section::kAnswer && selection_.keep[i] && record.owner == end) {
        take_answer(record);
        note_origin(record);
      }
    }
    merge_targets();
    take_additional();
    return std::move(found_);
  }

 private:
  struct Target {
    ExpandedName name;
    Service service;
  };

  // Of all addresses of which it is not noted yet.
  void note_origin(const Record& record) {
    if (records_ != nullptr) {
      records_->resize(found_.addresses.size(),
                       static_cast<size_t>(&record - index_.records().data()));
    }
  }

  void take_answer(const Record& record) {
    switch (record.type) {
      case RecordType::kA:
      case RecordType::kAaaa:
        return add_record(record, record.type == RecordType::kA ? Via::kA : Via::kAaaa, {});
      case RecordType::kNs:
        return add_target(record, 0, {});
      case RecordType::kMx:
        return add_target(record, 2, {});  // behind the preference
      case RecordType::kSrv:               // behind priority, weight and port
        return add_target(record, 6, service_of_srv(record.owner.text, index_.rdata(record)));
      case RecordType::kSvcb:
      case RecordType::kHttps:
        return add_svcb(record);
      default:
        return;
    }
  }

  // The target of an SVCB record is its owner when written as the root (RFC 9460 section 2.5.2);
  // for the other types the root means that there is none, and no address will be found at it.
  void add_target(const Record& record, size_t skip, const Service& service) {
    const ExpandedName target = index_.rdata_name(record, skip);
    targets_.push_back({target.text.size() == 1 ? record.owner : target, service});
  }

  // Thousands of records that name one target, and as many addresses of it, must not multiply: two
  // entries say all that is told of them, what transports there are and that the ports differ.
  void merge_targets() {
    std::ranges::sort(targets_, {}, [](const Target& target) {
      return std::pair(target.name, target.service.port);
    });
    std::vector<Target> few;
    for (const Target& target : targets_) {
      const bool is_first = few.empty() || few.back().name != target.name;
      const bool is_second = !is_first && few.back().service.port != 0 &&
                             few.back().service.port != target.service.port &&
                             (few.size() < 2 || few[few.size() - 2].name != target.name);
      if (is_first || is_second) {
        few.push_back(target);
        continue;
      }
      Service& service = few.back().service;
      service.port = service.port == 0 ? target.service.port : service.port;
      service.tcp |= target.service.tcp;
      service.udp |= target.service.udp;
    }
    targets_ = std::move(few);
  }

  void take_additional() {
    const size_t of_answer = found_.addresses.size();
    for (size_t i = index_.section(Section::kAnswer).size(); i < index_.records().size(); ++i) {
      const Record& record = index_.records()[i];
      if (!selection_.keep[i] || !leads_to_addresses(set_type(record))) {
        continue;
      }
      selection_.keep[i] = is_of_target(record);
      if (selection_.keep[i] && is_address(record.type)) {
        take_target(record);
      }
    }
    found_.any_additional = found_.addresses.size() > of_answer;
  }

  // That of the set to which a record belongs, or which it signs.
  RecordType set_type(const Record& record) const {
    return record.type == RecordType::kRrsig ? RecordType{load_u16(index_.rdata(record).data())}
                                             : record.type;
  }

  bool is_of_target(const Record& record) const {
    return record.section == Section::kAdditional && is_address(set_type(record)) &&
           std::ranges::binary_search(targets_, record.owner, {}, &Target::name);
  }

  void take_target(const Record& record) {
    auto target = std::ranges::lower_bound(targets_, record.owner, {}, &Target::name);
    for (; target != targets_.end() && target->name == record.owner; ++target) {
      add_record(record, Via::kAdditional, target->service);
    }
    found_.ttl_s = std::min(found_.ttl_s, record.ttl_s);
    note_origin(record);
  }

  void add_record(const Record& record, Via via, const Service& service) {
    if (record.klass != RecordClass::kIn) {
      return;  // Only the Internet has addresses of this form.
    }
    if (record.type == RecordType::kA) {
      add_v4(index_.rdata(record), via, service);
    } else {
      add_v6(index_.rdata(record), via, service);
    }
  }

  void add_v4(ByteView octets, Via via, const Service& service) {
    found_.addresses.push_back({IpAddress::v4(octets.first<4>()), via, service});
  }

  void add_v6(ByteView octets, Via via, const Service& service) {
    const IpAddress address = IpAddress::v6(octets.first<16>());
    found_.addresses.push_back({address, address.is_v4() ? Via::kMapped : via, service});
    if (std::ranges::equal(octets.first(kNat64Prefix.size()), kNat64Prefix)) {
      add_v4(octets.subspan(kNat64Prefix.size()), Via::kMapped, service);
    }
  }

  void add_svcb(const Record& record) {
    const ByteView rdata = index_.rdata(record);
    NameBuffer target;
    const size_t behind = expand_name(index_.message(), record.rdata_at + kSvcbTargetAt, target);
    const bool is_alias = load_u16(rdata.data()) == 0;  // has no parameters, RFC 9460 section 2.4.2
    const ByteView params = rdata.subspan(behind - record.rdata_at);
    const bool counts = !is_alias && params_are_sound(params);
    const Service service = counts ? service_of_svcb(params) : Service();
    add_target(record, kSvcbTargetAt, service);
    if (counts) {
      add_hints_of(params, service);
    }
  }

  // RFC 9460 section 2.2: keys ascend, and of a malformed record nothing may be used.
  static bool params_are_sound(ByteView params) {
    ByteReader reader(params);
    int last = -1;
    while (!reader.at_end()) {
      const uint16_t key = reader.u16();
      const ByteView value = reader.bytes(reader.u16());
      const size_t unit = key == kIpv4Hint ? 4 : key == kIpv6Hint ? 16 : 1;
      const bool hint_is_empty = unit > 1 && value.empty();
      if (!reader.ok() || key <= last || value.size() % unit != 0 || hint_is_empty) {
        return false;
      }
      last = key;
    }
    return reader.ok();
  }

  void add_hints_of(ByteView params, const Service& service) {
    ByteReader reader(params);
    while (!reader.at_end()) {
      const uint16_t key = reader.u16();
      ByteReader values(reader.bytes(reader.u16()));
      while (key == kIpv4Hint && !values.at_end()) {
        add_v4(values.bytes(4), Via::kSvcbHint, service);
      }
      while (key == kIpv6Hint && !values.at_end()) {
        add_v6(values.bytes(16), Via::kSvcbHint, service);
      }
    }
  }

  const MessageIndex& index_;
  Selection& selection_;
  std::vector<size_t>* const records_;
  std::vector<Target> targets_;
  DeliveredAddresses found_;
};

}  // namespace

DeliveredAddresses select_addresses(const MessageIndex& index, Selection& selection,
                                    std::vector<size_t>* records) {
  return AddressSelection(index, selection, records).run();
}

}  // namespace etymon::wire

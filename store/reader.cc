#include "store/reader.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "resolver/base/bytes.h"
#include "store/evidence.h"
#include "store/runs.h"

namespace etymon::store {
namespace {

Error damaged() {
  return {ErrorCode::kDataLoss, "table by_address is damaged"};
}

// Groups in the order of their keys in `by_address`, so that both sources can be walked in step.
using TailGroups = std::map<std::string, EvidenceGroup>;

std::string group_key(const IpAddress& address, const IpAddress& client) {
  std::string key;
  append_address(key, address);
  append_address(key, client);
  return key;
}

class EvidenceScan {
 public:
  EvidenceScan(const EvidenceQuery& query, const Memory& memory)
      : query_(query),
        memory_(memory),
        ranges_(address_ranges(query.address)),
        end_(to_slice(ranges_.back().end)),
        newest_(query.limit) {}

  Result<std::vector<Evidence>> run() {
    const auto parts = memory_.tail.parts();
    rows_ = memory_.tables.scan_addresses(end_);
    gather_tail(parts, read_position());
    for (const KeyRange& range : ranges_) {
      const Status scanned = scan(range);
      if (!scanned) {
        return scanned.error();
      }
    }
    const Status read = to_status(rows_->status(), "cannot read the table by_address");
    if (!read) {
      return read.error();
    }
    finish_group();
    for (const auto& [key, group] : tail_) {
      newest_.add(group);
    }
    return newest_.take();
  }

 private:
  Sequence read_position() {
    rows_->Seek(to_slice(kFoldedKey));
    const bool found = rows_->Valid() && to_view(rows_->key()) == kFoldedKey;
    return found ? ByteReader(to_view(rows_->value())).u64() : 0;
  }

  void gather_tail(const std::vector<std::shared_ptr<const TailPart>>& parts, Sequence folded) {
    for (const auto& part : parts) {
      if (part->last().value_or(folded + 1) > folded) {
        part->visit(query_.address, [this](const TailPart::Found& found) { gather(found); });
      }
    }
  }

  void gather(const TailPart::Found& found) {
    // Deliveries of one client follow each other often; the map is asked when the client changes.
    EvidenceGroup* group = nullptr;
    uint32_t client_number = 0;
    for (const TailDelivery& delivery : found.answer.deliveries) {
      const IpAddress& client = found.clients[delivery.client];
      if (query_.client && client != *query_.client) {
        continue;
      }
      if (group == nullptr || delivery.client != client_number) {
        client_number = delivery.client;
        group =
            &tail_
                 .try_emplace(group_key(found.address, client), found.address, client, query_.until)
                 .first->second;
      }
      group->add(found.answer.known, delivery.sighting());
    }
  }

  Status scan(const KeyRange& range) {
    std::string start = range.first;
    if (query_.client) {
      append_address(start, *query_.client);
    }
    rows_->Seek(start);
    while (rows_->Valid() && to_view(rows_->key()) < range.end) {
      const std::optional<AddressKey> key = read_address_key(to_view(rows_->key()));
      if (!key) {
        return damaged();
      }
      if (query_.client && key->client != *query_.client) {
        seek_client(*key);
        continue;
      }
      const Status added = add_row(*key);
      if (!added) {
        return added;
      }
      rows_->Next();
    }
    return {};
  }

  // From a row of another client on to the client's rows of this address, or of the next.
  void seek_client(const AddressKey& key) {
    std::string target = group_key(key.address, *query_.client);
    if (to_view(rows_->key()) > target) {
      std::string address;
      append_address(address, key.address);
      target = after_prefix(std::move(address));
    }
    rows_->Seek(target);
  }

  Status add_row(const AddressKey& key) {
    if (!group_ || group_->client() != key.client || group_->address() != key.address) {
      finish_group();
      group_.emplace(key.address, key.client, query_.until);
    }
    const Result<KnownAnswerPtr> known = memory_.book.find(key.answer);
    if (!known) {
      return known.error();
    }
    return rows_->value().empty() ? add_from_home(key, *known) : add_sightings(key.day, *known);
  }

  // The same iterator reads the row of the home address and comes back: another one might see a
  // later fold. The home address is the first of the answer's, so it is within the iterator's
  // bound.
  Status add_from_home(const AddressKey& key, const KnownAnswerPtr& known) {
    if (known->answer.addresses.empty()) {
      return damaged();
    }
    AddressKey home = key;
    home.address = home_address(known->answer);
    const std::string here = rows_->key().ToString();
    std::string there;
    append_key(there, home);
    rows_->Seek(there);
    const bool found = rows_->Valid() && rows_->key() == there && home.address != key.address;
    const Status added = found ? add_sightings(key.day, known) : Status(damaged());
    rows_->Seek(here);
    return added;
  }

  Status add_sightings(Day day, const KnownAnswerPtr& known) {
    sightings_.clear();
    if (!read_runs(to_view(rows_->value()), start_of_day(day), sightings_)) {
      return damaged();
    }
    for (const Sighting& sighting : sightings_) {
      group_->add(known, sighting);
    }
    return {};
  }

  void finish_group() {
    if (!group_) {
      return;
    }
    const auto in_tail = tail_.find(group_key(group_->address(), group_->client()));
    if (in_tail != tail_.end()) {
      group_->add(in_tail->second);
      tail_.erase(in_tail);
    }
    newest_.add(*group_);
    group_.reset();
  }

  const EvidenceQuery& query_;
  const Memory& memory_;
  const std::vector<KeyRange> ranges_;
  const rocksdb::Slice end_;
  NewestEvidence newest_;
  std::unique_ptr<rocksdb::Iterator> rows_;
  TailGroups tail_;
  std::optional<EvidenceGroup> group_;  // of the rows being read
  std::vector<Sighting> sightings_;
};

}  // namespace

Result<std::vector<Evidence>> read_evidence(const EvidenceQuery& query, const Memory& memory) {
  return EvidenceScan(query, memory).run();
}

}  // namespace etymon::store

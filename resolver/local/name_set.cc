#include "resolver/local/name_set.h"

#include <utility>

#include "resolver/base/hash.h"
#include "resolver/local/labels.h"

namespace etymon::local {
namespace {

constexpr size_t kSlotsMin = 64;

// The name that begins `octets`.
std::string_view first_name(std::string_view octets) {
  size_t size = 1;
  while (octets[size - 1] != '\0') {
    size += size_t{static_cast<uint8_t>(octets[size - 1])} + 1;
  }
  return octets.substr(0, size);
}

}  // namespace

void NameSet::add(std::string_view name) {
  if ((size_ + 1) * 4 > slots_.size() * 3) {
    grow();
  }
  Slot& slot = slots_[slot_of(name)];
  if (slot.at != 0 || names_.size() + name.size() >= UINT32_MAX) {
    return;
  }
  slot = {static_cast<uint32_t>(names_.size() + 1),
          static_cast<uint32_t>(hash_bytes(as_bytes(name), seed_) >> 32)};
  names_ += name;
  ++size_;
}

void NameSet::add_all(const NameSet& other) {
  for (std::string_view left = other.names_; !left.empty();) {
    const std::string_view name = first_name(left);
    add(name);
    left.remove_prefix(name.size());
  }
}

std::string_view NameSet::closest(std::string_view name) const {
  for (; size_ > 0 && !is_root(name); name = parent_of(name)) {
    if (slots_[slot_of(name)].at != 0) {
      return name;
    }
  }
  return {};
}

size_t NameSet::slot_of(std::string_view name) const {
  const uint64_t hash = hash_bytes(as_bytes(name), seed_);
  const auto tag = static_cast<uint32_t>(hash >> 32);
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  for (; slots_[i].at != 0; i = (i + 1) & mask) {
    const std::string_view there = std::string_view(names_).substr(slots_[i].at - 1, name.size());
    if (slots_[i].tag == tag && there == name) {
      break;
    }
  }
  return i;
}

void NameSet::grow() {
  const size_t size = slots_.empty() ? kSlotsMin : slots_.size() * 2;
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size));
  for (const Slot& slot : old) {
    if (slot.at != 0) {
      const std::string_view name = first_name(std::string_view(names_).substr(slot.at - 1));
      slots_[slot_of(name)] = slot;
    }
  }
}

}  // namespace etymon::local

#include "resolver/wire/message_names.h"

#include <algorithm>
#include <array>

#include "resolver/base/hash.h"
#include "resolver/wire/name.h"

namespace etymon::wire {
namespace {

constexpr size_t kBoard = 1'024;  // octets; most messages need one

}  // namespace

ExpandedName expanded_name(std::string_view text) {
  return {text, hash_bytes(as_bytes(text))};
}

MessageNames::MessageNames(ByteView message)
    : message_(message), places_(std::min(message.size(), kPointerReach)) {}

size_t MessageNames::read(size_t at, size_t end) {
  std::array<uint16_t, kNameMax> labels;  // offsets from `at`
  size_t count = 0;
  size_t own = 0;   // octets of the labels that stand here
  size_t size = 0;  // of the whole name
  size_t jumps = 0;
  while (size == 0) {
    if (at + own >= end || own >= kNameMax) {
      return 0;
    }
    const uint8_t octet = message_[at + own];
    labels[count++] = static_cast<uint16_t>(own);
    if (octet <= kLabelMax) {
      own += size_t{octet} + 1;
      size = octet == 0 ? own : 0;
      continue;
    }
    const Place* target = is_pointer(octet) && end - at - own >= 2 ? target_of(at + own) : nullptr;
    if (target == nullptr || target->jumps == kJumpMax) {
      return 0;
    }
    size = own + target->size;
    jumps = size_t{target->jumps} + 1;
    own += 2;
  }
  if (at + own > end || size > kNameMax) {
    return 0;
  }
  for (size_t i = 0; i < count; ++i) {
    note(at + labels[i], size - labels[i], jumps);
  }
  return at + own;
}

void MessageNames::note(size_t at, size_t size, size_t jumps) {
  if (at < places_.size()) {
    places_[at].size = static_cast<uint8_t>(size);
    places_[at].jumps = static_cast<uint8_t>(jumps);
  }
}

const MessageNames::Place* MessageNames::target_of(size_t at) const {
  const size_t target = pointer_target(message_, at);
  return target < places_.size() && places_[target].size > 0 ? &places_[target] : nullptr;
}

ExpandedName MessageNames::expand(size_t at) {
  NameBuffer name;
  const size_t begin = at;
  while (!is_pointer(message_[at])) {
    const size_t size = size_t{message_[at]} + 1;
    name.append(message_.subspan(at, size));
    if (size == 1) {
      return keep(name.view());
    }
    at += size;
  }
  const ExpandedName rest = name_at_target(pointer_target(message_, at));
  if (at == begin) {
    return rest;
  }
  name.append(as_bytes(rest.text));
  return keep(name.view());
}

ExpandedName MessageNames::keep(std::string_view name) {
  expanded_ += name.size();
  return expanded_name(shelf_.keep(name));
}

ExpandedName MessageNames::name_at_target(size_t at) {
  if (places_[at].name == 0) {
    names_.push_back(expand(at));
    places_[at].name = static_cast<uint16_t>(names_.size());
  }
  return names_[places_[at].name - size_t{1}];
}

std::string_view MessageNames::Shelf::keep(std::string_view octets) {
  if (left_ < octets.size()) {
    boards_.push_back(std::make_unique_for_overwrite<char[]>(kBoard));
    left_ = kBoard;
  }
  char* to = boards_.back().get() + (kBoard - left_);
  std::ranges::copy(octets, to);
  left_ -= octets.size();
  return {to, octets.size()};
}

}  // namespace etymon::wire

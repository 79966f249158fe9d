#include "resolver/wire/message_names.h"

#include <algorithm>
#include <array>

#include "resolver/base/hash.h"
#include "resolver/wire/name.h"

namespace etymon::wire {
namespace {

constexpr size_t kBoard = 1'024;  // octets

}  // namespace

ExpandedName expanded_name(std::string_view text) {
  return {text, hash_bytes(as_bytes(text))};
}

// Of the room that is always there only as much is cleared as the message has octets.
MessageNames::MessageNames(ByteView message) : message_(message) {
  const size_t reached = std::min(message.size(), kPointerReach);
  if (reached > kUsualOctets) {
    more_places_.resize(reached);
    places_ = more_places_;
  } else {
    places_ = std::span(usual_places_).first(reached);
    std::ranges::fill(std::as_writable_bytes(places_), std::byte{0});
  }
}

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
  if (at >= places_.size()) {
    return write_out(at);
  }
  if (places_[at].name == 0) {
    names_.push_back(write_out(at));
    places_[at].name = static_cast<uint16_t>(names_.size());
  }
  return names_[places_[at].name - size_t{1}];
}

ExpandedName MessageNames::write_out(size_t at) {
  const size_t begin = at;
  while (message_[at] != 0 && !is_pointer(message_[at])) {
    at += size_t{message_[at]} + 1;
  }
  if (at == begin && message_[at] != 0) {
    return expand(pointer_target(message_, at));
  }
  NameBuffer name;
  const bool is_whole = message_[at] == 0;
  name.append(message_.subspan(begin, at + (is_whole ? 1 : 0) - begin));
  if (!is_whole) {
    name.append(as_bytes(expand(at).text));
  }
  return keep(name.view());
}

ExpandedName MessageNames::keep(std::string_view name) {
  expanded_ += name.size();
  return expanded_name(shelf_.keep(name));
}

std::string_view MessageNames::Shelf::keep(std::string_view octets) {
  if (left_ < octets.size()) {
    more_.push_back(std::make_unique_for_overwrite<char[]>(kBoard));
    free_ = more_.back().get();
    left_ = kBoard;
  }
  const std::string_view kept(free_, octets.size());
  free_ += octets.copy(free_, octets.size());
  left_ -= octets.size();
  return kept;
}

}  // namespace etymon::wire

// The names of one message, which is read in order. Internal to wire.
//
// Thousands of records can share one name of 127 labels, or hang on each other by pointers. So what
// a name is like is kept for every place that a later pointer may lead to, and no label is walked
// twice: the time to read all names grows with the message, not with what they expand to.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "resolver/base/small_vector.h"
#include "resolver/wire/message.h"

namespace etymon::wire {

// In lower case, uncompressed. Names that differ nearly always differ in their hash, and a name
// that records share is kept once: so thousands can be held against one without reading their
// octets.
struct ExpandedName {
  std::string_view text;
  uint64_t hash = 0;

  friend bool operator==(const ExpandedName& a, const ExpandedName& b) {
    return a.hash == b.hash && (a.is_kept_with(b) || a.text == b.text);
  }
  // Any order in which equal names are neighbours.
  friend std::strong_ordering operator<=>(const ExpandedName& a, const ExpandedName& b) {
    if (a.hash != b.hash) {
      return a.hash <=> b.hash;
    }
    return a.is_kept_with(b) ? std::strong_ordering::equal : a.text <=> b.text;
  }

 private:
  bool is_kept_with(const ExpandedName& other) const {
    return text.data() == other.text.data() && text.size() == other.text.size();
  }
};
// `text`: expanded, in lower case; the name looks into it.
ExpandedName expanded_name(std::string_view text);

class MessageNames {
 public:
  explicit MessageNames(ByteView message);
  MessageNames(const MessageNames&) = delete;
  MessageNames& operator=(const MessageNames&) = delete;

  // Reads the name at `at`, which must end before `end` where it stands. Returns the offset behind
  // it, or 0 when it is cut, too long, of an unknown label type, or has a pointer to anywhere but a
  // label that was read before (RFC 1035 section 4.1.4: "a prior occurrence of the same name"): one
  // into a TTL, say, would make a name that changes as it ages.
  size_t read(size_t at, size_t end);

  // The name at `at`, which read() took. It lives as long as this object.
  ExpandedName expand(size_t at);
  // An expanded name from elsewhere, for as long.
  ExpandedName keep(std::string_view name);

  // Octets of all names that were expanded, each place once.
  size_t expanded() const { return expanded_; }

 private:
  // Of a message, and of its expanded names: as far as it needs no memory beyond this object.
  static constexpr size_t kUsualOctets = 512;

  // Where a label or a pointer begins in a name.
  struct Place {
    uint8_t size;   // of the name from here on, expanded; 0: no place of that kind
    uint8_t jumps;  // pointers to follow from here on
    uint16_t name;  // 1 and its index in names_; 0: not expanded yet
  };
  // Keeps octets where they stay.
  class Shelf {
   public:
    std::string_view keep(std::string_view octets);

   private:
    std::array<char, kUsualOctets> first_;
    std::vector<std::unique_ptr<char[]>> more_;
    char* free_ = first_.data();
    size_t left_ = kUsualOctets;
  };

  // What a pointer at `at` leads to; null when that is nothing.
  const Place* target_of(size_t at) const;
  ExpandedName write_out(size_t at);
  void note(size_t at, size_t size, size_t jumps);

  ByteView message_;
  std::array<Place, kUsualOctets> usual_places_;
  std::vector<Place> more_places_;
  std::span<Place> places_;  // of each octet that a pointer can reach
  SmallVector<ExpandedName, 8> names_;
  Shelf shelf_;
  size_t expanded_ = 0;
};

}  // namespace etymon::wire

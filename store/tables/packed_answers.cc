#include "store/tables/packed_answers.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace etymon::store {
namespace {

using Count = uint32_t;

// Of one answer beside its block: its entry in a table that is two thirds full, and its turn.
constexpr size_t kEntryOctets = 48;
// Allocators give memory in such steps, about.
constexpr size_t kStep = 16;
// Turns of what was erased may wait until there are so many more of them than of what is there.
constexpr size_t kGoneSpare = 1000;

}  // namespace

size_t PackedAnswers::octets_of(std::string_view bytes) {
  return kEntryOctets + (sizeof(Count) + bytes.size() + kStep - 1) / kStep * kStep;
}

std::string_view PackedAnswers::bytes_in(const Block& block) {
  Count count = 0;
  std::memcpy(&count, block.get(), sizeof count);
  return {block.get() + sizeof count, count};
}

void PackedAnswers::insert(AnswerId id, std::string_view bytes) {
  const size_t octets = octets_of(bytes);
  if (octets > octets_max_ || entries_.contains(id)) {
    return;
  }
  while (octets_ + octets > octets_max_) {
    make_room();
  }
  const auto count = static_cast<Count>(bytes.size());
  Block block(new char[sizeof count + count]);  // make_unique would write zeros first
  std::memcpy(block.get(), &count, sizeof count);
  std::ranges::copy(bytes, block.get() + sizeof count);
  entries_.emplace(id, Entry{std::move(block)});
  turns_.push_back(id);
  octets_ += octets;
  drop_gone_turns();
}

std::optional<std::string> PackedAnswers::find(AnswerId id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return std::nullopt;
  }
  found->second.is_used = true;
  return std::string(bytes_in(found->second.block));
}

void PackedAnswers::fetch_entries(std::span<const AnswerId> ids) const {
  for (const AnswerId id : ids) {
    entries_.prefetch(id);
  }
}

void PackedAnswers::fetch_bytes(std::span<const AnswerId> ids) const {
  for (const AnswerId id : ids) {
    const auto found = entries_.find(id);
    if (found != entries_.end()) {
      __builtin_prefetch(found->second.block.get());
    }
  }
}

void PackedAnswers::erase(AnswerId id) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) {
    remove(found);
    ++gone_;
  }
}

void PackedAnswers::remove(Entries::iterator entry) {
  octets_ -= octets_of(bytes_in(entry->second.block));
  entries_.erase(entry);
}

void PackedAnswers::make_room() {
  const AnswerId id = turns_.front();
  turns_.pop_front();
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return;
  }
  if (std::exchange(found->second.is_used, false)) {
    turns_.push_back(id);
  } else {
    remove(found);
  }
}

// Where room is never wanted no turn ever comes, and what is erased over the years would add up.
void PackedAnswers::drop_gone_turns() {
  if (gone_ > entries_.size() + kGoneSpare) {
    std::erase_if(turns_, [this](AnswerId id) { return !entries_.contains(id); });
    gone_ = 0;
  }
}

}  // namespace etymon::store

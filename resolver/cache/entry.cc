#include "resolver/cache/entry.h"

#include <malloc.h>

#include <algorithm>
#include <memory>
#include <new>
#include <span>

namespace etymon::cache {
namespace {

// What malloc writes before each block (glibc; other allocators need no more).
constexpr size_t kAllocatorHeader = 8;
constexpr size_t kQuestionTail = 4;  // type, class

}  // namespace

Entry* Entry::make(const Key& key, const CachedAnswer& answer) {
  const wire::StoredView& response = answer.response;
  const size_t size = sizeof(Entry) + response.ttl_offsets.size_bytes() +
                      response.message.size_bytes() + answer.withheld.size_bytes();
  auto* entry = new (::operator new(size)) Entry;
  entry->answer = answer.answer;
  entry->validity_s = answer.validity_s;
  entry->message_size = static_cast<uint16_t>(response.message.size());
  entry->ttl_count = static_cast<uint16_t>(response.ttl_offsets.size());
  entry->additional_at = response.additional_at;
  entry->name_size = static_cast<uint8_t>(key.qname.size());
  entry->dnssec_ok = key.dnssec_ok;
  entry->checking_disabled = key.checking_disabled;
  entry->group = key.group;
  entry->failure = answer.failure;
  entry->rebinding = answer.rebinding;
  entry->withheld_count = static_cast<uint16_t>(answer.withheld.size());
  std::ranges::copy(response.ttl_offsets, entry->offsets());
  std::ranges::copy(response.message, entry->message());
  std::ranges::uninitialized_copy(answer.withheld,
                                  std::span(entry->withheld(), answer.withheld.size()));
  return entry;
}

void Entry::destroy(Entry* entry) {
  entry->~Entry();
  ::operator delete(entry);
}

size_t Entry::cost() const {
  // malloc_usable_size wants a pointer that may be written through; it only reads.
  return malloc_usable_size(const_cast<Entry*>(this)) + kAllocatorHeader;
}

CachedAnswer Entry::content() const {
  return {.response = {.message = {message(), message_size},
                       .ttl_offsets = {offsets(), ttl_count},
                       .additional_at = additional_at},
          .answer = answer,
          .validity_s = validity_s,
          .failure = failure,
          .rebinding = rebinding,
          .withheld = {withheld(), withheld_count}};
}

bool Entry::holds(const Key& key) const {
  const size_t question_end = wire::kHeaderSize + key.qname.size() + kQuestionTail;
  if (message_size < question_end || dnssec_ok != key.dnssec_ok ||
      checking_disabled != key.checking_disabled || group != key.group) {
    return false;
  }
  const uint8_t* name = message() + wire::kHeaderSize;
  const uint8_t* tail = name + key.qname.size();
  return RecordType{load_u16(tail)} == key.qtype && RecordClass{load_u16(tail + 2)} == key.qclass &&
         wire::same_name({name, key.qname.size()}, key.qname);
}

}  // namespace etymon::cache

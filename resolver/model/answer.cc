#include "resolver/model/answer.h"

#include <algorithm>
#include <functional>

#include "resolver/model/address_sort.h"

namespace etymon {
namespace {

using Addresses = std::vector<AnswerAddress>;

// The entries of one address as one. REQUIRES: first != last.
AnswerAddress merged(Addresses::const_iterator first, Addresses::const_iterator last) {
  AnswerAddress one = *first;
  bool ports_differ = false;
  for (auto next = first + 1; next != last; ++next) {
    const Service& service = next->service;
    one.via = std::min(one.via, next->via);
    ports_differ |= service.port != 0 && one.service.port != 0 && service.port != one.service.port;
    one.service.port = std::max(one.service.port, service.port);
    one.service.tcp |= service.tcp;
    one.service.udp |= service.udp;
  }
  if (ports_differ) {
    one.service.port = 0;
  }
  return one;
}

}  // namespace

void sort_addresses(Answer& answer) {
  if (!std::ranges::is_sorted(answer.addresses)) {
    sort_by_address(answer.addresses, [](const AnswerAddress& one) { return one.address; });
  }
  auto behind = answer.addresses.begin();  // of those that are there once
  for (auto first = answer.addresses.cbegin(); first != answer.addresses.cend();) {
    const auto last = std::find_if(first, answer.addresses.cend(), [&](const AnswerAddress& other) {
      return other.address != first->address;
    });
    *behind++ = merged(first, last);
    first = last;
  }
  answer.addresses.erase(behind, answer.addresses.end());
}

void sort_withheld(Answer& answer) {
  sort_by_address(answer.withheld, std::identity());
  // Not by std::ranges::unique, nor elsewhere by equal_range: clang 14, which builds the fuzz
  // targets, cannot compile what they return.
  answer.withheld.erase(std::unique(answer.withheld.begin(), answer.withheld.end()),
                        answer.withheld.end());
}

}  // namespace etymon

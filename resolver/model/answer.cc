#include "resolver/model/answer.h"

#include <algorithm>

namespace etymon {

void sort_addresses(Answer& answer) {
  std::vector<AnswerAddress>& addresses = answer.addresses;
  std::ranges::sort(addresses);
  const auto repeats = std::ranges::unique(addresses, {}, &AnswerAddress::address);
  addresses.erase(repeats.begin(), repeats.end());
}

}  // namespace etymon

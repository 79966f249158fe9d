#include "resolver/model/answer.h"

#include <algorithm>

namespace etymon {

void sort_addresses(Answer& answer) {
  std::vector<AnswerAddress>& addresses = answer.addresses;
  std::ranges::sort(addresses);
  const auto same_address = [](const AnswerAddress& a, const AnswerAddress& b) {
    return a.address == b.address;
  };
  addresses.erase(std::unique(addresses.begin(), addresses.end(), same_address), addresses.end());
}

}  // namespace etymon

#include "resolver/model/answer.h"

#include <algorithm>

namespace etymon {
namespace {

Service both(const Service& a, const Service& b) {
  const bool same_port = a.port == b.port || a.port == 0 || b.port == 0;
  return {.port = same_port ? std::max(a.port, b.port) : uint16_t{0},
          .tcp = a.tcp || b.tcp,
          .udp = a.udp || b.udp};
}

}  // namespace

void sort_addresses(Answer& answer) {
  std::ranges::sort(answer.addresses);
  std::vector<AnswerAddress> once;
  once.reserve(answer.addresses.size());
  for (const AnswerAddress& one : answer.addresses) {
    if (once.empty() || once.back().address != one.address) {
      once.push_back(one);
    } else {
      once.back().service = both(once.back().service, one.service);
    }
  }
  answer.addresses = std::move(once);
}

void sort_withheld(Answer& answer) {
  std::ranges::sort(answer.withheld);
  const auto repeats = std::ranges::unique(answer.withheld);
  answer.withheld.erase(repeats.begin(), repeats.end());
}

}  // namespace etymon

// Answer facts: what the tables say of an answer, in the form in which many rows are compared with
// it. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "resolver/model/answer.h"
#include "store/tables/tables_view.h"

namespace etymon::store {

struct AnswerFacts {
  std::optional<IpAddress> home;       // nothing: the answer has no address
  std::vector<IpAddress> others;       // its addresses but the home, each once
  std::vector<std::string> name_rows;  // how its keys in `by_name` begin: sort key, end, role
};

AnswerFacts facts_of(const Answer& answer);

// The facts of the answers that were asked for last, read from the view when they are not at hand.
class AnswerFactsCache {
 public:
  explicit AnswerFactsCache(TablesView& view) : view_(view) {}

  // Nothing: there is no such answer, or it cannot be read. Valid until the next call.
  const AnswerFacts* find(AnswerId id);

 private:
  // About 500 octets each.
  static constexpr size_t kCapacity = 50'000;

  TablesView& view_;
  std::unordered_map<AnswerId, std::optional<AnswerFacts>> facts_;
};

}  // namespace etymon::store

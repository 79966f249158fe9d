#include "store/tables/answer_facts.h"

#include <algorithm>
#include <set>

#include "store/tables/answer_codec.h"
#include "store/tables/keys.h"

namespace etymon::store {
namespace {

std::string name_row(const DomainName& name, NameRole role) {
  std::string row = name.sort_key();
  row.push_back('\0');
  row.push_back(static_cast<char>(role));
  return row;
}

}  // namespace

AnswerFacts facts_of(const Answer& answer) {
  AnswerFacts facts;
  if (!answer.addresses.empty()) {
    facts.home = home_address(answer);
  }
  std::set<IpAddress> others;
  for (const AnswerAddress& address : answer.addresses) {
    if (address.address != *facts.home && others.insert(address.address).second) {
      facts.others.push_back(address.address);
    }
  }
  std::set<std::string> rows = {name_row(answer.question.name, NameRole::kAsked)};
  for (const DomainName& name : answer.chain) {
    if (name.wire() != answer.question.name.wire()) {
      rows.insert(name_row(name, NameRole::kChain));
    }
  }
  facts.name_rows.assign(rows.begin(), rows.end());
  return facts;
}

const AnswerFacts* AnswerFactsCache::find(AnswerId id) {
  auto found = facts_.find(id);
  if (found == facts_.end()) {
    if (facts_.size() >= kCapacity) {
      facts_.clear();
    }
    const Result<std::string> bytes = view_.answer(id);
    std::optional<AnswerFacts> facts;
    if (bytes) {
      if (const Result<Answer> answer = decode_answer(*bytes)) {
        facts = facts_of(*answer);
      }
    }
    found = facts_.emplace(id, std::move(facts)).first;
  }
  return found->second ? &*found->second : nullptr;
}

}  // namespace etymon::store

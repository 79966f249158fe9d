#include "store/tables/known_answer.h"

#include <utility>

#include "resolver/base/hash.h"
#include "store/tables/answer_codec.h"

namespace etymon::store {

KnownAnswer::KnownAnswer(AnswerId id, std::string bytes, uint64_t seed)
    : id_(id),
      hash_(hash_bytes(as_bytes(bytes))),
      mark_(hash_bytes(as_bytes(bytes), seed)),
      bytes_(std::move(bytes)) {}

KnownAnswer::~KnownAnswer() {
  delete answer_.load();
}

Result<KnownAnswerPtr> KnownAnswer::read(AnswerId id, std::string bytes, uint64_t seed) {
  const Result<Answer> answer = decode_answer(bytes);
  if (!answer) {
    return answer.error();
  }
  return std::make_shared<const KnownAnswer>(id, std::move(bytes), seed);
}

const Answer& KnownAnswer::answer() const {
  const Answer* answer = answer_.load(std::memory_order_acquire);
  if (answer == nullptr) {
    auto read = std::make_unique<const Answer>(*decode_answer(bytes_));
    if (answer_.compare_exchange_strong(answer, read.get(), std::memory_order_acq_rel)) {
      answer = read.release();
    }
  }
  return *answer;
}

}  // namespace etymon::store

// Known answer: an answer that has a number. Constant, shared, any thread.
//
// It is kept as its bytes: as an Answer it would take four times their memory, of which the tail
// and the book hold hundred thousands that nobody reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "resolver/base/result.h"
#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"

namespace etymon::store {

class KnownAnswer {
 public:
  // `seed`: unpredictable where outsiders choose what is answered. REQUIRES: `bytes` are those of
  // encode_answer().
  KnownAnswer(AnswerId id, std::string bytes, uint64_t seed = 0);
  ~KnownAnswer();
  KnownAnswer(const KnownAnswer&) = delete;
  KnownAnswer& operator=(const KnownAnswer&) = delete;

  // Of bytes that nobody has looked at. Error kDataLoss: there is no answer in them.
  static Result<std::shared_ptr<const KnownAnswer>> read(AnswerId id, std::string bytes,
                                                         uint64_t seed = 0);

  AnswerId id() const { return id_; }
  const std::string& bytes() const { return bytes_; }
  uint64_t hash() const { return hash_; }  // of the bytes: XXH3, 64 bits; as it is stored
  uint64_t mark() const { return mark_; }  // the same with the seed: what finds it in memory

  // Read when somebody first asks for it, and kept from then on.
  const Answer& answer() const;

 private:
  const AnswerId id_;
  const uint64_t hash_;
  const uint64_t mark_;
  const std::string bytes_;
  mutable std::atomic<const Answer*> answer_{nullptr};  // ours
};

using KnownAnswerPtr = std::shared_ptr<const KnownAnswer>;

// The answer, which lives as long as either is held.
inline std::shared_ptr<const Answer> answer_of(const KnownAnswerPtr& known) {
  return {known, &known->answer()};
}

}  // namespace etymon::store

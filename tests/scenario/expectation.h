// What a scenario expects a client to get. A value; one thread. Errors are kInvalidArgument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "tests/scenario/script.h"
#include "tests/scenario/stage.h"
#include "tests/scenario/words.h"

namespace etymon::scenario {

class Expectation {
 public:
  // "CLIENT gets RCODE words..." and the records below it, or "CLIENT gets nothing".
  static Result<Expectation> read(const Step& step);

  // Error: how what came differs. `client` is its name.
  Status check(const std::optional<Received>& received, const std::string& client) const;

  uint32_t times() const { return times_; }

 private:
  Status check_head(const Received& received) const;
  Status check_options(const TextMessage& message) const;
  Status check_records(const TextMessage& message) const;
  Status check_record(const Received& received) const;
  Status check_guard(const Answer& answer) const;

  std::optional<Rcode> rcode_;  // nothing: nothing may come
  Words words_;
  std::vector<TextRecord> records_;
  uint32_t times_ = 1;
};

// An answer in one line.
std::string describe(const Received& received);

}  // namespace etymon::scenario

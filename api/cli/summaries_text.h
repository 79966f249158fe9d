// What came back when, and what came most often. Pure but for Top, which belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "api/cli/past_verbs.h"
#include "api/cli/terminal.h"
#include "etymon/v1/listing.pb.h"

namespace etymon::cli {

// A day a line, an hour a column; minimal: the days on which anything was delivered.
std::string recurrence_text(const v1::SummarizeRecurrenceResponse& recurrence, Print print,
                            const Style& style);

// The spans that were recorded without a gap, one a line, or that nothing was: what was delivered
// elsewhere is not known.
std::string recorded_text(const google::protobuf::RepeatedPtrField<v1::TimeSpan>& covered,
                          const Style& style);

// Counts names, clients or addresses. Bounded: kKeysMax of them; deliveries of others are counted
// as left out.
class Top {
 public:
  static constexpr size_t kKeysMax = 500'000;

  explicit Top(Ranking ranking) : ranking_(ranking) {}

  void add(const v1::ObservedDelivery& delivery);
  std::string text(size_t limit, Print print, const Style& style) const;

  uint64_t left_out() const { return left_out_; }

 private:
  void count(const std::string& key);

  Ranking ranking_;
  std::unordered_map<std::string, uint64_t> counts_;
  uint64_t left_out_ = 0;
};

}  // namespace etymon::cli

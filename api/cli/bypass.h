// Bypass: contacts to addresses that no name ever led to: names carried in an application, DNS
// elsewhere, or addresses written down. Belongs to one thread.
//
// Only NEVER counts: then recording had covered the moment and `min_coverage` before it. What was
// not covered is told apart (UNKNOWN), and so is what was told to other hosts only: one of those
// may have passed it on.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/cli/past_verbs.h"
#include "api/cli/terminal.h"
#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// What counts where a line does not say it.
struct ContactDefaults {
  WallTime at;  // relative times are so to this, too
  Microseconds min_coverage;
};

// A line of a list: CLIENT ADDRESS [TIME], separated by blanks, tabs or commas, or the JSON that
// lookup --file takes, with a client. Error kInvalidArgument.
Result<v1::LookupRequest> contact_from_line(std::string_view line, const ContactDefaults& defaults);

class Bypasses {
 public:
  // Pairs of client and address that are told apart.
  static constexpr size_t kRowsMax = 100'000;

  void add(const v1::LookupRequest& contact, const v1::LookupResult& result);

  // A pair of client and address a row, the one with most contacts first.
  std::string text(Print print, const Style& style) const;

  // "1 200 contacts: 3 bypass, ...", for people, without a line break.
  std::string summary() const;

  // The first that the server had for an answer; null: none.
  const v1::LookupError* first_error() const { return first_error_ ? &*first_error_ : nullptr; }

 private:
  struct Row {
    uint64_t contacts = 0;
    WallTime first;
    WallTime last;
  };

  std::map<std::pair<std::string, std::string>, Row> rows_;
  std::array<uint64_t, v1::Verdict_ARRAYSIZE> verdicts_{};
  uint64_t errors_ = 0;
  std::optional<v1::LookupError> first_error_;
  uint64_t left_out_ = 0;
};

}  // namespace etymon::cli

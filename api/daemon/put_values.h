// How the values of a setting, as they are written, get to where they belong. Pure functions, any
// thread. Errors are kInvalidArgument and name the text; what they were to change is unchanged
// then.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/daemon/config.h"
#include "api/daemon/values.h"
#include "resolver/base/result.h"

namespace etymon::daemon {

using Values = std::span<const std::string>;

inline Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

// Puts a parsed value where it belongs, or hands its error on.
template <class Parsed, class Target>
Status put(const Result<Parsed>& parsed, Target& target) {
  if (!parsed) {
    return parsed.error();
  }
  target = static_cast<Target>(*parsed);
  return {};
}

template <class Target>
Status put_number(Values values, Target& target, uint64_t low, uint64_t high) {
  return put(parse_number(values.front(), low, high), target);
}

inline Status put_size(Values values, size_t& target, uint64_t low, uint64_t high) {
  return put(parse_size_within(values.front(), low, high), target);
}

// Target counts in its own unit, which must divide what was written.
template <class Target>
Status put_duration(Values values, Target& target, Target low, Target high) {
  const Result<Microseconds> parsed = parse_duration_within(values.front(), low, high);
  if (!parsed) {
    return parsed.error();
  }
  target = std::chrono::duration_cast<Target>(*parsed);
  return target == *parsed ? Status()
                           : invalid("'" + values.front() + "' is finer than this setting");
}

inline Status put_seconds(Values values, uint32_t& target, Seconds low, Seconds high) {
  Seconds seconds{};
  if (Status status = put_duration(values, seconds, low, high); !status) {
    return status;
  }
  target = static_cast<uint32_t>(seconds.count());
  return {};
}

// Each value through `parse`; all of them or none.
template <class T, class Parse>
Status put_list(Values values, std::vector<T>& target, Parse parse) {
  std::vector<T> parsed;
  for (const std::string& text : values) {
    Result<T> value = parse(text);
    if (!value) {
      return value.error();
    }
    parsed.push_back(*std::move(value));
  }
  target = std::move(parsed);
  return {};
}

// One of two words.
template <class Choice>
Status put_choice(Values values, Choice& target, std::pair<const char*, Choice> one,
                  std::pair<const char*, Choice> other) {
  for (const auto& [word, choice] : {one, other}) {
    if (values.front() == word) {
      target = choice;
      return {};
    }
  }
  return invalid("'" + values.front() + "' is neither " + one.first + " nor " + other.first);
}

inline Status put_switch(Values values, bool& target) {
  return put_choice(values, target, {"on", true}, {"off", false});
}

inline Status put_runs(Values values, net::Runs& target) {
  return put_choice(values, target, {"on", net::Runs::kTogether}, {"off", net::Runs::kApart});
}

inline Status put_text(Values values, std::string& target, size_t octets_max) {
  if (values.front().size() > octets_max) {
    return invalid("longer than " + std::to_string(octets_max) + " octets");
  }
  target = values.front();
  return {};
}

inline constexpr size_t kPathMax = 4096;  // octets, as Linux has it

inline Result<std::string> parse_path(const std::string& text) {
  return text.empty() ? Result<std::string>(invalid("a file's path is empty")) : text;
}

inline Status put_path(Values values, std::string& target) {
  const Result<std::string> path = parse_path(values.front());
  return path ? put_text(values, target, kPathMax) : path.error();
}

}  // namespace etymon::daemon

// Reading JSON (RFC 8259) in place: values are views of the text, nothing is built. Pure functions,
// any thread.
//
// Everything that is looked at is checked, nested values included, so that a line that passes is
// whole JSON. Nesting is bounded; bytes that are not UTF-8 are the caller's matter. Never reads
// past the end of the text, never throws.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace etymon::cli::json {

// Objects and arrays inside of each other; deeper ones are refused, so that no stack overflows.
inline constexpr int kDepthMax = 64;

enum class Kind : uint8_t { kNone, kString, kNumber, kTrue, kFalse, kNull, kObject, kArray };

struct Value {
  Kind kind = Kind::kNone;
  bool escaped = false;   // a string with backslashes in it
  std::string_view text;  // of a string, what is between its quotes; of all others, the whole value
};

// A string's octets; `scratch` holds them where the text had escapes. Nothing for other kinds and
// for surrogates without their other half.
std::optional<std::string_view> string_of(const Value& value, std::string& scratch);

// A string's or a number's characters: tools disagree on whether a port is 443 or "443". Nothing
// for other kinds, and for strings with escapes.
std::optional<std::string_view> plain_of(const Value& value);

// The members of one object, one after the other. `text` is the object, blanks around it allowed.
class Members {
 public:
  explicit Members(std::string_view text);

  // The next member; nothing at the end, and where the text is no JSON.
  struct Member {
    Value key;
    Value value;
  };
  std::optional<Member> next();

  // All of the text was one object. Known once next() has given nothing.
  bool whole() const { return state_ == State::kWhole; }

 private:
  enum class State { kFirst, kLater, kWhole, kBroken };

  std::optional<Member> stop(State state);

  const char* at_;
  const char* end_;
  State state_ = State::kFirst;
};

// Finds the members named `keys` of the object `text`: out[i] is the value of keys[i], the last one
// if there are several, kNone if there is none. False when the text is not one whole object.
bool pick(std::string_view text, std::span<const std::string_view> keys, std::span<Value> out);

}  // namespace etymon::cli::json

// Object: one JSON object as text, its members behind each other, appended to a string. Belongs to
// one thread; the string is the caller's and outlives it.
//
//   std::string line;
//   json::Object row(line);
//   row.text("name", "www.example");
//   row.number("count", uint64_t{7});
//   row.close();  // {"name":"www.example","count":7}
//
// What has no function here is written by the caller, behind key(). Between key() and the end of
// that value nothing else may be added.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "api/cli/json/write.h"

namespace etymon::cli::json {

// A member's name with what stands around it, put together by the compiler: an answer to a lookup
// has 20 members and more, and each name would be four pieces.
class Key {
 public:
  // REQUIRES: no character that needs an escape. What is too long does not compile.
  template <size_t kSize>
  consteval Key(const char (&name)[kSize]) : size_(kSize + kAround - 1) {
    static_assert(kSize + kAround - 1 <= kTextMax);
    char* at = std::copy_n(",\"", 2, text_.data());
    at = std::copy_n(name, kSize - 1, at);
    std::copy_n("\":", 2, at);
  }

  std::string_view behind_another() const { return {text_.data(), size_}; }
  std::string_view first() const { return behind_another().substr(1); }

 private:
  static constexpr size_t kAround = 4;  // a comma, two quotes, a colon
  static constexpr size_t kTextMax = 24;

  std::array<char, kTextMax> text_{};
  size_t size_;
};

class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  void close() { out_ += '}'; }

  // The string: the member's value is to be appended to it.
  std::string& key(const Key& name) {
    out_ += std::exchange(is_empty_, false) ? name.first() : name.behind_another();
    return out_;
  }

  void text(const Key& name, std::string_view value) { append_string(key(name), value); }
  void dns_text(const Key& name, std::string_view value) { append_dns_string(key(name), value); }
  void boolean(const Key& name, bool value) { key(name) += value ? "true" : "false"; }

  template <class Number>
  void number(const Key& name, Number value) {
    append_number(key(name), value);
  }

  // Of protobuf's Timestamp and Duration, as append_timestamp() and append_duration() want them.
  template <class Timestamp>
  void timestamp(const Key& name, const Timestamp& time) {
    append_timestamp(key(name), time.seconds(), time.nanos());
  }
  template <class Duration>
  void duration(const Key& name, const Duration& duration) {
    append_duration(key(name), duration.seconds(), duration.nanos());
  }

  // `append(out, item)` writes one item.
  template <class Items, class Append>
  void list(const Key& name, const Items& items, Append append) {
    std::string& out = key(name);
    out += '[';
    bool is_first = true;
    for (const auto& item : items) {
      out += std::exchange(is_first, false) ? "" : ",";
      append(out, item);
    }
    out += ']';
  }

 private:
  std::string& out_;
  bool is_empty_ = true;
};

}  // namespace etymon::cli::json

// What may be written to a terminal, and how. Pure functions and values, any thread.
//
// Nothing that came over the network or from a file reaches a terminal unescaped: names, addresses
// and messages pass printable(), which leaves no control character and nothing but ASCII.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace etymon::cli {

enum class Colour { kNone, kBold, kDim, kRed, kGreen, kYellow, kCyan };

// How one output stream likes its text.
struct Style {
  bool colour = false;   // ANSI colours
  bool unicode = false;  // box drawing characters; else ASCII in their place
  size_t width = 0;      // columns to wrap at; 0: never wrap
};

// The style of a file descriptor: colours on a terminal only, and not where NO_COLOR is set
// (no-color.org) or TERM is "dumb"; box drawing where the locale is UTF-8; the terminal's width.
Style style_of(int fd);

// `text`, coloured when the style wants colours.
std::string paint(const Style& style, Colour colour, std::string_view text);

// Every octet outside of printable ASCII as \DDD, as the DNS writes them (RFC 1035 section 5.1).
std::string printable(std::string_view text);

// Text that flows: units that are never cut, on as few lines as hold them in the style's width.
// What is wider than a line has one of its own.
class FlowingText {
 public:
  struct Part {
    std::string text;  // printable, or a box drawing
    Colour colour = Colour::kNone;
  };

  // The first line has `column` columns already; each further one begins behind `indent` blanks.
  FlowingText(const Style& style, size_t column, size_t indent)
      : style_(style), column_(column), indent_(indent) {}

  // Behind `gap` blanks, or at the beginning of a new line.
  void add(size_t gap, const std::vector<Part>& unit);

  const std::string& text() const { return text_; }

 private:
  const Style style_;
  size_t column_;
  size_t indent_;
  std::string text_;
};

// The words of `text`, each line behind `indent` blanks. Ends with a newline. REQUIRES: printable.
std::string wrap_words(const Style& style, size_t indent, std::string_view text);

// Joins `items` with a separator dot and wraps between them, each line behind `indent` blanks.
// Ends with a newline. REQUIRES: items hold no colours.
std::string wrap_items(const Style& style, size_t indent, const std::vector<std::string>& items);

}  // namespace etymon::cli

// What may be written to a terminal, and how. Pure functions and values, any thread.
//
// Nothing that came over the network or from a file reaches a terminal unescaped: names, addresses
// and messages pass printable(), which leaves no control character and nothing but ASCII.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

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
void append_painted(std::string& out, const Style& style, Colour colour, std::string_view text);
std::string paint(const Style& style, Colour colour, std::string_view text);

// Every octet outside of printable ASCII as \DDD, as the DNS writes them (RFC 1035 section 5.1).
void append_printable(std::string& out, std::string_view text);
std::string printable(std::string_view text);

// Behind as many blanks as make it `width` columns wide. REQUIRES: printable.
std::string padded_left(const std::string& text, size_t width);

// Columns before what finds no room on the line of its row and goes on in further ones.
inline constexpr size_t kFurtherLines = 4;

// Text that flows: units that are never cut, on as few lines as hold them in the style's width.
// What is wider than a line has one of its own.
class FlowingText {
 public:
  struct Part {
    std::string_view text;  // printable, or a box drawing
    Colour colour = Colour::kNone;
  };

  // The first line has `column` columns already; each further one begins behind `indent` blanks.
  FlowingText(const Style& style, size_t column, size_t indent)
      : style_(style), column_(column), indent_(indent) {}

  // Behind `gap` blanks, or at the beginning of a new line.
  void add(size_t gap, std::initializer_list<Part> unit);

  const std::string& text() const { return text_; }

 private:
  const Style style_;
  size_t column_;
  size_t indent_;
  std::string text_;
};

// The words of `text`, each line behind `indent` blanks. Ends with a newline. REQUIRES: printable.
std::string wrap_words(const Style& style, size_t indent, std::string_view text);

// Items with a separator dot between them, on as few lines as hold them in the style's width, each
// line behind `indent` blanks. Written behind what is in `out`, which outlives it.
class ItemLines {
 public:
  ItemLines(std::string& out, const Style& style, size_t indent);

  // One item, in pieces; an empty one is left out. REQUIRES: no colours.
  void add(std::initializer_list<std::string_view> item);

  // Behind the last item.
  void end() { out_ += '\n'; }

 private:
  void make_room_for(size_t columns);

  std::string& out_;
  const Style& style_;
  const size_t indent_;
  size_t column_;
};

}  // namespace etymon::cli

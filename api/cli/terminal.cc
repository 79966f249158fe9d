#include "api/cli/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace etymon::cli {

namespace {

const char* escape_sequence(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kRed:
      return "\x1b[1;31m";
    case Colour::kGreen:
      return "\x1b[1;32m";
    case Colour::kYellow:
      return "\x1b[1;33m";
    case Colour::kCyan:
      return "\x1b[1;36m";
  }
  return "";
}

// Of UTF-8: octets that go on with a character take no column.
size_t columns_of(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & '\xC0') != '\x80'; }));
}

bool is_printable(char c) {
  return c >= 0x20 && c < 0x7F;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

size_t terminal_width(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

Style style_of(int fd) {
  Style style;
  style.unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  if (isatty(fd) != 0) {
    const char* term = std::getenv("TERM");
    style.colour = !is_set("NO_COLOR") && (term == nullptr || std::string_view(term) != "dumb");
    style.width = terminal_width(fd);
  }
  return style;
}

void append_painted(std::string& out, const Style& style, Colour colour, std::string_view text) {
  const bool coloured = style.colour && colour != Colour::kNone && !text.empty();
  out += coloured ? escape_sequence(colour) : "";
  out += text;
  out += coloured ? "\x1b[0m" : "";
}

std::string paint(const Style& style, Colour colour, std::string_view text) {
  std::string out;
  append_painted(out, style, colour, text);
  return out;
}

void append_printable(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::ranges::find_if_not(text, is_printable);
    const auto plain = static_cast<size_t>(end - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) {
      const auto octet = static_cast<unsigned char>(text.front());
      out += '\\';
      out += static_cast<char>('0' + octet / 100);
      out += static_cast<char>('0' + octet / 10 % 10);
      out += static_cast<char>('0' + octet % 10);
      text.remove_prefix(1);
    }
  }
}

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

std::string padded_left(const std::string& text, size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

void FlowingText::add(size_t gap, std::initializer_list<Part> unit) {
  size_t columns = 0;
  for (const Part& part : unit) {
    columns += columns_of(part.text);
  }
  if (style_.width != 0 && column_ > indent_ && column_ + gap + columns > style_.width) {
    text_ += '\n';
    text_.append(indent_, ' ');
    column_ = indent_;
  } else {
    text_.append(gap, ' ');
    column_ += gap;
  }
  for (const Part& part : unit) {
    append_painted(text_, style_, part.colour, part.text);
  }
  column_ += columns;
}

std::string wrap_words(const Style& style, size_t indent, std::string_view text) {
  FlowingText flowing(style, indent, indent);
  for (size_t gap = 0; !text.empty(); gap = 1) {
    const size_t end = std::min(text.find(' '), text.size());
    flowing.add(gap, {{text.substr(0, end)}});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::string(indent, ' ') + flowing.text() + "\n";
}

ItemLines::ItemLines(std::string& out, const Style& style, size_t indent)
    : out_(out), style_(style), indent_(indent), column_(indent) {
  out_.append(indent, ' ');
}

void ItemLines::add(std::initializer_list<std::string_view> item) {
  size_t columns = 0;
  for (const std::string_view piece : item) {
    columns += piece.size();
  }
  if (columns == 0) {
    return;
  }
  make_room_for(columns);
  for (const std::string_view piece : item) {
    out_ += piece;
  }
  column_ += columns;
}

// A new line, or a separator.
void ItemLines::make_room_for(size_t columns) {
  constexpr size_t kSeparatorWidth = 3;  // columns, not octets; the comma's is one less
  if (column_ == indent_) {
    return;
  }
  if (style_.width != 0 && column_ + kSeparatorWidth + columns > style_.width) {
    out_ += '\n';
    out_.append(indent_, ' ');
    column_ = indent_;
    return;
  }
  out_ += style_.unicode ? " · " : ", ";
  column_ += kSeparatorWidth;
}

}  // namespace etymon::cli

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

std::string paint(const Style& style, Colour colour, std::string_view text) {
  if (!style.colour || colour == Colour::kNone || text.empty()) {
    return std::string(text);
  }
  return escape_sequence(colour) + std::string(text) + "\x1b[0m";
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7F) {
      out += c;
    } else {
      out += '\\';
      out += static_cast<char>('0' + octet / 100);
      out += static_cast<char>('0' + octet / 10 % 10);
      out += static_cast<char>('0' + octet % 10);
    }
  }
  return out;
}

void FlowingText::add(size_t gap, const std::vector<Part>& unit) {
  size_t columns = 0;
  for (const Part& part : unit) {
    columns += columns_of(part.text);
  }
  if (style_.width != 0 && column_ > indent_ && column_ + gap + columns > style_.width) {
    text_ += "\n" + std::string(indent_, ' ');
    column_ = indent_;
  } else {
    text_ += std::string(gap, ' ');
    column_ += gap;
  }
  for (const Part& part : unit) {
    text_ += paint(style_, part.colour, part.text);
  }
  column_ += columns;
}

std::string wrap_words(const Style& style, size_t indent, std::string_view text) {
  FlowingText flowing(style, indent, indent);
  for (size_t gap = 0; !text.empty(); gap = 1) {
    const size_t end = std::min(text.find(' '), text.size());
    flowing.add(gap, {{std::string(text.substr(0, end))}});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::string(indent, ' ') + flowing.text() + "\n";
}

std::string wrap_items(const Style& style, size_t indent, const std::vector<std::string>& items) {
  const std::string separator = style.unicode ? " · " : ", ";
  constexpr size_t kSeparatorWidth = 3;  // columns, not octets; the comma's is one less
  std::string text(indent, ' ');
  size_t column = indent;
  for (const std::string& item : items) {
    const bool first_of_line = column == indent;
    if (!first_of_line && style.width != 0 &&
        column + kSeparatorWidth + item.size() > style.width) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!first_of_line) {
      text += separator;
      column += kSeparatorWidth;
    }
    text += item;
    column += item.size();
  }
  return text + "\n";
}

}  // namespace etymon::cli

// How a name is written for the command: "www.example", or "*.example" for it and all below it; "."
// is the root, "*." it and all below it. Pure functions, any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "etymon/v1/listing.pb.h"
#include "resolver/base/result.h"
#include "resolver/model/domain_name.h"

namespace etymon::cli {

// Meant as an address or a prefix, though it may be a wrong one: a name that nobody has would have
// no answers, and no complaint either. A name that does look so is written with escapes: \047 for
// "/", \049 for "1".
inline bool is_like_address(std::string_view text) {
  const bool has_mark = text.find_first_of("/:") != std::string_view::npos;
  text.remove_suffix(text.ends_with('.') ? 1 : 0);
  const std::string_view last = text.substr(text.rfind('.') + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return has_mark || (!last.empty() && std::ranges::all_of(last, is_digit));
}

// Sets `name` and `match` of a message. Error kInvalidArgument: it is no name.
template <class Message>
Status set_name(const std::string& text, Message& message) {
  const bool is_tree = text.starts_with("*.");
  const std::string top = is_tree ? text.substr(2) : text;
  if (text == "*" || (is_tree && top == ".")) {
    return Error{ErrorCode::kInvalidArgument, "the root and all below it are written *."};
  }
  const auto name = DomainName::from_text(is_tree && top.empty() ? "." : top);
  if (!name) {
    return name.error();
  }
  message.set_name(name->text());
  message.set_match(is_tree ? v1::NAME_MATCH_SUBTREE : v1::NAME_MATCH_EXACT);
  return {};
}

}  // namespace etymon::cli

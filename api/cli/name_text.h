// How a name is written for the command: "www.example", or "*.example" for it and all below it. A
// pure function, any thread.
#pragma once

#include <string>

#include "etymon/v1/listing.pb.h"
#include "resolver/model/domain_name.h"

namespace etymon::cli {

// Sets `name` and `match` of a message. False: it is no name.
template <class Message>
bool set_name(const std::string& text, Message& message) {
  const bool is_tree = text.starts_with("*.");
  const auto name = DomainName::from_text(is_tree ? text.substr(2) : text);
  if (!name || text.empty()) {
    return false;
  }
  message.set_name(name->text());
  message.set_match(is_tree ? v1::NAME_MATCH_SUBTREE : v1::NAME_MATCH_EXACT);
  return true;
}

}  // namespace etymon::cli

// Questions of a scenario: a client's query, what an upstream was asked, its response. Pure
// functions, one thread. Errors are kInvalidArgument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/delivery.h"
#include "tests/scenario/script.h"
#include "tests/scenario/stage.h"
#include "tests/scenario/words.h"

namespace etymon::scenario {

struct ScriptedQuestion {
  TextMessage message;
  Transport transport = Transport::kUdp;
  uint32_t times = 1;
  std::string zone = {};              // whose upstreams; empty: those of all other names
  bool cookie_kept = false;           // it shows the cookie that its client got last
  std::optional<IpAddress> via = {};  // a forwarder that says in a PROXY header whose it is
  bool together = false;              // all `times` of it come in one turn
};

// "NAME TYPE words..." from `first` on: the words that README.md lists for questions.
Result<ScriptedQuestion> read_question(const std::vector<std::string>& words, size_t first);

// The name with each '%' become `number`.
std::string numbered(std::string name, uint32_t number);

// The query's octets. Each '%' in the name becomes `number`.
Result<std::string> write_query(const ScriptedQuestion& question, uint32_t number, uint16_t id);

// True when this is what the upstream was asked, its DO and CD included.
bool is_question(const Asked& asked, const ScriptedQuestion& question, uint32_t number);

// The same name and type, whatever else.
bool names_same(const Asked& asked, const ScriptedQuestion& question);

// The data of the message's option with that code; empty without one.
std::string option_of(const TextMessage& message, uint16_t code);

// Adds the subnet that scope= and subnet= of an answer's words tell; without the latter it is the
// query's.
Status answer_subnet(const Words& words, const TextMessage& query, TextMessage& response);

// The response to `query` of which "... answers NAME TYPE RCODE words..." and its records tell:
// with these flags, and an OPT when `words` ask for one or for what stands in it.
Result<TextMessage> read_response(const Step& step, const Words& words, const TextMessage& query);

// "upstream answers NAME TYPE RCODE words..." and its records, as the octets that come back.
Result<std::string> write_response(const Step& step, const Asked& asked);

std::string describe(const Asked& asked);

// Where a client is, as the option says it (RFC 7871): "192.0.2.0/24" and, of an answer, its scope.
Result<std::string> subnet_option(const std::string& prefix, uint8_t scope);
std::string subnet_text(const std::string& option);

}  // namespace etymon::scenario

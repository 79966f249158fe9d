// The steps of a scenario that speak of one upstream by its address, and of what the pools count.
//
// One thread. Remembers the names that the scenario gave to ports and ids, and the cookies that the
// upstreams gave; the network is whoever's stage it is. Errors are kInvalidArgument.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "tests/scenario/network.h"
#include "tests/scenario/script.h"
#include "tests/scenario/words.h"

namespace etymon::scenario {

struct ScriptedQuestion;

class UpstreamSteps {
 public:
  // "ADDRESS is asked|is up|is down|answers|fails ...". What comes is taken in the next turn.
  Status perform(Network& network, const Endpoint& upstream, const Step& step);

  // Error: a message of which nothing was said.
  static Status end(Network& network);

 private:
  // What one step says of the messages it means.
  struct Meant;

  Status is_asked(Network& network, const Endpoint& upstream, const Step& step);
  Status sees_some(Network& network, const Meant& meant);
  Status sees_one(Network& network, const Meant& meant, uint32_t number);
  bool is_meant(const Message& message, const Meant& meant) const;
  bool has_name(std::map<std::string, int>& names, const std::string& name, int number);
  Status answers(Network& network, const Endpoint& upstream, const Step& step);
  Status answer(Network& network, const Message& message, const Step& step, const Words& words);
  Status fails(Network& network, const Endpoint& upstream, const Step& step);
  Result<std::vector<Message>> find_open(Network& network, const Endpoint& upstream,
                                         const Step& step, const Words& words);

  std::map<std::string, int> ports_;
  std::map<std::string, int> ids_;
  std::map<Endpoint, std::string> cookies_;  // that each gave last, behind ours
};

// "counted NAME=N...": what all pools together have counted.
Status check_counts(const daemon::PoolAsker& asker, const Step& step);

}  // namespace etymon::scenario

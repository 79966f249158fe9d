// UpstreamNews: from what the loops know of the upstreams to lines for the log, one for each change
// that an operator wants to hear of. One thread; neither clock nor I/O.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "resolver/upstream/pool.h"
#include "resolver/upstream/routes.h"

namespace etymon::daemon {

class UpstreamNews {
 public:
  using Say = std::function<void(const std::string&)>;

  // An upstream that was down answers again when it was up in so many looks running: one that loses
  // every second packet would fill the log otherwise.
  static constexpr unsigned kLooksUp = 5;

  // `warn` and `inform` are told one line each.
  UpstreamNews(std::vector<upstream::Route> routes, Say warn, Say inform)
      : routes_(std::move(routes)), warn_(std::move(warn)), inform_(std::move(inform)) {}

  // How they are now: those for all names, then those of each route, in its order; none: nobody
  // knows just now. To be called once a second or so.
  void look(const std::vector<upstream::ServerStatus>& servers);

 private:
  using Group = std::span<const upstream::ServerStatus>;
  // `zone`: "" for all names.
  void look_at(const std::string& zone, Group group);
  bool is_down(const std::string& zone, const upstream::ServerStatus& server);
  void look_at_case(const std::string& zone, const upstream::ServerStatus& server);

  const std::vector<upstream::Route> routes_;
  const Say warn_;
  const Say inform_;
  // Those that were said to be down, by zone and address, and for how many looks they have been up.
  std::map<std::pair<std::string, std::string>, unsigned> down_;
  std::set<std::pair<std::string, std::string>> unproven_;  // of these the case, as down_
  std::set<std::string> silent_;                            // zones of which no upstream answers
};

}  // namespace etymon::daemon

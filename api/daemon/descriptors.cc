#include "api/daemon/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>

namespace etymon::daemon {
namespace {

// Two databases with 256 files each, and what listens, waits and is read now and then. Of a limit
// below twice that the half: a store then has some twenty files of tables open before it lacks one.
constexpr size_t kReserve = 640;

constexpr size_t kKinds = 3;
using Shares = std::array<size_t, kKinds>;

// Whoever wants less than an equal share gets that, and the others share what it leaves.
Shares shares_of(size_t all, const Shares& wanted) {
  std::array<size_t, kKinds> order{0, 1, 2};
  std::ranges::sort(order, {}, [&](size_t kind) { return wanted[kind]; });
  Shares shares{};
  for (size_t i = 0; i < kKinds; ++i) {
    shares[order[i]] = std::max<size_t>(1, std::min(wanted[order[i]], all / (kKinds - i)));
    all -= std::min(all, shares[order[i]]);
  }
  return shares;
}

int lowered(int from, size_t to) {
  return static_cast<int>(std::min(static_cast<size_t>(from), to));
}

}  // namespace

size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return SIZE_MAX;
  }
  const rlim_t granted = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : granted;
}

std::optional<std::string> fit_descriptors(Config& config, size_t limit) {
  size_t& questions = config.answering.in_flight.questions_max;  // of each loop
  service::ConnectionLimit& api = config.api_connections;
  const Shares wanted = {config.listen.tcp_connections, questions * config.listen.loops,
                         static_cast<size_t>(api.all)};
  const Shares shares = shares_of(limit - std::min(kReserve, limit / 2), wanted);
  if (shares == wanted) {
    return std::nullopt;
  }
  config.listen.tcp_connections = shares[0];
  config.listen.tcp_per_client = std::min(config.listen.tcp_per_client, shares[0]);
  questions = std::max<size_t>(1, shares[1] / config.listen.loops);
  config.upstream.in_flight_max = questions;
  api.all = lowered(api.all, shares[2]);
  // As in the default: the unix socket keeps some, and no address takes all that others may have.
  api.tcp = lowered(api.tcp, shares[2] - shares[2] / 8);
  api.peer = lowered(api.peer, shares[2] / 4 + 1);
  return "the system grants " + std::to_string(limit) +
         " descriptors, which is less than the limits set would need; at one time there are at "
         "most " +
         std::to_string(shares[0]) + " connections over TCP, " + std::to_string(shares[1]) +
         " questions upstream and " + std::to_string(shares[2]) + " connections to the API";
}

}  // namespace etymon::daemon

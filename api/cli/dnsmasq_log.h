// DnsmasqLog: deliveries from the log that dnsmasq writes with log-queries=extra. Belongs to one
// thread. Untrusted: a line that makes no sense is counted and passed over,
// questions whose answer never comes are bounded.
//
//   Nov 25 20:17:01 gw dnsmasq[3001]: 7 192.168.1.7/51924 query[A] www.example from 192.168.1.7
//   Nov 25 20:17:01 gw dnsmasq[3001]: 7 192.168.1.7/51924 forwarded www.example to 9.9.9.9
//   Nov 25 20:17:02 gw dnsmasq[3001]: 7 192.168.1.7/51924 reply www.example is <CNAME>
//   Nov 25 20:17:02 gw dnsmasq[3001]: 7 192.168.1.7/51924 reply edge.example is 192.0.2.1
//
// Who asks what another client has asked already, and is still being asked upstream, has the same
// answer. It is logged once, under the other's number, and right behind that, for each who shares
// it
//
//   Nov 25 20:17:02 gw dnsmasq[3001]: 8 192.168.1.8/40123 reply query is duplicate
//
// Where the answer before such a line is one to another question, what was said is not known, and
// nothing is told.
//
// Times: in any form of logs/log_time.h that has a date, which says how the year and the zone are
// filled in that a line leaves out. What is of no known day, or after now, is not taken. The log
// has no TTLs: an answer counts as valid at its moment only. Without =extra nothing says who was
// answered, and nothing is learned.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/cli/capture/capture_decoder.h"
#include "api/cli/logs/log_time.h"
#include "resolver/base/clock.h"

namespace etymon::cli {

class DnsmasqLog {
 public:
  // Questions that wait for their answer; dnsmasq itself has 150 under way by default.
  static constexpr size_t kWaitingMax = 10'000;
  static constexpr size_t kChainMax = 64;
  static constexpr size_t kAddressesMax = 4096;

  using Tell = std::function<void(const capture::ObservedDelivery&)>;

  // `clock` and `times`, which read the lines' times, outlive it.
  DnsmasqLog(const Clock& clock, const logs::LogTimes& times, Tell tell)
      : clock_(clock), times_(times), tell_(std::move(tell)) {}

  enum class Line {
    kOurs,     // of a question or an answer
    kOther,    // of dnsmasq, about something else
    kForeign,  // of another program, or none
    kWrong,    // of a question or an answer, and makes no sense
    kFuture,   // the same, from after now
  };
  Line add(std::string_view line);
  // The log has ended: tells what was answered last.
  void finish();

 private:
  struct Waiting {
    capture::ObservedDelivery delivery;
    bool is_answered = false;
    bool follows_alias = false;  // the line before said <CNAME>
  };
  // Serial number and client, as the log writes them.
  using Questions = std::list<std::pair<std::string, Waiting>>;

  Line add_question(const std::string& key, WallTime at, std::string_view what);
  Line add_answer(Waiting& waiting, WallTime at, std::string_view what);
  // The answer before this line, to the same question, was that to the question with this key.
  Line share_answer(const std::string& key, WallTime at);
  void settle(Questions::iterator question);

  const Clock& clock_;
  const logs::LogTimes& times_;
  Tell tell_;
  Questions waiting_;  // oldest first
  std::unordered_map<std::string, Questions::iterator> by_key_;
  std::string answered_;  // key of the question whose answer is being told; empty: none
};

}  // namespace etymon::cli

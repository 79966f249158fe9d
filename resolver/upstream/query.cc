#include "resolver/upstream/query.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "resolver/model/domain_name.h"
#include "resolver/wire/compose.h"

namespace etymon::upstream {
namespace {

std::string spelling_for(const Course& course, const Server& server) {
  std::string name = course.question.qname;
  const std::span<uint8_t> octets(reinterpret_cast<uint8_t*>(name.data()), name.size());
  if (!server.mixes_case || server.loses_case.present(course.core.loop.now())) {
    copy_in_lower_case(octets, octets.data());
  } else {
    wire::randomise_case(octets, course.core.random);
  }
  return name;
}

size_t compose(const Question& question, const Sent& sent, std::string_view cookie,
               uint8_t (&out)[wire::kUpstreamQueryMax]) {
  return wire::write_upstream_query({.id = sent.id,
                                     .qname = as_bytes(sent.qname),
                                     .qtype = question.qtype,
                                     .qclass = question.qclass,
                                     .checking_disabled = question.checking_disabled,
                                     .dnssec_ok = question.dnssec_ok,
                                     .edns = sent.edns == Edns::kYes,
                                     .cookie = as_bytes(cookie),
                                     .client_subnet = as_bytes(question.client_subnet)},
                                    out);
}

// Gives the link the message, which has the id that joining gave it.
template <class AnyTry>
void hand_over(const Course& course, AnyTry& attempt) {
  uint8_t message[wire::kUpstreamQueryMax];
  const Sent& sent = attempt.sent();
  const std::string cookie = sent.cookie ? course.server(attempt).cookie.octets() : "";
  const size_t size = compose(course.question, sent, cookie, message);
  attempt.send(ByteView(message, size));
}

Result<std::unique_ptr<Try>> send_udp(const Course& course, TryOwner& owner, Sent sent) {
  Core& core = course.core;
  ++core.counters.udp_messages;
  UdpLinks& links = course.server(sent.server).udp;
  auto attempt = std::make_unique<UdpTry>(owner, std::move(sent));
  if (const Status joined = attempt->join(links, core.random); !joined) {
    return joined.error();
  }
  hand_over(course, *attempt);
  core.loop.want_turn_end();
  return std::unique_ptr<Try>(std::move(attempt));
}

Result<std::unique_ptr<Try>> send_stream(const Course& course, TryOwner& owner, Sent sent) {
  ++course.core.counters.tcp_messages;
  StreamLink& link = course.server(sent.server).link;
  auto attempt = std::make_unique<StreamTry>(owner, link, std::move(sent));
  if (const Status joined = attempt->join(); !joined) {
    return joined.error();
  }
  hand_over(course, *attempt);
  return std::unique_ptr<Try>(std::move(attempt));
}

}  // namespace

Result<std::unique_ptr<Try>> send_query(const Course& course, TryOwner& owner, size_t server,
                                        Path path, Edns edns) {
  Server& to = course.server(server);
  const MonotonicTime now = course.core.loop.now();
  const Edns usable = to.refuses_edns.present(now) ? Edns::kNo : edns;
  Sent sent{.server = server,
            .path = path,
            .edns = usable,
            .cookie = course.core.options.cookies && usable == Edns::kYes,
            .id = 0,
            .qname = spelling_for(course, to),
            .at = now};
  ++to.messages;
  return path == Path::kUdp ? send_udp(course, owner, std::move(sent))
                            : send_stream(course, owner, std::move(sent));
}

}  // namespace etymon::upstream

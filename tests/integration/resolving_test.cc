// The daemon as a resolver: what its upstreams do, and what its clients send.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/dns_messages.h"
#include "tests/support/process.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

constexpr uint16_t kTruncatedFlags = 0x8380;  // response, TC, RD, RA: RFC 1035 section 4.1.1
constexpr uint16_t kNxDomain = 3;             // RFC 1035 section 4.1.1

std::string dead_address() {
  return "127.0.0.1:" + std::to_string(free_port());
}

// As it stands in a stream: behind its length (RFC 1035 section 4.2.2).
std::string framed_query(const std::string& name, uint16_t id) {
  const std::string message = query(name, RecordType::kA).id(id).wire();
  return std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} +
         message;
}

// Of the messages in a stream.
std::vector<uint16_t> ids_in(const std::string& stream) {
  std::vector<uint16_t> ids;
  const uint8_t* octets = as_bytes(stream).data();
  for (size_t at = 0; at + 4 <= stream.size(); at += 2U + load_u16(octets + at)) {
    ids.push_back(load_u16(octets + at + 2));
  }
  return ids;
}

// The upstream of the only candidate for `address`, as `etymond` tells it.
std::string upstream_of(const Etymond& etymond, const std::string& address) {
  return etymond.lookup(address, "127.0.0.1").at("candidates").at(0).at("upstream");
}

TEST(Resolving, a_dead_first_upstream_is_passed_over) {
  const Knot knot;
  const Etymond etymond({dead_address(), knot.address()});
  EXPECT_EQ(etymond.host().ask("node.example.test").status, "NOERROR");
  EXPECT_EQ(upstream_of(etymond, "192.0.2.10"), knot.address());
}

TEST(Resolving, a_silent_first_upstream_is_passed_over) {
  const ScriptedResolver silent([](const Asked&) { return std::nullopt; });
  const Knot knot;
  const Etymond etymond({silent.address(), knot.address()});
  EXPECT_EQ(etymond.host().ask("node.example.test").status, "NOERROR");
  EXPECT_EQ(upstream_of(etymond, "192.0.2.10"), knot.address());
}

TEST(Resolving, without_any_upstream_alive_the_client_is_told) {
  const Etymond etymond({dead_address()});
  EXPECT_EQ(etymond.host().ask("node.example.test").status, "SERVFAIL");
}

TEST(Resolving, a_truncated_answer_is_asked_again_over_tcp) {
  const ScriptedResolver upstream([](const Asked& asked) {
    return asked.over_tcp ? answer_to(asked).a(asked.name, 60, "192.0.2.50")
                          : answer_to(asked).flags(kTruncatedFlags);
  });
  const Etymond etymond({upstream.address()});

  EXPECT_EQ(etymond.host().ask("large.example").answers.at(0).data, "192.0.2.50");
  EXPECT_EQ(upstream.times_asked("large.example"), 2U);
}

TEST(Resolving, an_answer_too_large_for_a_datagram_reaches_the_client_whole) {
  const Knot knot;
  const Etymond etymond({knot.address()});
  for (const Tool tool : {Tool::kDig, Tool::kKdig}) {
    EXPECT_EQ(etymond.host("127.0.0.4", tool).ask("crowd.example.test").answers.size(), 100U);
  }
  EXPECT_EQ(etymond.lookup("198.51.100.77", "127.0.0.4").at("verdict"), "VERDICT_LIVE");
}

TEST(Resolving, a_name_that_does_not_exist_is_asked_upstream_once) {
  const ScriptedResolver upstream(
      [](const Asked& asked) { return answer_to(asked, kNxDomain).soa("example", 60, 60); });
  const Etymond etymond({upstream.address()});

  EXPECT_EQ(etymond.host().ask("missing.example").status, "NXDOMAIN");
  EXPECT_EQ(etymond.host("127.0.0.2").ask("missing.example").status, "NXDOMAIN");
  EXPECT_EQ(upstream.times_asked("missing.example"), 1U);
}

TEST(Resolving, a_type_that_does_not_exist_is_asked_upstream_once) {
  const Knot knot;
  const Etymond etymond({knot.address()});
  for (int i = 0; i < 2; ++i) {
    const DnsReply reply = etymond.host().ask("shop.example.test", "AAAA");
    EXPECT_EQ(reply.status, "NOERROR");
    EXPECT_TRUE(reply.answers.empty());
  }
  EXPECT_EQ(count_in(etymond.status().at("cache"), "hits"), 1U);
}

TEST(Resolving, an_answer_with_the_wrong_id_is_neither_served_nor_remembered) {
  const ScriptedResolver forger([](const Asked& asked) {
    const auto wrong = static_cast<uint16_t>(asked.id ^ 1);
    return answer_to(asked).id(wrong).a(asked.name, 60, "203.0.113.66");
  });
  const ScriptedResolver honest(
      [](const Asked& asked) { return answer_to(asked).a(asked.name, 60, "192.0.2.60"); });
  const Etymond etymond({forger.address(), honest.address()});

  EXPECT_EQ(etymond.host().ask("bank.example").answers.at(0).data, "192.0.2.60");
  EXPECT_EQ(etymond.lookup("203.0.113.66", "127.0.0.1").at("verdict"), "VERDICT_NEVER");
}

// As `nc -N` does, and many a script. RFC 1035 section 4.2.2.
TEST(Resolving, a_client_that_ends_its_side_behind_its_questions_is_answered) {
  const ScriptedResolver upstream([](const Asked& asked) {
    if (asked.name == "slow.example") {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    return answer_to(asked).a(asked.name, 60, "192.0.2.70");
  });
  const Etymond etymond({upstream.address()});
  ASSERT_EQ(etymond.host().ask("known.example").status, "NOERROR");

  const LoopbackSocket client(SOCK_STREAM, "127.0.0.5", etymond.port());
  client.send(framed_query("slow.example", 1) + framed_query("known.example", 2));
  client.end();
  std::string come;
  EXPECT_TRUE(eventually([&] {
    come += client.receive();
    return client.ended();
  }));
  EXPECT_EQ(ids_in(come), (std::vector<uint16_t>{2, 1}));
}

// RFC 7766 section 3: a connection is idle for its server once all queries are answered.
TEST(Resolving, over_tcp_a_client_gets_an_answer_that_takes_longer_than_idle_ones_may_stay) {
  const ScriptedResolver silent([](const Asked&) { return std::nullopt; });
  const TemporaryFolder folder;
  const std::string config = folder.path() + "/config.toml";
  std::ofstream(config) << "listen.tcp_idle = \"100ms\"\nupstream.timeout = \"1s\"\n";
  const Etymond etymond({silent.address()}, {"--config", config});
  EXPECT_EQ(etymond.host().ask("slow.example", "A", Over::kTcp).status, "SERVFAIL");
}

TEST(Resolving, a_packet_that_is_no_question_is_dropped_and_counted) {
  const Knot knot;
  const Etymond etymond({knot.address()});
  const std::string response = answer_to({"shop.example.test"}).wire();
  const std::vector<std::string> packets = {"?", std::string(11, '\0'), response};
  for (const std::string& packet : packets) {
    send_datagram(etymond.port(), packet);
  }

  EXPECT_TRUE(
      eventually([&] { return count_in(etymond.status(), "malformed") == packets.size(); }));
  EXPECT_EQ(etymond.host().ask("shop.example.test").status, "NOERROR");
  EXPECT_EQ(count_in(etymond.status().at("deliveries"), "answered"), 1U);
}

}  // namespace
}  // namespace etymon::testing

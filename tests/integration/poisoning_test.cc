// Forgers. They know the port, the id and the spelling of each question, which in the field they
// would have to guess, and get to say what they want before the true answer comes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/integration/loopback_socket.h"
#include "tests/integration/poisoning.h"
#include "tests/integration/udp_sockets.h"
#include "tests/support/colliding_names.h"
#include "tests/support/process_figures.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Clock = std::chrono::steady_clock;

std::string with_id(std::string message, unsigned id) {
  store_u16(octets_of(message), static_cast<uint16_t>(id));
  return message;
}

std::string with_flags(std::string message, uint16_t flags) {
  store_u16(octets_of(message) + 2, flags);
  return message;
}

std::string with_questions(std::string message, uint16_t count) {
  store_u16(octets_of(message) + 4, count);
  return message;
}

// ---- Every id, with one other thing wrong.

// All of them where the released programs are tested.
unsigned ids_tried() {
  return 65'536U / static_cast<unsigned>(slowness());
}

// Sends an answer with every id, the right one first: of what comes after a few wrong ones nothing
// is looked at. Waits for the daemon now and then, so that the kernel has room for each.
template <class Sender>
void send_every_id(const Asked& asked, const std::string& forged, const Sender& sender) {
  constexpr unsigned kAtATime = 128;  // some 100 KiB of the kernel's memory
  const unsigned ids = ids_tried();
  unsigned sent = 0;
  for (unsigned i = 0; i < ids; ++i) {
    sent += sender.send(with_id(forged, asked.id + i), asked.port) ? 1U : 0U;
    if (i % kAtATime == 0) {
      wait_until_read(asked.port);
    }
  }
  EXPECT_EQ(sent, ids);
  for (const UdpSocket& socket : udp_sockets_on(asked.port)) {
    EXPECT_EQ(socket.forgotten, 0U) << "not all were judged";
  }
}

TEST_F(Poisoning, no_id_helps_from_another_address_or_another_port) {
  const DnsReply first = ask_under("first.test", [&](const Asked& asked) {
    send_every_id(asked, forged_answer(asked), Forger(kForger, upstream_.port()));
  });
  const DnsReply second = ask_under("second.test", [&](const Asked& asked) {
    send_every_id(asked, forged_answer(asked), Forger(kUpstream));
  });
  for (const DnsReply& reply : {first, second}) {
    EXPECT_THAT(addresses_in(reply), ElementsAre(kTrue));
  }
  for (const char* name : {"first.test", "second.test"}) {
    EXPECT_EQ(times_asked_over_tcp(name), 0U) << "the kernel lets nothing of it in";
    expect_truth(name);
  }
}

TEST_F(Poisoning, no_id_helps_for_another_name_type_or_class) {
  struct Field {
    const char* name;  // of the question whose answer is forged
    std::function<void(std::string&)> falsify;
  };
  const std::vector<Field> fields = {
      {"name.test", [](std::string& forged) { forged[kHeaderSize + 1] = 'f'; }},  // "fame.test"
      {"type.test",
       [](std::string& forged) {
         store_u16(octets_of(forged) + question_end(forged) - 4,
                   static_cast<uint16_t>(RecordType::kAaaa));
       }},
      {"class.test",
       [](std::string& forged) { store_u16(octets_of(forged) + question_end(forged) - 2, 3); }},
  };
  for (const Field& field : fields) {
    const DnsReply reply = ask_under(field.name, [&](const Asked& asked) {
      std::string forged = forged_answer(asked);
      field.falsify(forged);
      send_every_id(asked, forged, upstream_);
    });
    EXPECT_THAT(addresses_in(reply), ElementsAre(kTrue)) << field.name;
    expect_truth(field.name);
  }
  expect_truth("fame.test");
}

// ---- Wrong ids.

TEST_F(Poisoning, after_a_flood_of_wrong_ids_not_even_the_right_one_is_taken) {
  const DnsReply reply = ask_under("flood.test", [&](const Asked& asked) {
    for (unsigned i = 1; i <= 500; ++i) {
      upstream_.send(with_id(forged_answer(asked), asked.id + i), asked.port);
      if (i % 50 == 0) {
        wait_until_read(asked.port);
      }
    }
    upstream_.send(forged_answer(asked), asked.port);
  });
  EXPECT_THAT(addresses_in(reply), ElementsAre(kTrue));
  EXPECT_EQ(times_asked_over_tcp("flood.test"), 1U);
  expect_truth("flood.test");
}

// ---- Malformed packets (TuDoor).

struct Malformed {
  const char* name;
  std::string (*make)(const Asked&);
};

const Malformed kMalformed[] = {
    {"a-query", [](const Asked& a) { return with_flags(forged_answer(a), 0x0100); }},
    {"opcode", [](const Asked& a) { return with_flags(forged_answer(a), 0xA180); }},
    {"no-question", [](const Asked& a) { return with_questions(forged_answer(a), 0); }},
    {"two-questions", [](const Asked& a) { return with_questions(forged_answer(a), 2); }},
    {"short-header", [](const Asked& a) { return forged_answer(a).substr(0, 11); }},
    {"header-alone", [](const Asked& a) { return forged_answer(a).substr(0, kHeaderSize); }},
    {"cut-question", [](const Asked& a) { return forged_answer(a).substr(0, kHeaderSize + 3); }},
    {"empty", [](const Asked&) { return std::string(); }},
    {"stray-tc",
     [](const Asked& a) { return with_id(with_flags(forged_answer(a), 0x8380), a.id + 1U); }},
    {"stray-servfail",
     [](const Asked& a) { return with_id(with_flags(forged_answer(a), 0x8182), a.id + 1U); }},
    {"stray-formerr",
     [](const Asked& a) { return with_id(with_flags(forged_answer(a), 0x8181), a.id + 1U); }},
};

// How long after the true answer the client has it, when a malformed packet came 50 ms before.
class TuDoor : public Poisoning {
 protected:
  Clock::duration delay_behind(const Malformed& malformed, unsigned round) {
    const std::string name = malformed.name + ("-" + std::to_string(round)) + ".test";
    attack_next(name, [&](const Asked& asked) {
      upstream_.send(malformed.make(asked), asked.port);
      std::this_thread::sleep_for(50ms);
    });
    client_.send(query(name, RecordType::kA).wire());
    std::string answer = client_.receive(10s);
    const std::optional<Clock::duration> delay = since_truth(name);
    EXPECT_TRUE(answer.size() > kHeaderSize && load_u16(octets_of(answer) + 6) == 1) << name;
    EXPECT_TRUE(delay.has_value()) << name << " was answered before the upstream spoke";
    expect_told_truth(name);
    return delay.value_or(1h);
  }

  const LoopbackSocket client_{SOCK_DGRAM, kFirstClient, etymond_.port()};
};

// The next question would be sent 200 ms after the first at the earliest: whoever waits for that
// is told later. The machine may be busy, so that the best of some rounds counts.
TEST_F(TuDoor, the_true_answer_behind_a_malformed_packet_comes_as_soon_as_without_it) {
  constexpr unsigned kRounds = 5;
  const auto bound = 5ms * slowness();
  for (const Malformed& malformed : kMalformed) {
    Clock::duration best = 1h;
    for (unsigned round = 0; round < kRounds && best > bound; ++round) {
      best = std::min(best, delay_behind(malformed, round));
    }
    EXPECT_LE(best, bound) << malformed.name;
  }
  expect_nothing_forged();
}

// ---- The letters' case (0x20).

TEST_F(Poisoning, a_forged_answer_in_another_case_is_not_taken) {
  const DnsReply reply = ask_under("spelling.test", [&](const Asked& asked) {
    std::string forged = forged_answer(asked);
    forged[kHeaderSize + 1] ^= 0x20;
    upstream_.send(forged, asked.port);
    wait_until_read(asked.port);
    upstream_.send(forged_answer(asked), asked.port);
  });
  EXPECT_THAT(addresses_in(reply), ElementsAre(kTrue));
  EXPECT_EQ(times_asked_over_tcp("spelling.test"), 1U);
  expect_truth("spelling.test");
}

TEST(Spelling, an_upstream_that_answers_in_lower_case_is_still_understood) {
  const ScriptedResolver upstream(
      [](const Asked& asked) { return answer_to(asked).a(asked.name, 300, kTrue); },
      {.address = kUpstream, .spelling = Spelling::kLowerCase});
  const Etymond etymond({upstream.address()});
  for (const char* name :
       {"first.test", "second.test", "third.test", "fourth.test", "fifth.test"}) {
    EXPECT_THAT(addresses_in(etymond.host().ask(name)), ElementsAre(kTrue)) << name;
  }
}

// ---- Many questions at once.

bool says_the_truth(const std::string& answer) {
  return answer.size() > kHeaderSize &&
         load_u16(reinterpret_cast<const uint8_t*>(answer.data()) + 6) == 1 &&
         answer.ends_with(rdata_of(kTrue));
}

class ManyQuestions : public Poisoning {
 protected:
  // As the first client. Each leaves in a turn, and so from a port, of its own.
  void ask_one_by_one(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const size_t before = held();
      first_client_.send(query(name, RecordType::kA).wire());
      for (const auto end = Clock::now() + 10s; held() == before && Clock::now() < end;) {
        std::this_thread::yield();
      }
    }
  }

  // To the port of each question the forged answers to all others; gives how many were sent.
  size_t send_each_to_the_others_ports(const std::vector<Asked>& open) const {
    size_t sent = 0;
    for (const Asked& to : open) {
      for (const Asked& from : open) {
        if (from.port != to.port) {
          sent += upstream_.send(forged_answer(from), to.port) ? 1U : 0U;
        }
      }
      wait_until_read(to.port);
    }
    return sent;
  }

  uint64_t mismatches() const { return count_in(etymond_.status().at("asking"), "mismatches"); }

  const LoopbackSocket first_client_{SOCK_DGRAM, kFirstClient, etymond_.port()};
};

// CVE-2020-25684. Nobody is answered meanwhile, as the upstream is busy with the forger's work.
TEST_F(ManyQuestions, of_64_that_are_open_none_takes_an_answer_that_comes_to_the_port_of_another) {
  constexpr size_t kOpen = 64;
  std::vector<std::string> names;
  for (size_t i = 0; i < kOpen; ++i) {
    names.push_back("n" + std::to_string(i) + ".test");
  }
  be_silent();
  ask_one_by_one(names);
  std::atomic<size_t> sent = 0;
  attack_next("last.test",
              [&](const Asked&) { sent = send_each_to_the_others_ports(met_silence()); });
  ask_one_by_one({"last.test"});
  EXPECT_GE(sent, kOpen * (kOpen - 1));
  EXPECT_EQ(mismatches(), sent) << "each was judged";
  speak_again();
  for (size_t i = 0; i <= kOpen; ++i) {
    EXPECT_TRUE(says_the_truth(first_client_.receive(10s)));
  }
  for (const std::string& name : names) {
    expect_told_truth(name);
  }
  expect_nothing_forged();
}

// CVE-2020-25685. Two for each question: one more, and nothing on its port would be looked at.
TEST_F(Poisoning, an_answer_about_a_name_with_the_same_hash_is_not_taken) {
  constexpr unsigned kQuestions = 40;
  for (unsigned i = 0; i < kQuestions; ++i) {
    const std::string name = std::to_string(100'000'000'000 + i) + ".test";
    const DnsReply reply = ask_under(name, [&](const Asked& asked) {
      const size_t size = question_end(asked.query) - 4 - kHeaderSize;
      const std::string own = asked.query.substr(kHeaderSize, size);
      for (const std::string& other : names_colliding_with(own, 2)) {
        EXPECT_EQ(crc32_register(other), crc32_register(own));
        upstream_.send(forged_answer(asked).replace(kHeaderSize, size, other), asked.port);
      }
      wait_until_read(asked.port);
    });
    EXPECT_THAT(addresses_in(reply), ElementsAre(kTrue));
    expect_told_truth(name);
    EXPECT_EQ(times_asked_over_tcp(name), 0U);
  }
  EXPECT_EQ(count_in(etymond_.status().at("asking"), "mismatches"), 2 * kQuestions);
  expect_nothing_forged();
}

// ---- Many clients that ask the same.

// The name, its first letters' case by the bits of `number`. REQUIRES: as many letters.
std::string spelled(std::string name, unsigned number) {
  for (size_t i = 0; i < name.size(); ++i) {
    if ((number >> i & 1) != 0) {
      name[i] ^= 0x20;
    }
  }
  return name;
}

class Birthday : public Poisoning {
 protected:
  static constexpr unsigned kClients = 1'000;
  static constexpr unsigned kMessagesMax = 4;  // for one question: once, two retries, a last call

  // Each from an address, with an id and in a case of his own.
  void all_ask(const std::string& name) {
    ASSERT_TRUE(allow_descriptors(kClients + 100));
    for (unsigned i = 0; i < kClients; ++i) {
      const std::string address =
          "127.0." + std::to_string(16 + i / 250) + "." + std::to_string(1 + i % 250);
      clients_.emplace_back(SOCK_DGRAM, address, etymond_.port());
      const auto id = static_cast<uint16_t>(7 * i + 1);
      asked_.push_back(query(spelled(name, i), RecordType::kA, id).wire());
      clients_.back().send(asked_.back());
      if (i % 50 == 0) {  // The kernel has room for some hundred.
        wait_until_read(etymond_.port());
      }
    }
    EXPECT_TRUE(eventually([&] { return count_in(etymond_.status(), "queries") == kClients; }));
  }

  void expect_each_to_be_told_the_truth() const {
    for (unsigned i = 0; i < kClients; ++i) {
      const std::string answer = clients_[i].receive(10s);
      const std::string& asked = asked_[i];
      ASSERT_TRUE(says_the_truth(answer)) << i;
      EXPECT_EQ(answer.substr(0, 2), asked.substr(0, 2)) << "the id";
      EXPECT_EQ(answer.substr(kHeaderSize, asked.size() - kHeaderSize), asked.substr(kHeaderSize));
    }
  }

  uint64_t deliveries_of(const std::string& name) const {
    const Finished counted = etymond_.command({"forget", "--name", name, "--count", "--json"});
    return count_in(Json::parse(counted.out), "deliveries");
  }

 private:
  std::vector<LoopbackSocket> clients_;
  std::vector<std::string> asked_;
};

// CVE-2020-25686: as many chances to guess as questions are open.
TEST_F(Birthday, a_thousand_clients_ask_one_question_and_each_has_an_answer_of_his_own) {
  const std::string name = "birthdaycake.test";
  be_silent();
  all_ask(name);
  EXPECT_GE(held(), 1U);
  EXPECT_LE(held(), kMessagesMax);
  speak_again();
  expect_each_to_be_told_the_truth();
  EXPECT_LE(upstream_.times_asked(name), kMessagesMax);
  EXPECT_EQ(deliveries_of(name), kClients);
  expect_truth(name);
}

}  // namespace
}  // namespace etymon::testing

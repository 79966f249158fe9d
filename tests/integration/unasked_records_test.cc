// An upstream that says more than it was asked, or in another way: what is not on the chain from
// the asked name is neither kept nor recorded, and what is on it is an answer to that name alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/integration/poisoning.h"

namespace etymon::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using Section = MessageBuilder::Section;

std::string wire_of(const std::string& name) {
  return DomainName::from_text(name)->wire();
}

constexpr auto kDname = RecordType{39};

// What an upstream says of `asked` and, unasked, of a victim.
struct Aside {
  const char* name;
  MessageBuilder (*say)(const Asked& asked, const std::string& victim);
};

const Aside kAsides[] = {
    {"answer",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q).a(q.name, 300, kTrue).a(victim, 86'400, kForged);
     }},
    {"before-the-answer",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q).a(victim, 86'400, kForged).a(q.name, 300, kTrue);
     }},
    {"authority",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q)
           .a(q.name, 300, kTrue)
           .record(Section::kAuthority, victim, RecordType::kA, 86'400, rdata_of(kForged));
     }},
    {"additional",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q)
           .a(q.name, 300, kTrue)
           .record(Section::kAuthority, q.name, RecordType::kNs, 86'400, wire_of(victim))
           .record(Section::kAdditional, victim, RecordType::kA, 86'400, rdata_of(kForged));
     }},
    {"cname-elsewhere",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q)
           .cname("elsewhere.test", 300, victim)
           .a(victim, 86'400, kForged)
           .a(q.name, 300, kTrue);
     }},
    {"cname-elsewhere-alone",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q).cname("elsewhere.test", 300, victim).a(victim, 86'400, kForged);
     }},
    {"second-cname",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q)
           .cname(q.name, 300, "first." + q.name)
           .cname(q.name, 300, victim)
           .a("first." + q.name, 300, kTrue)
           .a(victim, 86'400, kForged);
     }},
    {"loop",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q)
           .cname(q.name, 300, "back." + q.name)
           .cname("back." + q.name, 300, q.name)
           .a(victim, 86'400, kForged);
     }},
    {"loop-of-one",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q).cname(q.name, 300, q.name).a(victim, 86'400, kForged);
     }},
    {"long-chain",
     [](const Asked& q, const std::string& victim) {
       MessageBuilder answer = answer_to(q);
       std::string owner = q.name;
       for (int i = 1; i <= 16; ++i) {
         const std::string next = "step" + std::to_string(i) + "." + q.name;
         answer.cname(owner, 300, next);
         owner = next;
       }
       return answer.cname(owner, 300, victim).a(victim, 86'400, kForged);
     }},
    {"duplicates",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q)
           .a(q.name, 300, kTrue)
           .a(victim, 86'400, kForged)
           .a(q.name, 300, kTrue)
           .a(victim, 86'400, kForged);
     }},
    {"dname-elsewhere",
     [](const Asked& q, const std::string& victim) {
       return answer_to(q)
           .record(Section::kAnswer, victim, kDname, 86'400, wire_of("evil.test"))
           .a(victim, 86'400, kForged)
           .a(q.name, 300, kTrue);
     }},
};

TEST_F(Poisoning, what_an_upstream_says_of_names_that_nobody_asked_for_is_not_kept) {
  for (const Aside& aside : kAsides) {
    const std::string victim = "victim-of-" + std::string(aside.name) + ".test";
    const DnsReply reply = ask_liar(std::string(aside.name) + ".test",
                                    [&](const Asked& asked) { return aside.say(asked, victim); });
    EXPECT_NE(reply.status, "") << aside.name;
    EXPECT_THAT(addresses_in(reply), Each(kTrue)) << aside.name;
    EXPECT_EQ(upstream_.times_asked(victim), 0U) << aside.name;
    expect_told_truth(victim);
    EXPECT_EQ(upstream_.times_asked(victim), 1U) << aside.name;
  }
  expect_nothing_forged();
}

// On the chain it is the answer: to the name that was asked, and to no other.
TEST_F(Poisoning, what_an_alias_leads_to_is_an_answer_to_the_alias_alone) {
  const DnsReply by_cname = ask_liar("alias.test", [](const Asked& asked) {
    return answer_to(asked).cname("alias.test", 300, "victim.test").a("victim.test", 300, kForged);
  });
  const DnsReply by_dname = ask_liar("www.under.test", [](const Asked& asked) {
    return answer_to(asked)
        .record(Section::kAnswer, "under.test", kDname, 300, wire_of("victim.test"))
        .a("www.victim.test", 300, kForged);
  });
  EXPECT_THAT(addresses_in(by_cname), ElementsAre(kForged));
  EXPECT_THAT(addresses_in(by_dname), ElementsAre(kForged));
  for (const char* victim : {"victim.test", "www.victim.test"}) {
    const DnsReply reply = etymond_.host(kSecondClient).ask(victim);
    EXPECT_THAT(addresses_in(reply), ElementsAre(kTrue)) << victim;
    EXPECT_EQ(upstream_.times_asked(victim), 1U) << victim;
  }
  std::set<std::string> names;
  const Json found = etymond_.lookup(kForged, kFirstClient);
  for (const Json& candidate : found.at("candidates")) {
    names.insert(candidate.at("name"));
  }
  EXPECT_THAT(names, ElementsAre("alias.test", "www.under.test"));
  EXPECT_EQ(etymond_.lookup(kForged, kSecondClient).at("verdict"), "VERDICT_OTHER_CLIENT");
}

}  // namespace
}  // namespace etymon::testing

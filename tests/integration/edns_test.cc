// What the DNS flag days of 2019 and 2020 ask of a server (RFC 6891, RFC 8914, RFC 9210): the
// matrix of dig's options at our own door, and upstreams that get them wrong behind us.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "tests/integration/etymond.h"
#include "tests/support/process.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint16_t kFormErr = 1;     // RFC 1035 section 4.1.1
constexpr uint16_t kNotImp = 4;      // the same
constexpr uint16_t kOurSize = 1232;  // DNS flag day 2020
constexpr size_t kManyAddresses = 40;
constexpr size_t kTooMany = 60;  // addresses for a datagram of our size

// An upstream that has many addresses for "large.example" and one for every other name.
std::optional<MessageBuilder> say(const Asked& asked) {
  MessageBuilder answer = answer_to(asked);
  const size_t count = asked.name == "large.example" ? kManyAddresses : 1;
  for (size_t i = 0; i < count; ++i) {
    answer.a(asked.name, 300, "192.0.2." + std::to_string(i + 1));
  }
  return answer;
}

bool has_opt(const Asked& asked) {
  return load_u16(reinterpret_cast<const uint8_t*>(asked.query.data()) + 10) != 0;
}

class EdnsMatrix : public ::testing::Test {
 protected:
  // What dig says of the answer.
  std::string dig(std::vector<std::string> options) {
    std::vector<std::string> command = {
        "dig",      "-r",       "@127.0.0.1", "-p",        std::to_string(etymond_.port()),
        "+time=10", "+tries=1", "+noall",     "+comments", "+answer",
        "+qr"};
    command.insert(command.end(), options.begin(), options.end());
    const std::string all = run(command).out;
    return all.substr(std::min(all.find("Got answer"), all.size()));
  }

  // As dig printed it, in hexadecimal.
  static std::string cookie_in(const std::string& said) {
    const size_t at = said.find("COOKIE: ") + 8;
    return said.substr(at, said.find(' ', at) - at);
  }

  const ScriptedResolver upstream_{say};
  const Etymond etymond_{{upstream_.address()}};
};

TEST_F(EdnsMatrix, without_edns_there_is_none_in_the_answer) {
  EXPECT_THAT(dig({"www.example", "+noedns"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("192.0.2.1"), Not(HasSubstr("EDNS:"))));
}

TEST_F(EdnsMatrix, version_0_is_spoken_with_a_size_that_no_path_has_to_cut) {
  EXPECT_THAT(dig({"www.example", "+edns=0", "+nocookie"}),
              AllOf(HasSubstr("status: NOERROR"),
                    HasSubstr("EDNS: version: 0, flags:; udp: " + std::to_string(kOurSize))));
}

TEST_F(EdnsMatrix, other_versions_are_refused_with_the_one_that_we_speak) {
  for (const char* option : {"", "+ednsopt=100", "+dnssec", "+ednsflags=0x80"}) {
    std::vector<std::string> options = {"www.example", "+edns=1", "+noednsneg", "+nocookie"};
    if (*option != '\0') {
      options.emplace_back(option);
    }
    EXPECT_THAT(dig(options), AllOf(HasSubstr("status: BADVERS"), HasSubstr("EDNS: version: 0"),
                                    Not(HasSubstr("192.0.2.1")), Not(HasSubstr("OPT=100"))))
        << option;
  }
}

TEST_F(EdnsMatrix, unknown_options_are_ignored_and_not_echoed) {
  EXPECT_THAT(dig({"www.example", "+ednsopt=100:616263", "+nocookie"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("EDNS: version: 0"),
                    Not(HasSubstr("OPT=100"))));
}

TEST_F(EdnsMatrix, unknown_flags_are_ignored_and_not_echoed) {
  EXPECT_THAT(dig({"www.example", "+ednsflags=0x80", "+nocookie"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("EDNS: version: 0, flags:; udp:")));
}

TEST_F(EdnsMatrix, do_is_echoed) {
  EXPECT_THAT(dig({"www.example", "+dnssec", "+nocookie"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("EDNS: version: 0, flags: do; udp:")));
}

// dig says "(good)" when its own part came back.
TEST_F(EdnsMatrix, a_cookie_is_answered_with_one_of_ours) {
  const std::string said = dig({"www.example", "+cookie=0123456789abcdef"});
  EXPECT_THAT(said, AllOf(HasSubstr("status: NOERROR"), HasSubstr("COOKIE: 0123456789abcdef01"),
                          HasSubstr("(good)")));
  const std::string cookie = cookie_in(said);
  EXPECT_EQ(cookie.size(), 2U * (8 + 16));
  EXPECT_THAT(dig({"www.example", "+cookie=" + cookie}), HasSubstr("(good)"));
  EXPECT_EQ(count_in(etymond_.status()["answering"], "good_cookies"), 1U);
  EXPECT_EQ(count_in(etymond_.status()["answering"], "bad_cookies"), 0U);
  EXPECT_THAT(dig({"www.example", "+ednsopt=10:0123456789", "+nocookie"}),
              HasSubstr("status: FORMERR"));
}

TEST_F(EdnsMatrix, a_cookie_can_be_had_without_a_question) {
  EXPECT_THAT(dig({"+header-only", "+cookie"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("QUERY: 0"), HasSubstr("(good)")));
}

// Where there is a question, it is answered whatever cookie comes with it.
TEST_F(EdnsMatrix, a_bad_cookie_is_told_from_a_good_one) {
  const std::string good = cookie_in(dig({"www.example", "+cookie=0123456789abcdef"}));
  std::string bad = good;
  bad.back() = bad.back() == '0' ? '1' : '0';
  EXPECT_THAT(dig({"+header-only", "+cookie=" + bad, "+nobadcookie"}),
              HasSubstr("status: BADCOOKIE"));
  EXPECT_THAT(dig({"+header-only", "+cookie=" + bad, "+badcookie"}), HasSubstr("status: NOERROR"))
      << "dig came back with the cookie that it was told";
  EXPECT_THAT(dig({"+header-only", "+cookie=" + good}), HasSubstr("status: NOERROR"));
  EXPECT_THAT(dig({"www.example", "+cookie=" + bad}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("(good)")));
  EXPECT_EQ(count_in(etymond_.status()["answering"], "good_cookies"), 2U);
  EXPECT_EQ(count_in(etymond_.status()["answering"], "bad_cookies"), 3U);
}

TEST_F(EdnsMatrix, a_client_gets_no_more_than_it_takes) {
  EXPECT_THAT(dig({"large.example", "+noedns", "+ignore"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr(" tc"), HasSubstr("ANSWER: 0")));
  EXPECT_THAT(dig({"large.example", "+bufsize=512", "+ignore", "+nocookie"}), HasSubstr(" tc"));
  EXPECT_THAT(dig({"large.example", "+bufsize=4096", "+ignore", "+nocookie"}),
              AllOf(HasSubstr("ANSWER: 40"), Not(HasSubstr(" tc"))));
  EXPECT_THAT(dig({"large.example", "+noedns"}), HasSubstr("ANSWER: 40"));
}

TEST_F(EdnsMatrix, where_a_client_is_stays_here) {
  EXPECT_THAT(dig({"www.example", "+subnet=192.0.2.0/24", "+nocookie"}),
              AllOf(HasSubstr("status: NOERROR"), Not(HasSubstr("CLIENT-SUBNET"))));
}

TEST_F(EdnsMatrix, a_cookie_comes_with_do_and_is_not_lost_for_it) {
  EXPECT_THAT(
      dig({"www.example", "+cookie", "+dnssec"}),
      AllOf(HasSubstr("status: NOERROR"), HasSubstr("flags: do; udp:"), HasSubstr("(good)")));
}

// The size is that of datagrams alone.
TEST_F(EdnsMatrix, over_tcp_an_answer_is_whole_whatever_size_a_datagram_may_have) {
  EXPECT_THAT(dig({"large.example", "+bufsize=512", "+dnssec", "+tcp", "+nocookie"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("ANSWER: 40"), Not(HasSubstr(" tc")),
                    HasSubstr("flags: do; udp:")));
  EXPECT_THAT(dig({"large.example", "+bufsize=512", "+dnssec", "+ignore", "+nocookie"}),
              AllOf(HasSubstr(" tc"), HasSubstr("ANSWER: 0"), HasSubstr("flags: do; udp:")));
}

// RFC 6891 section 6.1.3: BADVERS comes before anything that an option may mean.
TEST_F(EdnsMatrix, of_another_version_no_option_is_looked_at) {
  EXPECT_THAT(
      dig({"www.example", "+edns=1", "+noednsneg", "+ednsopt=100:616263", "+ednsopt=65001", "+nsid",
           "+subnet=192.0.2.0/24", "+cookie=0123456789abcdef"}),
      AllOf(HasSubstr("status: BADVERS"), HasSubstr("EDNS: version: 0"), HasSubstr("ANSWER: 0"),
            Not(HasSubstr("OPT=")), Not(HasSubstr("NSID")), Not(HasSubstr("CLIENT-SUBNET"))));
  EXPECT_EQ(upstream_.times_asked("www.example"), 0U);
}

// RFC 1035 section 4.1.1: Z must be zero in queries and responses; who sets it is answered.
TEST_F(EdnsMatrix, the_z_flag_is_ignored_and_not_echoed) {
  EXPECT_THAT(dig({"www.example", "+zflag", "+noedns"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("192.0.2.1"),
                    HasSubstr("flags: qr rd ra;"), Not(HasSubstr("MBZ"))));
}

TEST_F(EdnsMatrix, without_recursion_desired_what_is_here_is_told_and_nobody_is_asked) {
  EXPECT_THAT(dig({"www.example", "+norec", "+nocookie"}),
              AllOf(HasSubstr("status: REFUSED"), HasSubstr("flags: qr ra;"),
                    HasSubstr("EDNS: version: 0")));
  EXPECT_EQ(upstream_.times_asked("www.example"), 0U);
  dig({"www.example"});
  EXPECT_THAT(
      dig({"www.example", "+norec", "+nocookie"}),
      AllOf(HasSubstr("status: NOERROR"), HasSubstr("192.0.2.1"), HasSubstr("flags: qr ra;")));
  EXPECT_EQ(upstream_.times_asked("www.example"), 1U);
}

// RFC 6891 section 7: an answer without OPT, from who has never heard of it. The client's own EDNS
// is between it and us.
TEST_F(EdnsMatrix, an_upstream_that_ignores_edns_is_no_reason_to_do_so_too) {
  EXPECT_THAT(dig({"www.example", "+dnssec", "+cookie"}),
              AllOf(HasSubstr("status: NOERROR"), HasSubstr("192.0.2.1"),
                    HasSubstr("flags: do; udp: " + std::to_string(kOurSize)), HasSubstr("(good)")));
  EXPECT_EQ(upstream_.times_asked("www.example"), 1U) << "it was not asked again without";
}

// RFC 7871 section 7.1.2: the option of a client never reaches an upstream.
TEST(EdnsUpstream, is_told_our_size_and_no_option_but_a_cookie) {
  Guarded<std::string> opt;
  const ScriptedResolver upstream([&](const Asked& asked) {
    *opt.lock() = asked.query.substr(12 + asked.name.size() + 2 + 4);
    return say(asked);
  });
  const Etymond etymond({upstream.address()});
  run({"dig", "-r", "@127.0.0.1", "-p", std::to_string(etymond.port()), "www.example",
       "+subnet=192.0.2.0/24", "+nsid", "+ednsopt=100", "+time=10"});
  const std::string size = {static_cast<char>(kOurSize >> 8), static_cast<char>(kOurSize & 0xFF)};
  // Root owner, type 41, size, no upper rcode, version or flags; 12 octets of options: code 10 and
  // 8 octets.
  const std::string sent = *opt.lock();
  EXPECT_EQ(sent.substr(0, 15), std::string("\0\0\x29", 3) + size + std::string(4, '\0') +
                                    std::string("\0\x0C\0\x0A\0\x08", 6));
  EXPECT_EQ(sent.size(), 15U + 8);
}

// RFC 6891 section 7: servers that are older than EDNS.
TEST(EdnsUpstream, without_edns_is_asked_without) {
  for (const uint16_t rcode : {kFormErr, kNotImp}) {
    const ScriptedResolver upstream([rcode](const Asked& asked) {
      return has_opt(asked) ? std::optional(answer_to(asked, rcode)) : say(asked);
    });
    const Etymond etymond({upstream.address()});
    EXPECT_EQ(etymond.host().ask("www.example").status, "NOERROR") << rcode;
  }
}

// RFC 6891 section 6.1.3: its upper bits say BADVERS, the header's say NOERROR.
TEST(EdnsUpstream, of_another_version_is_asked_without) {
  const ScriptedResolver upstream([](const Asked& asked) {
    constexpr uint32_t kBadVersion = 1U << 24 | 1U << 16;  // and that it speaks version 1
    return has_opt(asked) ? std::optional(answer_to(asked).opt(kOurSize, kBadVersion)) : say(asked);
  });
  const Etymond etymond({upstream.address()});
  EXPECT_EQ(etymond.host().ask("www.example").status, "NOERROR");
}

TEST(EdnsUpstream, that_echoes_options_and_flags_is_understood) {
  const ScriptedResolver upstream([](const Asked& asked) {
    return say(asked)->opt(4096, 0x80,
                           std::string("\0\x64\0\x03"
                                       "abc",
                                       7));
  });
  const Etymond etymond({upstream.address()});
  EXPECT_EQ(etymond.host().ask("www.example").status, "NOERROR");
}

// Flag day 2019: silence to EDNS is not worked around, since what is lost looks the same; it is
// another upstream's turn.
TEST(EdnsUpstream, that_drops_queries_with_edns_is_as_good_as_none) {
  std::atomic<size_t> without = 0;
  const ScriptedResolver upstream([&](const Asked& asked) {
    without += has_opt(asked) ? 0U : 1U;
    return has_opt(asked) ? std::nullopt : say(asked);
  });
  const ScriptedResolver other(say);
  TemporaryFolder folder;
  std::ofstream(folder.path() + "/config.toml") << "upstream.timeout = \"500ms\"\n";
  const std::vector<std::string> flags = {"--config", folder.path() + "/config.toml"};
  const Etymond alone({upstream.address()}, flags);
  EXPECT_EQ(alone.host().ask("www.example").status, "SERVFAIL");
  const Etymond both({upstream.address(), other.address()});
  EXPECT_EQ(both.host().ask("www.example").status, "NOERROR");
  EXPECT_EQ(without, 0U);
}

TEST(EdnsUpstream, that_refuses_edns_is_not_asked_with_it_for_ever) {
  std::atomic<size_t> refused = 0;
  const ScriptedResolver upstream([&](const Asked& asked) {
    refused += has_opt(asked) ? 1U : 0U;
    return has_opt(asked) ? std::optional(answer_to(asked, kFormErr)) : say(asked);
  });
  const Etymond etymond({upstream.address()});
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(etymond.host().ask("n" + std::to_string(i) + ".example").status, "NOERROR");
  }
  EXPECT_EQ(refused, 3U) << "by then it is believed";
}

// DNS flag day 2020: more than we said we take, and not truncated.
TEST(EdnsUpstream, whose_datagrams_are_larger_than_we_take_is_asked_over_tcp) {
  std::atomic<size_t> over_udp = 0;
  std::atomic<size_t> over_tcp = 0;
  const ScriptedResolver upstream([&](const Asked& asked) {
    ++(asked.over_tcp ? over_tcp : over_udp);
    MessageBuilder answer = answer_to(asked);
    for (size_t i = 0; i < kTooMany; ++i) {
      answer.a(asked.name, 300, "192.0.2." + std::to_string(i + 1));
    }
    EXPECT_GT(answer.wire().size(), size_t{kOurSize});
    return std::optional(answer.opt(4096));
  });
  const Etymond etymond({upstream.address()});
  EXPECT_EQ(etymond.host().ask("larger.example").answers.size(), kTooMany);
  EXPECT_EQ(over_udp, 1U);
  EXPECT_EQ(over_tcp, 1U);
}

}  // namespace
}  // namespace etymon::testing

// What the DNS flag days of 2019 and 2020 ask of a server (RFC 6891, RFC 8914, RFC 9210): the
// matrix of dig's options at our own door, and upstreams that get them wrong behind us.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace etymon::testing

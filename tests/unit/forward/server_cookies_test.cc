#include "resolver/forward/server_cookies.h"

#include <gtest/gtest.h>

#include <string>

namespace etymon::forward {
namespace {

std::string octets(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return out;
}

IpAddress address(std::string_view text) {
  return IpAddress::from_text(text).value();
}

WallTime at(int64_t seconds) {
  return WallTime(Seconds(seconds));
}

struct Example {
  const char* secret;
  const char* address;
  const char* cookie;  // all of it
};

// RFC 9018 appendix A; the third has reserved octets that are not zero.
constexpr Example kExamples[] = {
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", "198.51.100.100",
     "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", "198.51.100.100",
     "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"},
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", "203.0.113.203",
     "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5"},
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", "203.0.113.203",
     "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"},
    {"dd3bdf9344b678b185a6f5cb60fca715", "2001:db8:220:1:59de:d0f4:8769:82b8",
     "22681ab97d52c298010000005cf7c57926556bd0934c72f8"},
    {"445536bcd2513298075a5d379663c962", "2001:db8:220:1:59de:d0f4:8769:82b8",
     "22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
};

TEST(ServerCookies, are_made_as_rfc_9018_shows) {
  const SipHash hash = SipHash::open().value();
  for (const Example& example : kExamples) {
    const std::string cookie = octets(example.cookie);
    SipKey secret;
    std::ranges::copy(octets(example.secret), secret.begin());
    const SipTag tag = cookie_tag(hash, secret,
                                  {.client = as_bytes(cookie).first(8),
                                   .head = as_bytes(cookie).subspan(8, 8),
                                   .address = address(example.address)});
    EXPECT_EQ(as_text(tag), cookie.substr(16)) << example.cookie;
  }
}

class GivenCookie : public ::testing::Test {
 protected:
  static constexpr int64_t kNow = 1'800'000'000;

  bool proves(const wire::ReplyCookie& cookie, const IpAddress& client, int64_t seconds) {
    return cookies_.proves(cookie, client, at(seconds));
  }

  const std::string client_cookie_ = "oneoneon";
  const IpAddress home_ = address("192.168.1.7");
  ServerCookies cookies_{SipHash::open().value(), {1, 2, 3}};
  const wire::ReplyCookie given_ = cookies_.answer(as_bytes(client_cookie_), home_, at(kNow));
};

TEST_F(GivenCookie, has_the_clients_part_in_front_and_says_when) {
  const ByteView given(given_);
  EXPECT_EQ(as_text(given.first(8)), client_cookie_);
  EXPECT_EQ(given[8], 1);
  EXPECT_EQ(load_u32(given.data() + 12), kNow);
}

TEST_F(GivenCookie, proves_the_address_for_an_hour) {
  EXPECT_TRUE(proves(given_, home_, kNow));
  EXPECT_TRUE(proves(given_, home_, kNow + 3'600));
  EXPECT_FALSE(proves(given_, home_, kNow + 3'601));
  EXPECT_TRUE(proves(given_, home_, kNow - 300)) << "the clock was set back";
  EXPECT_FALSE(proves(given_, home_, kNow - 301));
}

TEST_F(GivenCookie, is_told_again_for_half_an_hour_and_then_a_newer_one) {
  const auto soon = cookies_.meet(given_, home_, at(kNow + 1'799));
  EXPECT_EQ(soon.shown, ServerCookies::Shown::kGood);
  EXPECT_EQ(soon.reply, given_);
  const auto later = cookies_.meet(given_, home_, at(kNow + 1'800));
  EXPECT_EQ(later.shown, ServerCookies::Shown::kGood);
  EXPECT_NE(later.reply, given_);
  EXPECT_TRUE(proves(later.reply, home_, kNow + 1'800 + 3'600));
  const auto ahead = cookies_.meet(given_, home_, at(kNow - 1));
  EXPECT_EQ(ahead.shown, ServerCookies::Shown::kGood);
  EXPECT_NE(ahead.reply, given_) << "the clock was set back";
}

TEST_F(GivenCookie, is_told_from_a_bad_one_and_from_none) {
  const IpAddress other = address("192.168.1.8");
  const auto bad = cookies_.meet(given_, other, at(kNow));
  EXPECT_EQ(bad.shown, ServerCookies::Shown::kBad);
  EXPECT_TRUE(proves(bad.reply, other, kNow)) << "it comes with a good one";
  EXPECT_EQ(cookies_.meet(given_, home_, at(kNow + 3'601)).shown, ServerCookies::Shown::kBad);
  const auto none = cookies_.meet(as_bytes(client_cookie_), home_, at(kNow));
  EXPECT_EQ(none.shown, ServerCookies::Shown::kNone);
  EXPECT_TRUE(proves(none.reply, home_, kNow));
}

TEST_F(GivenCookie, proves_no_other_address) {
  EXPECT_FALSE(proves(given_, address("192.168.1.8"), kNow));
  EXPECT_FALSE(proves(given_, address("2001:db8::7"), kNow));
}

TEST_F(GivenCookie, is_worth_nothing_with_an_octet_changed) {
  for (uint8_t bit = 1; bit != 0; bit = static_cast<uint8_t>(bit << 1)) {
    for (size_t at_octet = 0; at_octet < given_.size(); ++at_octet) {
      wire::ReplyCookie changed = given_;
      changed[at_octet] ^= bit;
      EXPECT_FALSE(proves(changed, home_, kNow)) << at_octet;
    }
  }
  EXPECT_FALSE(cookies_.proves(ByteView(given_).first(16), home_, at(kNow)));
  EXPECT_FALSE(cookies_.proves({}, home_, at(kNow)));
}

TEST_F(GivenCookie, is_known_to_every_loop_and_to_no_other_start) {
  ServerCookies loop(SipHash::open().value(), {1, 2, 3});
  EXPECT_TRUE(loop.proves(given_, home_, at(kNow)));
  ServerCookies restarted(SipHash::open().value(), {1, 2, 4});
  EXPECT_FALSE(restarted.proves(given_, home_, at(kNow)));
}

TEST_F(GivenCookie, outlives_the_change_of_the_secret_at_midnight) {
  constexpr int64_t kMidnight = kNow / 86'400 * 86'400 + 86'400;
  const auto before = cookies_.answer(as_bytes(client_cookie_), home_, at(kMidnight - 1));
  EXPECT_TRUE(proves(before, home_, kMidnight + 1));
  const auto behind = cookies_.answer(as_bytes(client_cookie_), home_, at(kMidnight - 1));
  EXPECT_TRUE(proves(behind, home_, kMidnight - 1));
}

}  // namespace
}  // namespace etymon::forward

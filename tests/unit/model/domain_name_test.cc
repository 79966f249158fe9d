#include "resolver/model/domain_name.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/fakes.h"

namespace etymon {
namespace {

using namespace std::string_view_literals;

DomainName name(std::string_view text) {
  auto parsed = DomainName::from_text(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? *parsed : DomainName();
}

// A name of any octets whatever, seldom over long.
DomainName random_name(Random& random) {
  std::string wire;
  for (uint32_t labels = random.below(5); labels > 0; --labels) {
    const uint32_t length = 1 + random.below(random.below(8) == 0 ? 60 : 4);
    wire.push_back(static_cast<char>(length));
    for (uint32_t i = 0; i < length; ++i) {
      // Mostly the octets that codecs trip over.
      wire.push_back(static_cast<char>(random.below(2) == 0 ? random.below(4) : random.below(256)));
    }
  }
  wire.push_back('\0');
  const auto parsed = DomainName::from_wire(as_bytes(wire));
  return parsed ? *parsed : DomainName();
}

// RFC 4034 section 6.1, written the slow way.
bool canonically_before(const DomainName& a, const DomainName& b) {
  const auto labels = [](const DomainName& n) {
    std::vector<std::string> out;
    const std::string wire = n.canonical().wire();
    for (size_t at = 0; wire[at] != 0; at += 1U + static_cast<uint8_t>(wire[at])) {
      out.insert(out.begin(), wire.substr(at + 1, static_cast<uint8_t>(wire[at])));
    }
    return out;
  };
  return std::ranges::lexicographical_compare(labels(a), labels(b));
}

TEST(DomainName, is_the_root_when_nothing_is_said) {
  EXPECT_TRUE(DomainName().is_root());
  EXPECT_EQ(DomainName().text(), ".");
  EXPECT_EQ(DomainName().wire(), "\0"sv);
  EXPECT_EQ(name("."), DomainName());
}

TEST(DomainName, text_becomes_labels_with_their_lengths_in_front) {
  EXPECT_EQ(name("www.example.org").wire(), "\3www\7example\3org\0"sv);
}

TEST(DomainName, the_final_dot_may_be_left_out) {
  EXPECT_EQ(name("example.org.").wire(), name("example.org").wire());
  EXPECT_EQ(name("example.org.").text(), "example.org");
}

TEST(DomainName, keeps_the_case_but_compares_without_it) {
  EXPECT_EQ(name("WwW.Example.org").text(), "WwW.Example.org");
  EXPECT_EQ(name("WwW.Example.org"), name("www.eXAMPLE.ORG"));
  EXPECT_EQ(name("WwW.Example.org").canonical().text(), "www.example.org");
  EXPECT_FALSE(name("www.example.org") == name("ww.example.org"));
}

TEST(DomainName, only_ascii_letters_have_a_case) {
  // '[' and '{' differ by the same bit as 'A' and 'a'; so do many octets beyond ASCII.
  EXPECT_FALSE(name("[") == name("{"));
  EXPECT_FALSE(name("@") == name("`"));
  EXPECT_FALSE(name("\\196") == name("\\228"));
}

TEST(DomainName, any_octet_can_be_escaped) {
  EXPECT_EQ(name("a\\.b.c").wire(), "\3a.b\1c\0"sv);
  EXPECT_EQ(name("a\\\\b").wire(), "\3a\\b\0"sv);
  EXPECT_EQ(name("\\000\\032\\255").wire(), "\3\0 \xFF\0"sv);
  EXPECT_EQ(name("\\x").wire(), "\1x\0"sv);
}

TEST(DomainName, text_is_printable_ascii_without_blanks_for_any_octets) {
  testing::SeededRandom random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_name(random).text();
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; })) << text;
  }
}

TEST(DomainName, text_is_read_back_as_the_same_octets) {
  testing::SeededRandom random(2);
  for (int i = 0; i < 2000; ++i) {
    const DomainName original = random_name(random);
    EXPECT_EQ(name(original.text()).wire(), original.wire()) << original.text();
  }
}

TEST(DomainName, text_is_written_within_its_room) {
  testing::SeededRandom random(3);
  for (int i = 0; i < 2000; ++i) {
    const DomainName original = i == 0 ? DomainName() : random_name(random);
    const size_t room = DomainName::kOfOctet * original.wire().size();
    std::string text(room, ' ');
    const char* const end = original.write_text(text.data());
    ASSERT_LE(end, text.data() + room);
    EXPECT_EQ(std::string_view(text.data(), end), original.text());
  }
}

TEST(DomainName, the_longest_name_has_a_text) {
  std::string text;
  for (const size_t octets : {63U, 63U, 63U, 61U}) {
    text += text.empty() ? "" : ".";
    for (size_t i = 0; i < octets; ++i) {
      text += "\\255";
    }
  }
  EXPECT_EQ(name(text).text(), text);
}

TEST(DomainName, refuses_text_that_is_no_name) {
  for (const std::string_view text :
       {""sv, ".."sv, ".org"sv, "a..b"sv, "a.."sv, "a b"sv, "a\tb"sv, "a\0b"sv, "b\xC3\xBC.de"sv,
        "a\\"sv, "a\\1"sv, "a\\12"sv, "a\\1x2"sv, "a\\256"sv, "a\\999"sv}) {
    const auto refused = DomainName::from_text(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(refused.error().message.empty());
  }
}

TEST(DomainName, a_label_has_at_most_63_octets) {
  EXPECT_TRUE(DomainName::from_text(std::string(63, 'a')).ok());
  EXPECT_FALSE(DomainName::from_text(std::string(64, 'a')).ok());
}

TEST(DomainName, a_name_has_at_most_255_octets) {
  const std::string three =
      std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + ".";
  EXPECT_EQ(name(three + std::string(61, 'd')).wire().size(), DomainName::kWireMax);
  EXPECT_FALSE(DomainName::from_text(three + std::string(62, 'd')).ok());
}

TEST(DomainName, takes_wire_octets_as_they_are) {
  const auto wire = "\3wWw\3a.b\0"sv;
  const auto parsed = DomainName::from_wire(as_bytes(wire));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->wire(), wire);
  EXPECT_EQ(parsed->text(), "wWw.a\\.b");
}

TEST(DomainName, refuses_wire_octets_that_are_no_plain_name) {
  EXPECT_FALSE(DomainName::from_wire({}).ok());
  EXPECT_FALSE(DomainName::from_wire(as_bytes("\3www"sv)).ok());          // no root label
  EXPECT_FALSE(DomainName::from_wire(as_bytes("\3ww"sv)).ok());           // cut within a label
  EXPECT_FALSE(DomainName::from_wire(as_bytes("\3www\0x"sv)).ok());       // something behind it
  EXPECT_FALSE(DomainName::from_wire(as_bytes("\3www\xC0\x0C"sv)).ok());  // compressed
  EXPECT_FALSE(DomainName::from_wire(as_bytes("\x40"sv)).ok());           // reserved label type
}

TEST(DomainName, refuses_wire_octets_beyond_255) {
  std::string wire;
  for (int i = 0; i < 127; ++i) {
    wire += "\1a";
  }
  EXPECT_TRUE(DomainName::from_wire(as_bytes(wire + '\0')).ok());
  EXPECT_FALSE(DomainName::from_wire(as_bytes("\1a" + wire + '\0')).ok());
}

TEST(DomainName, counts_its_labels_without_the_root) {
  EXPECT_EQ(DomainName().label_count(), 0U);
  EXPECT_EQ(name("org").label_count(), 1U);
  EXPECT_EQ(name("a\\.b.example.org").label_count(), 3U);
}

TEST(DomainName, is_within_itself_and_what_is_above_it) {
  const DomainName www = name("www.Example.org");
  EXPECT_TRUE(www.is_within(www));
  EXPECT_TRUE(www.is_within(name("eXample.ORG")));
  EXPECT_TRUE(www.is_within(DomainName()));
  EXPECT_TRUE(DomainName().is_within(DomainName()));
}

TEST(DomainName, is_not_within_what_only_ends_alike) {
  EXPECT_FALSE(name("example.org").is_within(name("www.example.org")));
  EXPECT_FALSE(name("badexample.org").is_within(name("example.org")));
  EXPECT_FALSE(name("example.org").is_within(name("example.com")));
  // The octets of "\3org" at the end of another label are not a label.
  EXPECT_FALSE(name("x\\003org").is_within(name("org")));
}

TEST(DomainNameSortKey, names_sort_by_their_labels_from_the_right) {
  std::vector<DomainName> names;
  // The example of RFC 4034 section 6.1.
  for (const char* text :
       {"example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE", "z.example",
        "\\001.z.example", "*.z.example", "\\200.z.example"}) {
    names.push_back(name(text));
  }
  EXPECT_TRUE(std::ranges::is_sorted(names, {}, &DomainName::sort_key));
}

TEST(DomainNameSortKey, order_is_canonical_for_any_octets) {
  testing::SeededRandom random(3);
  for (int i = 0; i < 5000; ++i) {
    const DomainName a = random_name(random);
    const DomainName b = random_name(random);
    EXPECT_EQ(a.sort_key() < b.sort_key(), canonically_before(a, b)) << a.text() << " " << b.text();
  }
}

TEST(DomainNameSortKey, a_subtree_is_exactly_what_starts_with_the_key_of_its_top) {
  testing::SeededRandom random(4);
  for (int i = 0; i < 20'000; ++i) {
    const DomainName a = random_name(random);
    const DomainName b = random_name(random);
    EXPECT_EQ(a.sort_key().starts_with(b.sort_key()), a.is_within(b))
        << a.text() << " " << b.text();
  }
}

TEST(DomainNameSortKey, leads_back_to_the_canonical_name) {
  testing::SeededRandom random(5);
  for (int i = 0; i < 2000; ++i) {
    const DomainName original = random_name(random);
    const auto back = DomainName::from_sort_key(original.sort_key());
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->wire(), original.canonical().wire());
  }
}

TEST(DomainNameSortKey, is_without_case_and_empty_for_the_root) {
  EXPECT_EQ(name("WWW.example").sort_key(), name("www.EXAMPLE").sort_key());
  EXPECT_EQ(DomainName().sort_key(), "");
}

TEST(DomainNameSortKey, refuses_octets_that_are_no_key) {
  EXPECT_FALSE(DomainName::from_sort_key("org"sv).ok());      // no end
  EXPECT_FALSE(DomainName::from_sort_key("\0"sv).ok());       // empty label
  EXPECT_FALSE(DomainName::from_sort_key("org\0\0"sv).ok());  // empty label behind one
  EXPECT_FALSE(DomainName::from_sort_key("a\1\3\0"sv).ok());  // no such escape
  EXPECT_FALSE(DomainName::from_sort_key("a\1\0"sv).ok());    // escape without its octet
  EXPECT_FALSE(DomainName::from_sort_key(std::string(64, 'a') + '\0').ok());
  std::string long_key;
  for (int i = 0; i < 128; ++i) {
    long_key += "a\0"sv;
  }
  EXPECT_FALSE(DomainName::from_sort_key(long_key).ok());
}

TEST(DomainNameHash, equal_names_hash_alike_whatever_their_case) {
  EXPECT_EQ(DomainNameHash{}(name("www.Example.ORG")), DomainNameHash{}(name("WWW.example.org")));
  EXPECT_NE(DomainNameHash{}(name("www.example.org")), DomainNameHash{}(name("www.example.com")));
}

}  // namespace
}  // namespace etymon

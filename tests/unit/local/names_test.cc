#include "resolver/local/names.h"

#include <gtest/gtest.h>

namespace etymon::local {
namespace {

std::string wire_name(const std::string& text) {
  return DomainName::from_text(text)->canonical().wire();
}

class NamesTest : public ::testing::Test {
 protected:
  void add(const std::string& record) {
    ASSERT_TRUE(names_.add(wire::record_from_text(record, 60).value()).ok());
  }
  void add_zone(const std::string& zone) { names_.add_zone(DomainName::from_text(zone).value()); }
  void add_cut(const std::string& zone) { names_.add_cut(DomainName::from_text(zone).value()); }
  std::optional<Names::Known> find(const std::string& name, RecordType type = RecordType::kA) {
    return names_.find(wire_name(name), type);
  }

  // Of names as long as they can be, as many as may lead to another.
  void add_longest_chain_to(const std::string& end);
  // Gives the name such records until it takes no more.
  void fill(const std::string& owner, RecordType type);

  Names names_{60};
};

TEST_F(NamesTest, a_chain_is_followed_from_name_to_name) {
  add("a.lan CNAME b.lan.");
  add("b.lan CNAME c.lan.");
  add("c.lan A 192.168.1.9");
  const auto known = find("a.lan");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->said.answer.size(), 3U);
  EXPECT_TRUE(known->leads_to.empty());
}

TEST_F(NamesTest, a_chain_without_an_end_is_a_failure_and_nobody_else_is_to_say) {
  add("a.lan CNAME b.lan.");
  add("b.lan CNAME a.lan.");
  add("*.secret.lan CNAME nas.secret.lan.");
  for (size_t i = 0; i <= wire::kChainMax; ++i) {
    add("l" + std::to_string(i) + ".lan CNAME l" + std::to_string(i + 1) + ".lan.");
  }
  for (const char* name : {"a.lan", "payroll.secret.lan", "l0.lan"}) {
    const auto known = find(name);
    ASSERT_TRUE(known) << name;
    EXPECT_EQ(known->said.rcode, Rcode::kServFail) << name;
    EXPECT_EQ(known->leads_to, "") << name;
  }
}

TEST_F(NamesTest, chains_without_an_end_are_listed) {
  add("a.lan CNAME b.lan.");
  add("b.lan CNAME b.lan.");
  add("c.lan CNAME www.example.");
  add("*.secret.lan CNAME nas.secret.lan.");
  EXPECT_EQ(names_.endless_aliases(),
            (std::vector{wire_name("*.secret.lan"), wire_name("a.lan"), wire_name("b.lan")}));
}

TEST_F(NamesTest, a_chain_that_leaves_is_told_with_where_it_leads) {
  add("a.lan CNAME WWW.example.");
  const auto known = find("a.lan");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->said.answer.size(), 1U);
  EXPECT_EQ(known->leads_to, wire_name("www.example"));
}

TEST_F(NamesTest, a_chain_into_a_zone_of_our_own_ends_there) {
  add("a.lan CNAME gone.home.");
  names_.add_zone(DomainName::from_text("home").value());
  const auto known = find("a.lan");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->said.rcode, Rcode::kNxDomain);
  EXPECT_EQ(known->said.answer.size(), 1U);
}

TEST_F(NamesTest, the_top_of_a_zone_has_its_own_soa_or_the_one_that_it_was_given) {
  names_.add_zone(DomainName::from_text("lan").value());
  ASSERT_EQ(find("lan", RecordType::kSoa)->said.answer.size(), 1U);
  EXPECT_TRUE(find("lan", RecordType::kSoa)->said.authority.empty());
  EXPECT_TRUE(find("nas.lan", RecordType::kSoa)->said.answer.empty());
  add("lan SOA ns.lan. root.lan. 7 1 2 3 4");
  const auto given = find("lan", RecordType::kSoa);
  ASSERT_EQ(given->said.answer.size(), 1U);
  EXPECT_TRUE(given->said.answer.front().rdata.starts_with(wire_name("ns.lan")));
}

TEST_F(NamesTest, the_closest_of_a_zone_of_ours_and_one_of_others_counts) {
  add_zone("lan");
  add_cut("ad.lan");
  add_zone("lab.ad.lan");
  add("printer.ad.lan A 192.168.1.9");
  for (const char* name : {"ad.lan", "dc1.ad.lan", "a.b.ad.lan"}) {
    EXPECT_FALSE(find(name)) << name;
    EXPECT_FALSE(find(name, RecordType::kSoa)) << name;
  }
  for (const char* name : {"bad.lan", "dc1.lan", "gone.lab.ad.lan"}) {
    ASSERT_TRUE(find(name)) << name;
    EXPECT_EQ(find(name)->said.rcode, Rcode::kNxDomain) << name;
  }
  EXPECT_EQ(find("printer.ad.lan")->said.answer.size(), 1U) << "what is known here comes first";
}

TEST_F(NamesTest, of_a_zone_of_ours_that_others_know_as_well_they_say_what_is_not_known_here) {
  add_cut("lan");
  add_zone("lan");
  add("nas.lan A 192.168.1.9");
  EXPECT_FALSE(find("tv.lan"));
  EXPECT_FALSE(find("lan", RecordType::kSoa));
  EXPECT_EQ(find("nas.lan")->said.answer.size(), 1U);
}

TEST_F(NamesTest, a_zone_of_others_is_there_and_unsigned_as_our_zone_above_says) {
  add_zone("lan");
  add_cut("ad.corp.lan");
  for (const auto& [name, type] :
       {std::pair("ad.corp.lan", kDs), std::pair("corp.lan", RecordType::kA)}) {
    const auto known = find(name, type);
    ASSERT_TRUE(known) << name;
    EXPECT_EQ(known->said.rcode, Rcode::kNoError) << name;
    ASSERT_EQ(known->said.authority.size(), 1U) << name;
    EXPECT_EQ(known->said.authority[0].owner, wire_name("lan")) << name;
  }
}

TEST_F(NamesTest, a_wildcard_says_nothing_of_a_zone_of_others_below_it) {
  add("*.lan A 192.168.1.20");
  add_cut("ad.lan");
  EXPECT_FALSE(find("ad.lan"));
  EXPECT_FALSE(find("dc1.ad.lan"));
  EXPECT_TRUE(find("dc1.lan"));
  add("*.ad.lan A 192.168.1.21");
  EXPECT_TRUE(find("dc1.ad.lan"));
}

TEST_F(NamesTest, what_is_asked_of_a_zone_a_host_that_took_its_name_does_not_say) {
  const IpAddress address = IpAddress::from_text("192.168.1.7").value();
  ASSERT_TRUE(names_.add_host(DomainName::from_text("Com").value(), address).ok());
  EXPECT_EQ(find("com")->said.answer.size(), 1U);
  EXPECT_TRUE(find("com", RecordType::kAaaa)) << "or it would be asked of strangers";
  for (const RecordType type : {RecordType::kNs, RecordType::kSoa, kDs, kDnskey}) {
    EXPECT_FALSE(find("com", type)) << to_text(type);
  }
  names_.add_zone(DomainName::from_text("com").value());
  EXPECT_TRUE(find("com", kDs)) << "a zone of our own is known here alone";
}

TEST_F(NamesTest, the_same_record_twice_is_one) {
  add("nas.lan A 192.168.1.9");
  add("nas.lan A 192.168.1.9");
  EXPECT_EQ(find("nas.lan")->said.answer.size(), 1U);
}

// Of 255 octets, as many as there can be.
std::string longest_name(const std::string& first, const std::string& top) {
  const std::string label = "." + std::string(63, 'x');
  const std::string rest = "." + top;
  const size_t left = 254 - 3 * 64 - first.size() - rest.size() - 2;
  return first + label + label + label + "." + std::string(left, 'x') + rest;
}

void NamesTest::add_longest_chain_to(const std::string& end) {
  constexpr size_t kLinks = wire::kChainMax - 1;
  for (size_t i = 0; i < kLinks; ++i) {
    const std::string next = i + 1 == kLinks ? end : longest_name(std::to_string(i + 1), "chain");
    add(longest_name(std::to_string(i), "chain") + " CNAME " + next + ".");
  }
}

void NamesTest::fill(const std::string& owner, RecordType type) {
  for (int i = 0;; ++i) {
    ASSERT_LT(i, 10'000) << owner;
    const std::string number = std::to_string(i / 250) + "." + std::to_string(i % 250);
    const std::string data =
        type == RecordType::kA ? "10.0." + number : std::string(200, 'x') + number;
    const std::string record = owner + " " + to_text(type) + " " + data;
    if (!names_.add(wire::record_from_text(record, 60).value()).ok()) {
      return;
    }
  }
}

// Some have little data, so that their owner is most of them.
TEST_F(NamesTest, one_name_has_no_more_records_than_fit_an_answer_at_the_end_of_any_chain) {
  for (const auto& [owner, end] : {std::pair<std::string, std::string>("big.lan", "big.lan"),
                                   {longest_name("big", "lan"), longest_name("big", "lan")},
                                   {"*.home", longest_name("big", "home")}}) {
    for (const RecordType type : {RecordType::kA, RecordType::kTxt}) {
      names_ = Names(60);
      add_longest_chain_to(end);
      fill(owner, type);
      const auto known = find(longest_name("0", "chain"), type);
      ASSERT_TRUE(known) << owner;
      EXPECT_GT(known->said.answer.size(), wire::kChainMax) << owner;
      const std::string asked = wire_name(longest_name("0", "chain"));
      EXPECT_TRUE(wire::make_response({as_bytes(asked), type}, known->said).ok()) << owner;
    }
  }
}

TEST_F(NamesTest, a_dname_which_nobody_would_follow_is_refused) {
  const auto dname = wire::record_from_text("old.lan DNAME new.lan.", 60);
  ASSERT_TRUE(dname.ok());
  EXPECT_EQ(names_.add(*dname).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(find("old.lan", RecordType::kDname));
}

TEST_F(NamesTest, an_address_keeps_the_first_of_its_names) {
  const IpAddress address = IpAddress::from_text("2001:db8::1").value();
  ASSERT_TRUE(names_.add_pointer(address, DomainName::from_text("one").value()).ok());
  ASSERT_TRUE(names_.add_pointer(address, DomainName::from_text("two").value()).ok());
  const auto known = names_.find(reverse_name(address).wire(), RecordType::kPtr);
  ASSERT_TRUE(known);
  ASSERT_EQ(known->said.answer.size(), 1U);
  EXPECT_EQ(known->said.answer.front().rdata, wire_name("one"));
}

TEST(ReverseName, is_that_of_the_address_family) {
  EXPECT_EQ(reverse_name(IpAddress::from_text("192.0.2.1").value()).text(),
            "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverse_name(IpAddress::from_text("2001:db8::567:89ab").value()).text(),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(RecordFromText, what_is_no_record_of_class_in_is_an_error) {
  for (const char* text :
       {"", "nas.lan", "nas.lan A", "nas.lan A 1.2.3", "nas.lan CH A 192.0.2.1"}) {
    EXPECT_FALSE(wire::record_from_text(text, 60).ok()) << text;
  }
}

}  // namespace
}  // namespace etymon::local

// Which of the things that are known here comes first.
#include "resolver/local/knowledge.h"

#include <gtest/gtest.h>

namespace etymon::local {
namespace {

std::string wire_name(const std::string& text) {
  return DomainName::from_text(text)->wire();
}

class KnowledgeTest : public ::testing::Test {
 protected:
  void add(const std::string& record) {
    ASSERT_TRUE(names_->add(wire::record_from_text(record, 60).value()).ok());
  }

  std::optional<Finding> find(const std::string& name, RecordType type = RecordType::kA) const {
    const std::string qname = wire_name(name);
    return knowledge().find(query_for(qname, type, RecordClass::kIn));
  }

  bool keeps(const std::string& name) const {
    const std::string qname = wire_name(name);
    return knowledge().keeps(query_for(qname, RecordType{43}, RecordClass{4}));
  }

  std::shared_ptr<Names> names_ = std::make_shared<Names>(60);
  std::shared_ptr<BlockList> block_list_ = std::make_shared<BlockList>(BlockList::Options{}, 7);

 private:
  static wire::QueryView query_for(const std::string& qname, RecordType type, RecordClass klass) {
    wire::QueryView query;
    query.header.qdcount = 1;
    query.qname = as_bytes(qname);
    query.qtype = type;
    query.qclass = klass;
    return query;
  }

  Knowledge knowledge() const {
    return Knowledge({.names = names_,
                      .special_names = std::make_shared<SpecialNames>(SpecialNames::Zones{
                          .passed_on = {DomainName::from_text("passed.test").value()}}),
                      .block_list = block_list_});
  }
};

TEST_F(KnowledgeTest, an_alias_of_ones_own_leads_upstream_to_what_may_be_asked_there) {
  add("drive.lan CNAME www.example.");
  add("old.lan CNAME www.passed.test.");
  for (const auto& [name, target] :
       {std::pair("drive.lan", "www.example"), std::pair("old.lan", "www.passed.test")}) {
    const auto found = find(name);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->leads_to, wire_name(target));
    EXPECT_EQ(found->chain.size(), 1U);
  }
}

TEST_F(KnowledgeTest, an_alias_of_ones_own_leads_to_no_blocked_name) {
  block_list_->blocked().add(wire_name("ads.example"));
  add("drive.lan CNAME www.ads.example.");
  const auto found = find("Drive.lan");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->leads_to, "");
  EXPECT_EQ(found->reason, wire::ExtendedError::kBlocked);
  EXPECT_EQ(found->response.rcode, Rcode::kNxDomain);
  ASSERT_EQ(found->response.answer.chain.size(), 2U);
  EXPECT_EQ(found->response.answer.chain[1].text(), "www.ads.example");
}

TEST_F(KnowledgeTest, an_alias_of_ones_own_leads_to_no_special_name) {
  add("printer.lan CNAME printer.local.");
  add("self.lan CNAME localhost.");
  const auto absent = find("printer.lan");
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->leads_to, "");
  EXPECT_EQ(absent->response.rcode, Rcode::kNxDomain);
  const auto loopback = find("self.lan");
  ASSERT_TRUE(loopback);
  ASSERT_EQ(loopback->response.answer.addresses.size(), 1U);
  EXPECT_EQ(loopback->response.answer.addresses[0].address.text(), "127.0.0.1");
}

TEST_F(KnowledgeTest, an_alias_of_ones_own_leads_to_ones_own_names_before_any_rule) {
  block_list_->blocked().add(wire_name("example"));
  add("drive.lan CNAME nas.example.");
  add("nas.example A 192.168.1.9");
  const auto found = find("drive.lan");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->response.rcode, Rcode::kNoError);
  ASSERT_EQ(found->response.answer.addresses.size(), 1U);
  EXPECT_EQ(found->response.answer.addresses[0].address.text(), "192.168.1.9");
}

TEST_F(KnowledgeTest, a_name_of_ones_own_whose_records_make_no_answer_is_a_failure_of_ours) {
  ASSERT_TRUE(names_->add({.owner = wire_name("nas.lan"), .rdata = "no address"}).ok());
  const auto found = find("nas.lan");
  ASSERT_TRUE(found) << "or it would be asked upstream";
  EXPECT_EQ(found->response.rcode, Rcode::kServFail);
  EXPECT_EQ(found->reason_text, kNoAnswer);
}

TEST_F(KnowledgeTest, what_is_answered_here_in_one_class_is_told_to_nobody_in_another) {
  block_list_->blocked().add(wire_name("ads.example"));
  add("nas.lan A 192.168.1.9");
  for (const char* name : {"nas.lan", "printer.local", "localhost", "9.1.168.192.in-addr.arpa",
                           "home.arpa", "www.ads.example"}) {
    EXPECT_TRUE(keeps(name)) << name;
  }
  for (const char* name : {"www.example", "www.passed.test"}) {
    EXPECT_FALSE(keeps(name)) << name;
  }
}

}  // namespace
}  // namespace etymon::local

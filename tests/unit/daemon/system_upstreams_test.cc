// Resolvers of the system that change while the daemon runs.
#include "api/daemon/system_upstreams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/daemon/resolv_conf.h"

namespace etymon::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Endpoint endpoint(const char* text) {
  return *Endpoint::from_text(text, kDnsPort);
}

class OneFile final : public FileSource {
 public:
  std::string stamp(const std::string&) const override { return there ? text : ""; }
  Result<std::string> read(const std::string& path) const override {
    return there ? Result(text) : Error{ErrorCode::kInvalidArgument, path + ": not there"};
  }

  std::string text = "nameserver 192.0.2.1\n";
  bool there = true;
};

class SystemUpstreamsTest : public ::testing::Test {
 protected:
  OneFile file_;
  std::vector<std::string> warnings_;
  SystemUpstreams upstreams_{file_,
                             {endpoint("192.0.2.1")},
                             [](const Endpoint& server) { return server == endpoint("10.0.0.1"); },
                             [this](const std::string& what) { warnings_.push_back(what); }};
};

TEST_F(SystemUpstreamsTest, are_those_of_the_file_as_it_is_now_without_ourselves) {
  EXPECT_FALSE(upstreams_.renew());
  file_.text = "nameserver 10.0.0.1\nnameserver 198.51.100.2\nnameserver 198.51.100.1\n";
  EXPECT_THAT(upstreams_.renew().value(),
              ElementsAre(endpoint("198.51.100.2"), endpoint("198.51.100.1")));
  EXPECT_FALSE(upstreams_.renew());
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(SystemUpstreamsTest, stay_when_only_the_rest_of_the_file_changes) {
  file_.text = "search example\nnameserver 192.0.2.1\n";
  EXPECT_FALSE(upstreams_.renew());
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(SystemUpstreamsTest, stay_without_a_file_and_that_is_said_once) {
  file_.there = false;
  EXPECT_FALSE(upstreams_.renew());
  EXPECT_FALSE(upstreams_.renew());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("not there; the upstreams stay as they were")));
  file_.there = true;
  EXPECT_FALSE(upstreams_.renew()) << "the same ones again";
}

TEST_F(SystemUpstreamsTest, are_without_those_that_have_an_interface_and_that_is_said) {
  file_.text = "nameserver fe80::1%eth0\nnameserver 192.0.2.2\n";
  EXPECT_THAT(upstreams_.renew().value(), ElementsAre(endpoint("192.0.2.2")));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("'fe80::1%eth0' is left out")));
  file_.text = "nameserver fe80::1%eth0\n";
  EXPECT_FALSE(upstreams_.renew());
  ASSERT_EQ(warnings_.size(), 3U);
  EXPECT_THAT(warnings_[2], HasSubstr("no resolver that can be asked; the upstreams stay"));
}

TEST_F(SystemUpstreamsTest, stay_when_the_file_names_nobody_else) {
  file_.text = "nameserver 10.0.0.1\n";
  EXPECT_FALSE(upstreams_.renew());
  file_.text = "# nothing\n";
  EXPECT_FALSE(upstreams_.renew());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("no resolver but this one"),
                                     HasSubstr("no resolver but this one")));
  file_.text = "nameserver 192.0.2.2\n";
  EXPECT_THAT(upstreams_.renew().value(), ElementsAre(endpoint("192.0.2.2")));
}

TEST_F(SystemUpstreamsTest, are_waited_for_where_there_were_none_and_that_is_said_once) {
  SystemUpstreams none(
      file_, {}, [](const Endpoint&) { return false; },
      [this](const std::string& what) { warnings_.push_back(what); });
  file_.text = "# no network yet\n";
  EXPECT_FALSE(none.renew());
  EXPECT_FALSE(none.renew());
  EXPECT_THAT(
      warnings_,
      ElementsAre("/etc/resolv.conf names no resolver but this one; names without upstreams "
                  "of their own get SERVFAIL until it names one"));
  file_.text = "nameserver 192.0.2.1\n";
  EXPECT_THAT(none.renew().value(), ElementsAre(endpoint("192.0.2.1")));
}

}  // namespace
}  // namespace etymon::daemon

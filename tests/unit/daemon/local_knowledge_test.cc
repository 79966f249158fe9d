// What is known of this network changes with its files, and with the time.
#include "api/daemon/local_knowledge.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/dns_messages.h"
#include "tests/support/fakes.h"

namespace etymon::daemon {
namespace {

using namespace std::chrono_literals;

// Files as a test has them; each change shows.
class FakeFiles final : public FileSource {
 public:
  void write(const std::string& path, const std::string& text) {
    files_[path] = {std::to_string(++changes_), text};
  }
  void remove(const std::string& path) { files_.erase(path); }
  // As when no descriptor is left: the file is there, and as it was.
  void fail(bool failing) { failing_ = failing; }

  std::string stamp(const std::string& path) const override {
    const auto found = files_.find(path);
    return found == files_.end() ? std::string() : found->second.first;
  }
  Result<std::string> read(const std::string& path) const override {
    const auto found = files_.find(path);
    if (failing_) {
      return Error{ErrorCode::kIo, path + " cannot be read"};
    }
    return found == files_.end() ? Result<std::string>(Error{ErrorCode::kIo, path + " is missing"})
                                 : Result(found->second.second);
  }

 private:
  std::map<std::string, std::pair<std::string, std::string>> files_;
  int changes_ = 0;
  bool failing_ = false;
};

class Known : public ::testing::Test {
 protected:
  LocalKnowledge& knowledge() {
    if (!knowledge_) {
      knowledge_.emplace(
          config_, files_, 7,
          LocalKnowledge::Say{[this](const std::string& line) { warnings_.push_back(line); },
                              [this](const std::string& line) { news_.push_back(line); },
                              [this](const std::string& line) { details_.push_back(line); }});
    }
    return *knowledge_;
  }

  // Looks as the daemon does once a second; true when there is something new to tell the loops.
  bool look() {
    const auto renewed = knowledge().renew(clock_.wall());
    known_ = renewed ? renewed : known_;
    return renewed != nullptr;
  }

  std::optional<local::Finding> find(const std::string& name) const {
    const std::string message = testing::query(name, RecordType::kA).wire();
    wire::QueryView view;
    EXPECT_EQ(wire::read_query(as_bytes(message), view), wire::Triage::kAnswer);
    return known_->find(view);
  }
  bool knows(const std::string& name) const {
    const auto found = find(name);
    return found && !found->response.negative;
  }
  // Whether it is answered here, if only with its absence.
  bool answers(const std::string& name) const { return find(name).has_value(); }

  Config config_;
  FakeFiles files_;
  testing::ManualClock clock_;
  std::optional<LocalKnowledge> knowledge_;
  std::shared_ptr<const local::Knowledge> known_;
  std::vector<std::string> warnings_;
  std::vector<std::string> news_;
  std::vector<std::string> details_;
};

TEST_F(Known, special_names_go_to_the_upstreams_of_their_own_zone_and_not_to_those_of_all_names) {
  config_.routes = {{.zone = DomainName(), .servers = {}},
                    {.zone = DomainName::from_text("corp.test").value(), .servers = {}}};
  look();
  EXPECT_TRUE(answers("printer.test"));
  EXPECT_FALSE(answers("printer.corp.test"));
}

TEST_F(Known, special_names_go_upstream_where_all_names_are_passed_on) {
  config_.local.passed_on = {DomainName()};
  look();
  EXPECT_FALSE(answers("printer.test"));
}

using RecordFiles = Known;

TEST_F(RecordFiles, are_read_again_when_they_change) {
  config_.local.records = {"nas.lan A 192.168.1.9"};
  config_.local.record_files = {"/records", "/more"};
  files_.write("/records", "# of the house\n\n  printer.lan 300 A 192.168.1.10\n; old\n");
  files_.write("/more", "*.dev.lan A 192.168.1.11\n");
  EXPECT_TRUE(look());
  EXPECT_TRUE(knows("nas.lan") && knows("printer.lan") && knows("www.dev.lan"));
  EXPECT_FALSE(look()) << "nothing has changed";
  files_.write("/records", "scanner.lan A 192.168.1.12\n");
  EXPECT_TRUE(look());
  EXPECT_TRUE(knows("nas.lan") && knows("scanner.lan") && knows("www.dev.lan"));
  EXPECT_FALSE(knows("printer.lan"));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(RecordFiles, with_lines_that_make_no_sense_give_the_others) {
  config_.local.record_files = {"/records", "/missing"};
  files_.write("/records",
               "printer.lan A 192.168.1\nnas.lan A 192.168.1.9\n"
               "note.lan TXT \"a;b#c\"\n");
  EXPECT_TRUE(look());
  EXPECT_TRUE(knows("nas.lan"));
  EXPECT_FALSE(knows("printer.lan"));
  ASSERT_EQ(warnings_.size(), 2U);
  EXPECT_EQ(warnings_[0],
            "/records: lines that make no sense were passed over: 1, the first is line 1: "
            "'printer.lan A 192.168.1'");
  EXPECT_EQ(warnings_[1], "/missing is missing");
}

TEST_F(RecordFiles, with_a_record_that_is_refused_say_why) {
  config_.local.record_files = {"/records"};
  files_.write("/records", "nas.lan A 192.168.1.9\nold.lan DNAME new.lan\n");
  EXPECT_TRUE(look());
  EXPECT_TRUE(knows("nas.lan"));
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(
      warnings_[0],
      "/records: lines that make no sense were passed over: 1, the first is line 2: "
      "'old.lan DNAME new.lan': DNAME records are not supported; write a CNAME for each name");
}

TEST_F(RecordFiles, whose_aliases_go_round_are_warned_of_once) {
  config_.local.record_files = {"/records"};
  files_.write("/records", "*.dev.lan CNAME www.dev.lan\n");
  EXPECT_TRUE(look());
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(warnings_[0], "the CNAME of '*.dev.lan' is answered SERVFAIL: its chain does not end");
  files_.write("/records", "*.dev.lan CNAME www.dev.lan\nl.lan CNAME l.lan\n");
  EXPECT_TRUE(look());
  ASSERT_EQ(warnings_.size(), 2U) << "the first one again";
  EXPECT_EQ(warnings_[1], "the CNAME of 'l.lan' is answered SERVFAIL: its chain does not end");
}

class LostFiles : public Known {
 protected:
  LostFiles() {
    config_.local.hosts = {"/hosts"};
    config_.local.record_files = {"/records"};
    config_.hosts.lease_files = {"/leases"};
    config_.local.block.lists = {"/blocked", "/more"};
    config_.local.block.allow_lists = {"/allowed"};
    files_.write("/hosts", "192.168.1.1 printer.lan\n");
    files_.write("/records", "nas.lan A 192.168.1.9\n");
    files_.write("/leases", "0 02:00:00:00:00:07 192.168.1.7 laptop *\n");
    files_.write("/blocked", "ads.example\n");
    files_.write("/more", "tracker.example\nold.example\n");
    files_.write("/allowed", "good.ads.example\n");
    look();
  }

  void expect_all_known() const {
    EXPECT_TRUE(knows("printer.lan") && knows("nas.lan") && knows("laptop"));
    EXPECT_TRUE(answers("ads.example") && answers("tracker.example"));
    EXPECT_FALSE(answers("good.ads.example"));
  }
};

TEST_F(LostFiles, hold_as_they_were_last_read_and_that_is_said_once) {
  for (const char* path : {"/hosts", "/records", "/leases", "/blocked", "/allowed"}) {
    files_.remove(path);
  }
  look();
  expect_all_known();
  ASSERT_EQ(warnings_.size(), 5U);
  EXPECT_EQ(warnings_.back(), "/allowed is missing; what was last read of it holds");
  files_.write("/more", "tracker.example\nfresh.example\n");
  EXPECT_TRUE(look());
  expect_all_known();
  EXPECT_TRUE(answers("fresh.example")) << "what others have more is blocked";
  EXPECT_TRUE(answers("old.example")) << "whose it was, nobody knows";
  EXPECT_EQ(warnings_.size(), 5U);
  files_.write("/blocked", "ads.example\n");
  look();
  EXPECT_FALSE(answers("old.example"));
}

TEST_F(LostFiles, are_tried_again_when_they_have_not_changed_since) {
  files_.write("/hosts", "192.168.1.2 scanner.lan\n");
  files_.write("/blocked", "fresh.example\n");
  files_.fail(true);
  look();
  expect_all_known();
  EXPECT_FALSE(look()) << "nothing is new while they cannot be read";
  warnings_.clear();
  files_.write("/hosts", "192.168.1.3 scanner.lan\n");
  look();
  EXPECT_EQ(warnings_.size(), 1U) << "a change that does not hold is told";
  files_.fail(false);
  EXPECT_TRUE(look());
  EXPECT_TRUE(knows("scanner.lan") && answers("fresh.example"));
  EXPECT_FALSE(knows("printer.lan") || answers("ads.example"));
  EXPECT_FALSE(look());
}

TEST_F(LostFiles, that_are_empty_are_not_lost) {
  files_.write("/hosts", "");
  files_.write("/blocked", "");
  look();
  EXPECT_FALSE(knows("printer.lan") || answers("ads.example"));
  EXPECT_TRUE(warnings_.empty());
  EXPECT_EQ(news_.back(), "names in block lists: 2, allowed: 1");
}

TEST_F(LostFiles, and_all_others_are_read_again_on_demand) {
  details_.clear();
  EXPECT_FALSE(look());
  EXPECT_TRUE(details_.empty());
  knowledge().read_all_again();
  EXPECT_TRUE(look());
  EXPECT_EQ(details_.size(), 6U);
  EXPECT_EQ(details_.front(), "read /records; records: 1");
}

TEST(SystemFiles, a_pipe_in_a_files_place_holds_up_nothing) {
  const testing::TemporaryFolder folder;
  const std::string pipe = folder.path() + "/hosts";
  mkfifo(pipe.c_str(), 0600);
  EXPECT_FALSE(SystemFiles().read(pipe));
}

TEST_F(Known, of_lines_that_make_no_sense_the_first_is_told_with_its_number_escaped_and_cut) {
  config_.local.hosts = {"/hosts"};
  config_.local.block.lists = {"/list"};
  files_.write("/hosts", "10.0.0.1 nas\nnas \x1b[2J\nother\n");
  files_.write("/list", "ads.example\n\n" + std::string(500, '=') + "\n");
  EXPECT_TRUE(look());
  ASSERT_EQ(warnings_.size(), 2U);
  EXPECT_EQ(warnings_[0],
            "/hosts: lines that make no sense were passed over: 2, the first is line 2: "
            "'nas \\x1b[2J'");
  EXPECT_EQ(warnings_[1],
            "/list: lines that make no sense were passed over: 1, the first is line 3: '" +
                std::string(64, '=') + "...'");
}

class LeaseNames : public Known {
 protected:
  LeaseNames() { config_.hosts.lease_files = {"/leases"}; }

  // A line of dnsmasq's, of a lease that ends so long after now.
  std::string lease(Seconds lasts, const std::string& address, const std::string& name) const {
    const auto end = std::chrono::duration_cast<Seconds>(clock_.wall().time_since_epoch()) + lasts;
    return std::to_string(end.count()) + " 02:00:00:00:00:07 " + address + " " + name + " *\n";
  }
};

TEST_F(LeaseNames, are_known_while_the_lease_holds_and_not_after) {
  files_.write("/leases", lease(100s, "192.168.1.7", "laptop") + lease(200s, "192.168.1.8", "tv"));
  EXPECT_TRUE(look());
  EXPECT_TRUE(knows("laptop") && knows("tv"));
  clock_.advance(99s);
  EXPECT_FALSE(look()) << "nothing has changed";
  EXPECT_TRUE(knows("laptop"));
  clock_.advance(1s);
  EXPECT_TRUE(look());
  EXPECT_FALSE(knows("laptop"));
  EXPECT_TRUE(knows("tv"));
  clock_.advance(99s);
  EXPECT_FALSE(look()) << "what is over is over once";
  clock_.advance(1s);
  EXPECT_TRUE(look());
  EXPECT_FALSE(knows("tv"));
}

TEST_F(LeaseNames, that_kea_has_moved_aside_are_known_until_its_newest_file_ends_them) {
  const std::string header = "address,hwaddr,valid_lifetime,expire,hostname,state\n";
  const std::string laptop = "192.168.1.7,02:00:00:00:00:07,3600,9000000000,laptop,0\n";
  files_.write("/leases", header + laptop);
  look();
  EXPECT_TRUE(knows("laptop"));
  files_.write("/leases.2", header + laptop);
  files_.write("/leases", header);
  EXPECT_TRUE(look());
  EXPECT_TRUE(knows("laptop"));
  files_.write("/leases", header + "192.168.1.7,02:00:00:00:00:07,0,9000000000,laptop,0\n");
  EXPECT_TRUE(look());
  EXPECT_FALSE(knows("laptop"));
  EXPECT_TRUE(warnings_.empty()) << "there is no .1, and none has to be";
}

TEST_F(LeaseNames, are_not_needed_to_know_the_address_of_a_device) {
  const MacAddress device = MacAddress::from_text("02:00:00:00:00:07").value();
  files_.write("/leases", lease(100s, "192.168.1.7", "*"));
  look();
  EXPECT_EQ(known_->address_of(device), IpAddress::from_text("192.168.1.7").value());
  clock_.advance(101s);
  look();
  EXPECT_EQ(known_->address_of(device), std::nullopt);
}

TEST_F(LeaseNames, live_on_with_a_lease_that_is_renewed) {
  files_.write("/leases", lease(100s, "192.168.1.7", "laptop"));
  look();
  clock_.advance(50s);
  files_.write("/leases", lease(100s, "192.168.1.7", "laptop"));
  EXPECT_TRUE(look());
  clock_.advance(99s);
  look();
  EXPECT_TRUE(knows("laptop"));
  clock_.advance(1s);
  look();
  EXPECT_FALSE(knows("laptop"));
}

TEST_F(LeaseNames, of_leases_without_an_end_stay) {
  files_.write("/leases", "0 02:00:00:00:00:07 192.168.1.7 laptop *\n");
  look();
  clock_.advance(std::chrono::hours(24 * 365));
  EXPECT_FALSE(look());
  EXPECT_TRUE(knows("laptop"));
}

}  // namespace
}  // namespace etymon::daemon

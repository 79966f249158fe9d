// Files of local knowledge that change while the daemon runs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/integration/etymond.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kSoon = 4s;  // Files are looked at once a second.
constexpr const char* kUpstreamSays = "192.0.2.1";

class WatchedFiles : public ::testing::Test {
 protected:
  std::string path(const std::string& file) const { return folder_.path() + "/" + file; }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream(path(file)) << text;
  }
  // As editors and downloads do: the file is another one afterwards.
  void replace(const std::string& file, const std::string& text) const {
    write(file + ".new", text);
    std::filesystem::rename(path(file + ".new"), path(file));
  }

  std::string config() const {
    write("config.toml", "local.hosts = [\"" + path("hosts") + "\"]\nlocal.domain = \"lan\"\n" +
                             "block.lists = [\"" + path("blocked") + "\"]\n" +
                             "block.allow_lists = [\"" + path("allowed") + "\"]\n" +
                             "hosts.leases = [\"" + path("leases") + "\"]\n");
    write("hosts", "10.0.0.1 printer\n");
    write("blocked", "ads.example\n");
    return path("config.toml");
  }

  // The address that `name` has, or what its absence is called.
  std::string told(const std::string& name) const {
    const DnsReply reply = etymond_.host().ask(name);
    return reply.answers.empty() ? reply.status : reply.answers.front().data;
  }

  void expect_soon(const std::string& name, const std::string& what) const {
    const auto began = Clock::now();
    EXPECT_TRUE(eventually([&] { return told(name) == what; })) << name << " is " << told(name);
    EXPECT_LT(Clock::now() - began, kSoon * slowness()) << name;
  }

  const ScriptedResolver upstream_{[](const Asked& asked) {
    return std::optional(answer_to(asked).a(asked.name, 300, kUpstreamSays));
  }};
  TemporaryFolder folder_;
  const Etymond etymond_{{upstream_.address()}, {"--config", config()}};
};

TEST_F(WatchedFiles, are_answered_from_soon_after_they_changed) {
  EXPECT_EQ(told("printer.lan"), "10.0.0.1");
  EXPECT_EQ(told("scanner.lan"), "NXDOMAIN");
  EXPECT_EQ(told("tablet.lan"), "NXDOMAIN");
  EXPECT_EQ(told("ads.example"), "NXDOMAIN");
  EXPECT_EQ(told("good.ads.example"), "NXDOMAIN");
  EXPECT_EQ(told("tracker.example"), kUpstreamSays);

  // One file each of names and of blocking at a time: either is read anew as a whole.
  write("hosts", "10.0.0.20 printer\n10.0.0.30 scanner\n");
  replace("blocked", "ads.example\ntracker.example\n");
  expect_soon("printer.lan", "10.0.0.20");
  expect_soon("scanner.lan", "10.0.0.30");
  expect_soon("tracker.example", "NXDOMAIN");
  EXPECT_EQ(told("good.ads.example"), "NXDOMAIN");

  write("allowed", "good.ads.example\n");
  write("leases", "0 02:00:00:00:00:07 10.0.0.40 tablet *\n");
  expect_soon("good.ads.example", kUpstreamSays);
  expect_soon("tablet.lan", "10.0.0.40");
  EXPECT_EQ(told("ads.example"), "NXDOMAIN");

  write("hosts", "");
  replace("blocked", "tracker.example\n");
  replace("allowed", "");
  replace("leases", "1 02:00:00:00:00:07 10.0.0.40 tablet *\n");  // ended in 1970
  expect_soon("printer.lan", "NXDOMAIN");
  expect_soon("ads.example", kUpstreamSays);
  expect_soon("tablet.lan", "NXDOMAIN");
  EXPECT_EQ(told("tracker.example"), "NXDOMAIN");
}

// resolv.conf of a daemon that has a file of the test in its place. Only port 53 can stand there.
class ResolvConf : public ::testing::Test {
 protected:
  static constexpr const char* kOneNetwork = "127.0.0.71";
  static constexpr const char* kOther = "127.0.0.72";

  void write(const std::string& text) const { std::ofstream(path()) << text; }
  std::string path() const { return folder_.path() + "/resolv.conf"; }
  std::vector<std::string> with_own_file() const {
    const std::string mount = "mount --bind " + path() + " /etc/resolv.conf && exec \"$@\"";
    return {"unshare", "--mount", "sh", "-c", mount, "sh"};
  }
  // An upstream that tells its own address; null where somebody has the port already.
  static std::unique_ptr<ScriptedResolver> at(const std::string& address) {
    try {
      return std::make_unique<ScriptedResolver>(
          [address](const Asked& asked) {
            return std::optional(answer_to(asked).a(asked.name, 0, address));
          },
          ResolverOptions{.address = address, .port = 53});
    } catch (const std::exception&) {
      return nullptr;
    }
  }

  static bool may_mount() {
    return geteuid() == 0 && run({"unshare", "--mount", "true"}).status == 0;
  }
  // The address that the name has, or why it has none.
  static std::string told_by(const Etymond& etymond) {
    const DnsReply reply = etymond.host().ask("www.example.org");
    return reply.answers.empty() ? reply.status : reply.answers.front().data;
  }

  TemporaryFolder folder_;
};

TEST_F(ResolvConf, is_followed_from_network_to_network) {
  const auto one = at(kOneNetwork);
  const auto other = at(kOther);
  if (one == nullptr || other == nullptr || !may_mount()) {
    GTEST_SKIP() << "may not listen on port 53, or mount";
  }
  write(std::string("nameserver ") + kOneNetwork + "\n");
  const Etymond etymond({}, {}, with_own_file());
  const auto told = [&] { return told_by(etymond); };
  EXPECT_EQ(told(), kOneNetwork);
  write("");
  EXPECT_TRUE(
      eventually([&] { return etymond.said().find("stay as they were") != std::string::npos; }));
  EXPECT_EQ(told(), kOneNetwork);
  write(std::string("nameserver ") + kOther + "\n");
  EXPECT_TRUE(eventually([&] { return told() == kOther; })) << etymond.said();
  EXPECT_EQ(etymond.status().at("upstreams").size(), 1U);
}

// As after a power cut, when the router comes up later.
TEST_F(ResolvConf, is_waited_for_where_it_names_nobody_at_the_start) {
  const auto one = at(kOneNetwork);
  if (one == nullptr || !may_mount()) {
    GTEST_SKIP() << "may not listen on port 53, or mount";
  }
  write("");
  const Etymond etymond({}, {}, with_own_file());
  EXPECT_EQ(told_by(etymond), "SERVFAIL");
  EXPECT_TRUE(eventually([&] {
    return etymond.said().find("get SERVFAIL until it names one") != std::string::npos;
  })) << etymond.said();
  write(std::string("nameserver ") + kOneNetwork + "\n");
  EXPECT_TRUE(eventually([&] { return told_by(etymond) == kOneNetwork; })) << etymond.said();
}

// A hang-up is what other daemons take for "read your files again"; it must not end this one.
TEST_F(WatchedFiles, are_read_again_on_a_hang_up_which_ends_nothing) {
  const size_t before = etymond_.said().size();
  const auto heard = [&](const std::string& what) {
    return eventually([&] { return etymond_.said().find(what, before) != std::string::npos; });
  };
  ASSERT_EQ(kill(etymond_.process(), SIGHUP), 0);
  EXPECT_TRUE(heard("SIGHUP: all files are read again")) << etymond_.said();
  EXPECT_TRUE(heard("names in block lists: 1, allowed: 0"));
  EXPECT_EQ(told("printer.lan"), "10.0.0.1");
}

}  // namespace
}  // namespace etymon::testing

// Mistakes of whoever starts the programs: one clear line, the documented exit status, no damage.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// As `etymond --help` and `etymon --help` list them.
constexpr int kWrongUse = 2;
constexpr int kCannotListen = 3;
constexpr int kNoStore = 4;
constexpr int kNoServer = 4;

std::string loopback(uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

class BadInput : public ::testing::Test {
 protected:
  std::string in_folder(const std::string& name) const { return folder_.path() + "/" + name; }

  // A start that is right in everything, but for what `changed` puts behind it.
  Finished start(const std::vector<std::string>& changed) const {
    std::vector<std::string> line = {etymond_program(), "--upstream", loopback(free_port()),
                                     "--api", "unix:" + in_folder("api.sock")};
    line.insert(line.end(), changed.begin(), changed.end());
    return run(line);
  }

  Finished start_with_config(const std::string& text) const {
    std::ofstream(in_folder("etymond.toml")) << text;
    return run({etymond_program(), "--check-config", "--config", in_folder("etymond.toml")});
  }

  static void expect_complaint(const Finished& program, int status,
                               const std::vector<std::string>& named) {
    EXPECT_EQ(program.status, status);
    EXPECT_EQ(std::ranges::count(program.err, '\n'), 1) << program.err;
    EXPECT_EQ(program.out, "");
    for (const std::string& word : named) {
      EXPECT_THAT(program.err, HasSubstr(word));
    }
  }

  const TemporaryFolder folder_;
};

TEST_F(BadInput, an_unknown_flag_of_the_daemon_is_named) {
  expect_complaint(start({"--no-such-flag"}), kWrongUse, {"etymond: ", "--no-such-flag"});
}

TEST_F(BadInput, a_bad_address_of_the_daemon_is_named_with_its_flag) {
  expect_complaint(start({"--listen", "300.1.1.1:53"}), kWrongUse, {"--listen", "300.1.1.1:53"});
}

TEST_F(BadInput, a_file_without_leases_is_told_before_the_start) {
  std::ofstream(in_folder("leases")) << "no lease\n";
  const Finished checked =
      start_with_config("[hosts]\nleases = [\"" + in_folder("leases") + "\"]\n");
  EXPECT_EQ(checked.status, 0);
  EXPECT_THAT(checked.err, HasSubstr("/leases: no lease in it"));
}

TEST_F(BadInput, a_mistake_in_the_configuration_is_told_with_file_line_and_key) {
  const Finished unknown = start_with_config("[listen]\nadresses = [\"127.0.0.1:5300\"]\n");
  expect_complaint(unknown, kWrongUse, {"etymond.toml:2", "adresses"});
  const Finished wrong = start_with_config("[listen]\n\naddresses = [\"nowhere\"]\n");
  expect_complaint(wrong, kWrongUse, {"etymond.toml:3", "addresses", "nowhere"});
  const Finished broken = start_with_config("[listen\n");
  expect_complaint(broken, kWrongUse, {"etymond.toml:1"});
}

// Found before the start, so that no service goes down for it.
TEST_F(BadInput, a_file_that_the_api_needs_is_named_with_its_setting) {
  const std::string missing = " = \"" + in_folder("missing/file") + "\"\n";
  const std::string upstream = "upstream.addresses = [\"192.0.2.1\"]\n";
  for (const std::string setting : {"api.callers", "api.audit", "api.tls_certificate"}) {
    const std::string key = setting == "api.tls_certificate" ? "api.tls_key" + missing : "";
    const std::string config = upstream + setting + missing + key;
    expect_complaint(start_with_config(config), kWrongUse, {setting + ": ", "missing"});
    expect_complaint(start({"--config", in_folder("etymond.toml"), "--listen",
                            loopback(free_port()), "--store", in_folder("store")}),
                     kWrongUse, {setting + ": ", "missing"});
  }
}

TEST_F(BadInput, a_list_that_is_not_there_is_a_warning) {
  const Finished checked = start_with_config(
      "upstream.addresses = [\"192.0.2.1\"]\nblock.lists = [\"" + in_folder("ads.txt") + "\"]\n");
  EXPECT_EQ(checked.status, 0);
  EXPECT_THAT(checked.err, HasSubstr("warning: " + in_folder("ads.txt")));
  EXPECT_THAT(checked.out, HasSubstr("the configuration is good"));
}

TEST_F(BadInput, a_configuration_that_is_not_there_is_named) {
  expect_complaint(run({etymond_program(), "--config", in_folder("missing.toml")}), kWrongUse,
                   {"missing.toml"});
}

TEST_F(BadInput, a_port_in_use_is_named) {
  const Etymond first({loopback(free_port())});
  expect_complaint(start({"--listen", loopback(first.port()), "--store", in_folder("store")}),
                   kCannotListen, {loopback(first.port())});
}

TEST_F(BadInput, a_store_that_cannot_be_made_is_named) {
  std::ofstream(in_folder("file")) << "not a folder";
  const std::string store = in_folder("file/store");
  expect_complaint(start({"--listen", loopback(free_port()), "--store", store}), kNoStore, {store});
}

TEST_F(BadInput, a_store_of_a_newer_format_is_left_as_it_is) {
  const std::string store = in_folder("store");
  std::filesystem::create_directory(store);
  const std::string newer = "etymon store format 1000000\n";
  std::ofstream(store + "/FORMAT") << newer;

  expect_complaint(start({"--listen", loopback(free_port()), "--store", store}), kNoStore,
                   {store, "1000000"});
  std::ifstream file(store + "/FORMAT");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), newer);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(store), {}), 1);
}

TEST_F(BadInput, a_store_in_use_is_refused_and_its_daemon_goes_on) {
  const Knot knot;
  const Etymond first({knot.address()});
  expect_complaint(start({"--listen", loopback(free_port()), "--store", first.store()}), kNoStore,
                   {first.store()});

  EXPECT_EQ(first.host().ask("shop.example.test").status, "NOERROR");
  EXPECT_EQ(first.lookup("192.0.2.20", "127.0.0.1").at("verdict"), "VERDICT_LIVE");
}

TEST_F(BadInput, an_unknown_flag_or_verb_of_the_command_is_named) {
  expect_complaint(run({etymon_program(), "status", "--no-such-flag"}), kWrongUse,
                   {"etymon: ", "--no-such-flag"});
  expect_complaint(run({etymon_program(), "look"}), kWrongUse, {"look"});
}

TEST_F(BadInput, a_bad_address_or_time_of_a_lookup_is_named) {
  expect_complaint(run({etymon_program(), "lookup", "192.0.2"}), kWrongUse, {"192.0.2"});
  expect_complaint(run({etymon_program(), "lookup", "192.0.2.1", "--at", "noonish"}), kWrongUse,
                   {"noonish"});
}

TEST_F(BadInput, a_server_that_is_not_there_is_named) {
  const std::string socket = "unix:" + in_folder("nobody.sock");
  expect_complaint(run({etymon_program(), "--server", socket, "status"}), kNoServer, {socket});
}

}  // namespace
}  // namespace etymon::testing

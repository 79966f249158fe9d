// The configuration from all its sources together.
#include "api/daemon/load_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/fakes.h"

namespace etymon::daemon {
namespace {

using ::testing::HasSubstr;

Machine machine() {
  return {{*IpAddress::from_text("127.0.0.1")}, "nameserver 192.0.2.53\n"};
}

Result<Config> load(const std::vector<std::string>& arguments) {
  return load_config(std::get<Flags>(*parse_flags(arguments)), machine());
}

TEST(LoadConfig, flag_comes_before_file_before_default) {
  const testing::TemporaryFolder folder;
  const std::string file = folder.path() + "/etymond.toml";
  std::ofstream(file) << "[store]\npath = \"/from/file\"\nsync = \"5s\"\n";
  const Result<Config> config = load({"--config", file, "--store", "/from/flag"});
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->store.path, "/from/flag");
  EXPECT_EQ(config->store.sync_every, Seconds(5));
  EXPECT_EQ(config->store.record_wait, Milliseconds(20));
  EXPECT_EQ(config->upstream.servers.front().text(), "192.0.2.53:53");
}

TEST(LoadConfig, a_mistake_in_the_file_is_told_by_file_line_and_key) {
  const testing::TemporaryFolder folder;
  const std::string file = folder.path() + "/etymond.toml";
  std::ofstream(file) << "[cache]\nsize = \"many\"\n";
  EXPECT_THAT(load({"--config", file}).error().message,
              HasSubstr(file + ":2: key 'cache.size': 'many' is not a size"));
}

TEST(LoadConfig, a_file_that_cannot_be_read_is_named) {
  const testing::TemporaryFolder folder;
  const std::string missing = folder.path() + "/missing.toml";
  EXPECT_EQ(load({"--config", missing}).error().message,
            missing + ": cannot be read: No such file or directory");
  EXPECT_THAT(load({"--config", folder.path()}).error().message, HasSubstr("cannot be read"));
}

TEST(LoadConfig, an_empty_file_sets_nothing) {
  const testing::TemporaryFolder folder;
  const std::string file = folder.path() + "/empty.toml";
  std::ofstream{file};
  const Result<Config> config = load({"--config", file});
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->store.path, "/var/lib/etymon");
}

}  // namespace
}  // namespace etymon::daemon

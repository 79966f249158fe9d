// Where the server is and who asks: flags before the environment before the file.
#include "api/cli/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "api/cli/arguments.h"
#include "tests/support/fakes.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kFile =
    "# where etymond is\n"
    "server = 192.0.2.1:5380\n"
    "token_file=/etc/etymon/token\n"
    "  ca = /etc/etymon/ca.pem  # ours\r\n";

ConnectionTexts connection(const std::vector<std::string>& arguments,
                           const ConnectionTexts& environment) {
  const auto invocation = parse_arguments(arguments, {environment, std::string(kFile), WallTime()});
  EXPECT_TRUE(invocation.ok()) << invocation.error().message;
  return invocation.ok() ? invocation->connection.texts : ConnectionTexts();
}

TEST(Connection, comes_from_the_file_where_nothing_nearer_says_otherwise) {
  const ConnectionTexts texts = connection({"status"}, {});
  EXPECT_EQ(texts.server, "192.0.2.1:5380");
  EXPECT_EQ(texts.token_file, "/etc/etymon/token");
  EXPECT_EQ(texts.ca, "/etc/etymon/ca.pem");
}

TEST(Connection, the_environment_comes_before_the_file_and_flags_before_both) {
  ConnectionTexts environment;
  environment.server = "192.0.2.2:5380";
  environment.token = "secret";
  EXPECT_EQ(connection({"status"}, environment).server, "192.0.2.2:5380");
  EXPECT_EQ(connection({"status"}, environment).token, "secret");
  EXPECT_EQ(connection({"status"}, environment).token_file, "") << "the token stands for it";
  const ConnectionTexts flags =
      connection({"status", "--server", "unix:/tmp/a", "--token-file", "mine"}, environment);
  EXPECT_EQ(flags.server, "unix:/tmp/a");
  EXPECT_EQ(flags.token_file, "mine");
  EXPECT_EQ(flags.token, "");
}

TEST(Connection, a_token_of_the_file_is_for_the_files_server_alone) {
  for (const char* other : {"unix:/tmp/a", "192.0.2.2:5380"}) {
    const ConnectionTexts texts = connection({"status", "--server", other}, {});
    EXPECT_EQ(texts.token_file, "") << other;
    EXPECT_EQ(texts.ca, "") << other;
  }
  EXPECT_EQ(connection({"status", "--server", "192.0.2.1:5380"}, {}).token_file,
            "/etc/etymon/token");
}

TEST(Connection, is_tls_on_loopback_where_an_authority_is_named_for_it) {
  const auto is_tls = [](const std::vector<std::string>& arguments, const char* file) {
    const auto invocation = parse_arguments(arguments, {{}, std::string(file), WallTime()});
    return invocation.ok() && invocation->connection.tls_on_loopback;
  };
  EXPECT_FALSE(is_tls({"status", "--server", "127.0.0.1"}, kFile)) << "the file's is for its own";
  EXPECT_FALSE(is_tls({"status", "--server", "127.0.0.1"}, "ca = ca.pem"));
  EXPECT_TRUE(is_tls({"status"}, "server = 127.0.0.1\nca = ca.pem"));
  EXPECT_TRUE(is_tls({"status", "--server", "127.0.0.1", "--ca", "ca.pem"}, ""));
}

TEST(Connection, a_certificate_wants_its_key) {
  for (const char* option : {"--certificate", "--key"}) {
    const auto invocation = parse_arguments(std::vector<std::string>{"status", option, "mine.pem"},
                                            {{}, std::string(), WallTime()});
    ASSERT_FALSE(invocation.ok()) << option;
    EXPECT_THAT(invocation.error().message, HasSubstr("belong together"));
  }
}

TEST(Connection, a_token_cannot_be_given_on_the_command_line) {
  EXPECT_FALSE(parse_arguments(std::vector<std::string>{"status", "--token", "secret"},
                               {{}, std::string(), WallTime()})
                   .ok());
}

TEST(Connection, a_wrong_line_of_the_file_is_named) {
  for (const char* text : {"\nserver", "\ntoken = secret", "\n= x"}) {
    const auto texts = connection_of_file(text);
    ASSERT_FALSE(texts.ok()) << text;
    EXPECT_THAT(texts.error().message, HasSubstr("line 2"));
  }
}

TEST(Connection, a_file_that_is_not_there_says_nothing_and_one_that_cannot_be_read_is_named) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() + "/etymon.conf") << "server = 192.0.2.1\n";
  EXPECT_EQ(read_connection_file(folder.path() + "/etymon.conf").value(), "server = 192.0.2.1\n");
  EXPECT_EQ(read_connection_file(folder.path() + "/missing").value(), "");

  const auto a_folder = read_connection_file(folder.path());
  ASSERT_FALSE(a_folder.ok());
  EXPECT_EQ(a_folder.error().code, ErrorCode::kIo);
  EXPECT_EQ(a_folder.error().message, folder.path() + " cannot be read: Is a directory");
}

TEST(Connection, that_is_not_known_for_a_file_is_needed_by_who_asks_alone) {
  const auto parsed = [](const std::string& verb) {
    return parse_arguments(std::vector{verb},
                           {{}, Error{ErrorCode::kIo, "it cannot be read"}, WallTime()});
  };
  ASSERT_FALSE(parsed("status").ok());
  EXPECT_EQ(parsed("status").error().message, "it cannot be read");
  for (const char* asks_nobody : {"version", "help", "manual", "--version", "--help"}) {
    EXPECT_TRUE(parsed(asks_nobody).ok()) << asks_nobody;
  }
}

TEST(Connection, a_file_that_cannot_be_read_stops_nobody_who_names_the_server) {
  const Error unreadable{ErrorCode::kIo, "it cannot be read"};
  const auto flag =
      parse_arguments(std::vector<std::string>{"status", "--server", "192.0.2.1:5380"},
                      {{}, unreadable, WallTime()});
  ASSERT_TRUE(flag.ok()) << flag.error().message;
  EXPECT_EQ(flag->connection.texts.server, "192.0.2.1:5380");
  ConnectionTexts environment;
  environment.server = "192.0.2.1:5380";
  const auto variable =
      parse_arguments(std::vector<std::string>{"status"}, {environment, unreadable, WallTime()});
  ASSERT_TRUE(variable.ok()) << variable.error().message;
  EXPECT_EQ(variable->connection.texts.server, "192.0.2.1:5380");
}

TEST(Connection, reads_the_files_it_names) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() + "/token") << " 0123 \nrest";
  std::ofstream(folder.path() + "/ca") << "PEM";
  std::ofstream(folder.path() + "/empty") << "\n";
  Connection connection;
  ConnectionTexts& texts = connection.texts;
  texts.token_file = folder.path() + "/token";
  texts.ca = folder.path() + "/ca";
  const auto identity = read_identity(connection);
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  EXPECT_EQ(identity->token, "0123");
  EXPECT_EQ(identity->ca, "PEM");
  texts.token_file = folder.path() + "/empty";
  EXPECT_EQ(read_identity(connection).error().code, ErrorCode::kInvalidArgument);
  texts.token_file = folder.path() + "/missing";
  EXPECT_THAT(read_identity(connection).error().message,
              HasSubstr("/missing cannot be read: No such file or directory"));
  texts.token_file = "/dev/zero";
  EXPECT_THAT(read_identity(connection).error().message, HasSubstr("/dev/zero is too large"));
}

TEST(Connection, a_token_is_printable_ascii_without_blanks) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/token";
  for (const char* wrong : {"caf\xC3\xA9", "two words", "a\tb", "a\x7F", "\x01",
                            "\xEF\xBB\xBF"
                            "a"}) {
    std::ofstream(path) << wrong;
    Connection from_file;
    from_file.texts.token_file = path;
    Connection from_environment;
    from_environment.texts.token = wrong;
    for (const auto& [connection, source] :
         {std::pair(&from_file, path), std::pair(&from_environment, std::string("ETYMON_TOKEN"))}) {
      const auto identity = read_identity(*connection);
      ASSERT_FALSE(identity.ok()) << wrong;
      EXPECT_EQ(identity.error().code, ErrorCode::kInvalidArgument);
      EXPECT_EQ(identity.error().message, source + ": a token is printable ASCII without blanks");
    }
  }
  Connection connection;
  connection.texts.token = "!~azAZ09-._+/=";
  EXPECT_TRUE(read_identity(connection).ok());
}

}  // namespace
}  // namespace etymon::cli

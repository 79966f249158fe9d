// Where the API is, as people write it.
#include "api/server_address.h"

#include <gtest/gtest.h>

#include "api/command_line.h"

namespace etymon::api {
namespace {

TEST(ServerAddress, is_a_socket_or_an_endpoint) {
  EXPECT_EQ(ServerAddress::from_text("unix:/run/a.sock")->socket_path, "/run/a.sock");
  EXPECT_EQ(ServerAddress::from_text("127.0.0.1:1234")->endpoint.port, 1234);
  EXPECT_EQ(ServerAddress::from_text("[::1]:1234")->endpoint.port, 1234);
  EXPECT_EQ(ServerAddress::from_text("127.0.0.1")->endpoint.port, kDefaultPort);
}

TEST(ServerAddress, text_reads_back) {
  for (const char* text : {"unix:/run/a.sock", "127.0.0.1:1234", "[2001:db8::1]:5380"}) {
    EXPECT_EQ(ServerAddress::from_text(text)->text(), text);
  }
}

TEST(ServerAddress, refuses_what_is_neither) {
  for (const std::string& text :
       {std::string(), std::string("localhost:5380"), std::string("unix:"),
        std::string("http://127.0.0.1"), "unix:/" + std::string(107, 'x')}) {
    EXPECT_FALSE(ServerAddress::from_text(text).ok()) << text;
  }
}

TEST(ServerAddress, is_local_when_no_other_machine_reaches_it) {
  for (const char* text : {"unix:/run/a.sock", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1"}) {
    EXPECT_TRUE(ServerAddress::from_text(text)->is_local()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "192.168.1.1:1", "[fe80::1]:1"}) {
    EXPECT_FALSE(ServerAddress::from_text(text)->is_local()) << text;
  }
}

TEST(ErrorLine, is_one_line_whatever_it_quotes) {
  EXPECT_EQ(error_line("etymon", "no 'a\nb\x1b[2J'"), "etymon: no 'a b [2J'\n");
}

}  // namespace
}  // namespace etymon::api

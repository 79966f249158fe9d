// The file of callers.
#include "api/service/callers.h"

#include <gmock/gmock.h>

#include "tests/unit/service/access_test.h"

namespace etymon::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Callers, are_known_by_secret_or_common_name) {
  const auto callers = Callers::from_text(
      "# who may call\n"
      "siem ask token:00000000000000000000000000000001\n"
      "\n"
      "tap  ingest cert:tap.example  # a sensor\n"
      "desk ask token:00000000000000000000000000000004 192.168.1.0/24,2001:db8::/32\r\n");
  ASSERT_TRUE(callers.ok()) << callers.error().message;
  EXPECT_EQ(callers->by_secret(kAsker)->name, "siem");
  EXPECT_EQ(callers->by_common_name("tap.example")->role, Role::kIngest);
  const auto desk = callers->by_secret(kDesk);
  EXPECT_TRUE(desk->may_ask_about(*IpAddress::from_text("192.168.1.7")));
  EXPECT_TRUE(desk->may_ask_about(*IpAddress::from_text("2001:db8::7")));
  EXPECT_FALSE(desk->may_ask_about(*IpAddress::from_text("192.168.2.7")));
  EXPECT_FALSE(callers->by_secret("").has_value());
  EXPECT_FALSE(callers->by_common_name("").has_value());
  EXPECT_FALSE(callers->by_secret("00000000000000000000000000000009").has_value());
}

TEST(Callers, a_wrong_line_is_named_without_its_secret) {
  for (const char* line : {"siem", "siem root token:00000000000000000000000000000001",
                           "siem ask 00000000000000000000000000000001", "siem ask token:short",
                           "siem ask token:00000000000000000000000000000001 nine",
                           "siem admin token:00000000000000000000000000000001 10.0.0.0/8",
                           "siem ask token:00000000000000000000000000000001 10.0.0.0/8 more"}) {
    const auto callers = Callers::from_text(std::string("\n") + line);
    ASSERT_FALSE(callers.ok()) << line;
    EXPECT_THAT(callers.error().message, HasSubstr("line 2"));
    EXPECT_THAT(callers.error().message, Not(HasSubstr("0000")));
  }
}

TEST(Callers, a_secret_may_have_a_hash_in_it) {
  const auto callers = Callers::from_text("siem ask token:0000000000000000000000000000000#1  # x");
  ASSERT_TRUE(callers.ok()) << callers.error().message;
  EXPECT_TRUE(callers->by_secret("0000000000000000000000000000000#1").has_value());
}

TEST(Callers, a_token_or_a_certificate_is_one_callers) {
  const std::string line = "siem ask token:00000000000000000000000000000001\n";
  EXPECT_FALSE(Callers::from_text(line + line).ok());
  EXPECT_FALSE(Callers::from_text("a ask cert:x\nb admin cert:x").ok());
  EXPECT_TRUE(Callers::from_text(line + "siem ask token:00000000000000000000000000000002").ok())
      << "a caller may have two while one replaces the other";
}

TEST(Callers, are_not_called_as_those_who_are_not_listed) {
  for (const std::string name : {"unix", "loopback"}) {
    const auto callers = Callers::from_text(name + " ask token:00000000000000000000000000000001");
    ASSERT_FALSE(callers.ok()) << name;
    EXPECT_THAT(callers.error().message, HasSubstr("'" + name + "'"));
  }
}

TEST(Callers, are_a_thousand_at_most) {
  std::string text;
  for (size_t i = 0; i < Callers::kMax; ++i) {
    text += "sensor ingest cert:sensor-" + std::to_string(i) + "\n";
  }
  EXPECT_TRUE(Callers::from_text(text).ok());
  const auto callers = Callers::from_text(text + "siem ask cert:siem\n");
  ASSERT_FALSE(callers.ok());
  EXPECT_THAT(callers.error().message, HasSubstr("line 1001: more than 1000"));
}

TEST(Callers, a_file_that_others_may_read_is_refused) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/callers";
  write_file(path, "", 0644);
  EXPECT_EQ(Callers::from_file(path).error().code, ErrorCode::kPermissionDenied);
  write_file(path, "", 0640);
  EXPECT_TRUE(Callers::from_file(path).ok());
  EXPECT_EQ(Callers::from_file(path + "x").error().code, ErrorCode::kIo);
}

TEST(Callers, a_file_of_more_than_a_mebibyte_is_refused) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/callers";
  write_file(path, std::string(Callers::kFileMax, '\n'));
  EXPECT_TRUE(Callers::from_file(path).ok());
  write_file(path, std::string(Callers::kFileMax + 1, '\n'));
  EXPECT_THAT(Callers::from_file(path).error().message, HasSubstr("more than 1 MiB"));
}

TEST(Callers, a_pipe_that_nobody_writes_into_is_refused_and_not_waited_for) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/callers";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(Callers::from_file(path).error().message, HasSubstr("it is no file"));
}

}  // namespace
}  // namespace etymon::service

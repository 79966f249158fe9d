// Programs that are started with standard input or output closed, as by `<&-`: their next file or
// socket must not get that number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kFailed = 5;

// In front of a command, which the shell then becomes. `redirection`: "<&-".
std::vector<std::string> with(const std::string& redirection) {
  return {"sh", "-c", "exec \"$@\" " + redirection, "sh"};
}

class ClosedStreams : public ::testing::Test {
 protected:
  Finished command(const std::string& redirection, const std::vector<std::string>& arguments) {
    std::vector<std::string> line = with(redirection);
    line.insert(line.end(), {etymon_program(), "--server", etymond_.api()});
    line.insert(line.end(), arguments.begin(), arguments.end());
    return run(line);
  }

  const Knot knot_;
  const Etymond etymond_{{knot_.address()}, {}, with("<&- 2>&-")};
};

TEST_F(ClosedStreams, what_would_read_from_one_is_told_and_does_not_wait) {
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"annotate"}, {"lookup", "--file", "-"}, {"bypass", "-"}}) {
    const Finished ended = command("<&-", verb);
    EXPECT_EQ(ended.status, kFailed) << verb.front();
    EXPECT_THAT(ended.err, HasSubstr("Bad file descriptor")) << verb.front();
  }
}

TEST_F(ClosedStreams, what_would_write_to_one_is_told) {
  const Finished ended = command(">&-", {"status"});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_THAT(ended.err, HasSubstr("cannot write the answer: Bad file descriptor"));
}

TEST_F(ClosedStreams, no_line_of_the_log_goes_into_a_file_of_the_daemons) {
  const std::string descriptors = "/proc/" + std::to_string(etymond_.process()) + "/fd/";
  EXPECT_EQ(std::filesystem::read_symlink(descriptors + "0"), "/dev/null");
  EXPECT_EQ(std::filesystem::read_symlink(descriptors + "2"), "/dev/null");
  EXPECT_EQ(etymond_.host().ask("www.example.test").status, "NOERROR");
}

}  // namespace
}  // namespace etymon::testing

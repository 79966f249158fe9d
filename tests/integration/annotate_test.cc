// A firewall's log with the names added: by the command, and by it inside Debian's rsyslogd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "resolver/base/time_text.h"
#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string packet(const std::string& destination) {
  return "kernel: IN=eth1 OUT=eth0 SRC=127.0.0.1 DST=" + destination +
         " LEN=60 PROTO=TCP SPT=51514 DPT=443";
}

// Takes connections and never says a word.
class SilentServer {
 public:
  explicit SilentServer(std::string path)
      : path_(std::move(path)), descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(descriptor_, 1), 0);
  }
  ~SilentServer() { close(descriptor_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
  const int descriptor_;
};

class Annotating : public ::testing::Test {
 protected:
  Annotating() { etymond_.host().ask("www.example.test"); }

  std::string now() const { return format_time(clock_.wall()); }

  const SystemClock clock_;
  const Knot knot_;
  Etymond etymond_{{knot_.address()}};
};

TEST_F(Annotating, a_log_comes_back_with_the_names) {
  const std::string line = now() + " gw " + packet("192.0.2.10");
  const Finished done = etymond_.command({"annotate"}, line + "\nsomething else\n");
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.out, line + " name=www.example.test verdict=LIVE\nsomething else\n");
  EXPECT_EQ(done.err, "annotated 2 lines: netfilter 1, unknown 1; named 1\n");
}

TEST_F(Annotating, a_mistake_in_an_option_is_told_before_anything_is_read) {
  const Finished done = etymond_.command({"annotate", "--timezone", "Mars"}, "x\n");
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.out, "");
  EXPECT_THAT(done.err, HasSubstr("--timezone"));
}

TEST_F(Annotating, a_column_that_the_header_lacks_is_told_before_any_line) {
  const Finished done = etymond_.command({"annotate", "--columns", "source=From,destination=Too"},
                                         "From,To\n127.0.0.1,192.0.2.10\n");
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.out, "");
  EXPECT_THAT(done.err, HasSubstr("--columns: the first line has no column \"Too\""));
}

TEST_F(Annotating, for_rsyslog_there_is_an_answer_even_without_a_server) {
  const std::string line = now() + " gw " + packet("192.0.2.10") + "\n";
  EXPECT_THAT(etymond_.command({"annotate", "--rsyslog"}, line + "x\n").out,
              ::testing::AllOf(HasSubstr(R"({"$!":{"etymon":{"name":"www.example.test",)"),
                               EndsWith("}}\n{}\n")));
  etymond_.stop();
  const Finished done = etymond_.command({"annotate", "--rsyslog"}, line);
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.out, HasSubstr(R"({"$!":{"etymon":{"error":"SERVER_UNREACHABLE")"));
  EXPECT_EQ(done.err, "");
}

// A message waits in rsyslog's queue for each answer.
TEST_F(Annotating, for_rsyslog_a_server_that_says_nothing_is_waited_for_briefly) {
  const TemporaryFolder folder;
  const SilentServer silent(folder.path() + "/api.sock");
  const SystemClock clock;
  const MonotonicTime began = clock.monotonic();
  const Finished done =
      run({etymon_program(), "--server", "unix:" + silent.path(), "annotate", "--rsyslog"},
          now() + " gw " + packet("192.0.2.10") + "\n");
  EXPECT_LT(clock.monotonic() - began, Seconds(20));
  EXPECT_THAT(done.out, HasSubstr(R"({"$!":{"etymon":{"error":"SERVER_UNREACHABLE")"));
}

// rsyslogd with a configuration of its own, which hands messages to the command and writes them.
class Rsyslog {
 public:
  Rsyslog(const std::string& command, const std::string& input)
      : port_(free_port()), process_(start(command, input)) {}

  // Sends a message until it has arrived: before the daemon listens they are lost.
  std::string written_after(const std::string& message) {
    eventually([&] {
      send_datagram(port_, message);
      return !written().empty();
    });
    return written();
  }

 private:
  std::string written() const {
    std::ifstream file(folder_.path() + "/out.log");
    std::string line;
    std::getline(file, line);
    return file.eof() ? "" : line;
  }

  std::vector<std::string> start(const std::string& command, const std::string& input) const {
    const std::string path = folder_.path() + "/rsyslog.conf";
    std::ofstream(path) << "global(workDirectory=\"" << folder_.path() << "\")\n"
                        << "module(load=\"imudp\")\nmodule(load=\"mmexternal\")\n"
                        << "input(type=\"imudp\" address=\"127.0.0.1\" port=\"" << port_ << "\")\n"
                        << "template(name=\"named\" type=\"string\" "
                           "string=\"%msg% name=%$!etymon!name% verdict=%$!etymon!verdict%\\n\")\n"
                        << "action(type=\"mmexternal\" binary=\"" << command
                        << "\" interface.input=\"" << input << "\")\n"
                        << "action(type=\"omfile\" template=\"named\" file=\"" << folder_.path()
                        << "/out.log\")\n";
    return {"rsyslogd", "-n", "-f", path, "-i", folder_.path() + "/pid"};
  }

  TemporaryFolder folder_;
  uint16_t port_;
  Process process_;
};

TEST_F(Annotating, inside_rsyslogd_a_message_gets_its_name) {
  for (const char* input : {"msg", "rawmsg", "fulljson"}) {
    Rsyslog rsyslog(etymon_program() + " --server " + etymond_.api() + " annotate --rsyslog",
                    input);
    EXPECT_THAT(rsyslog.written_after("<4>1 " + now() + " gw kernel - - - " + packet("192.0.2.10")),
                EndsWith("DPT=443 name=www.example.test verdict=LIVE"))
        << input;
  }
}

}  // namespace
}  // namespace etymon::testing

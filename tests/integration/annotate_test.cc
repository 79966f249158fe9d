// A firewall's log with the names added: by the command, and by it inside Debian's rsyslogd.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

// A pipe with a name, as a log that never ends: one line after the other.
class LiveLog {
 public:
  explicit LiveLog(std::string path) : path_(std::move(path)) {
    EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
    // For reading, too: else to open it would wait for the reader.
    descriptor_ = open(path_.c_str(), O_RDWR | O_CLOEXEC);
  }
  ~LiveLog() { end(); }
  LiveLog(const LiveLog&) = delete;
  LiveLog& operator=(const LiveLog&) = delete;

  const std::string& path() const { return path_; }
  void write(const std::string& line) {
    EXPECT_EQ(::write(descriptor_, line.data(), line.size()), static_cast<ssize_t>(line.size()));
  }
  void end() {
    if (descriptor_ >= 0) {
      close(std::exchange(descriptor_, -1));
    }
  }

 private:
  const std::string path_;
  int descriptor_ = -1;
};

TEST_F(Annotating, a_live_log_outlives_the_daemon_and_no_line_is_lost) {
  const TemporaryFolder folder;
  LiveLog log(folder.path() + "/log");
  Process annotate({etymon_program(), "--server", etymond_.api(), "annotate", log.path()});
  size_t lines = 0;
  // Writes a line, and gives it as it comes back.
  const auto next = [&] {
    const std::string begins = now() + " gw line " + std::to_string(++lines) + " ";
    log.write(begins + packet("192.0.2.10") + "\n");
    std::string back;
    eventually([&] {
      const std::string out = annotate.out();
      back = out.substr(std::min(out.find(begins), out.size()));
      return back.ends_with('\n');
    });
    return back;
  };
  EXPECT_THAT(next(), EndsWith("DPT=443 name=www.example.test verdict=LIVE\n"));
  etymond_.kill();
  EXPECT_THAT(next(), EndsWith("DPT=443 verdict=ERROR reason=SERVER_UNREACHABLE\n"));
  EXPECT_THAT(next(), EndsWith("DPT=443 verdict=ERROR reason=SERVER_UNREACHABLE\n"));
  etymond_.start();
  etymond_.host().ask("www.example.test");
  EXPECT_TRUE(eventually([&] { return next().ends_with(" verdict=LIVE\n"); }));
  log.end();
  EXPECT_EQ(annotate.wait(), 5);
  EXPECT_EQ(std::ranges::count(annotate.out(), '\n'), static_cast<ptrdiff_t>(lines));
  EXPECT_THAT(annotate.err(), HasSubstr("annotated " + std::to_string(lines) + " lines: "));
}

TEST_F(Annotating, without_a_daemon_the_command_ends_before_it_reads) {
  etymond_.stop();
  const Finished done = etymond_.command({"annotate"}, "something\n");
  EXPECT_EQ(done.status, 4);
  EXPECT_EQ(done.out, "");
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

// Who may ask a real daemon: by socket, loopback address, token and certificate; and what an admin
// may change while it runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "tests/integration/etymond.h"
#include "tests/support/certificates.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kOk = 0;
constexpr int kUnreachable = 4;
constexpr int kFailed = 5;
constexpr const char* kToken = "0123456789abcdef0123456789abcdef";

class AccessOfADaemon : public ::testing::Test {
 protected:
  // Gives the configuration's path.
  std::string prepare() const {
    certificates_.issue("server", "etymond.example");
    certificates_.issue("siem", "siem.example");
    certificates_.issue("stranger", "stranger.example");
    write("callers",
          "siem ask cert:siem.example 127.0.0.0/8\nroot admin token:" + std::string(kToken) + "\n");
    write("token", std::string(kToken) + "\n");
    const auto setting = [](const std::string& key, const std::string& value) {
      return key + " = \"" + value + "\"\n";
    };
    write("etymond.toml", "[api]\n" + setting("callers", in_folder("callers")) +
                              setting("audit", in_folder("audit")) +
                              setting("tls_certificate", certificates_.file("server")) +
                              setting("tls_key", certificates_.key("server")) +
                              setting("tls_client_ca", certificates_.file("authority")));
    return in_folder("etymond.toml");
  }

  std::string in_folder(const std::string& name) const { return folder_.path() + "/" + name; }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(in_folder(name)) << text;
    chmod(in_folder(name).c_str(), 0600);
  }

  std::string text_of(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(in_folder(name)).rdbuf();
    return text.str();
  }

  // `etymon`, as somebody on another machine with this certificate of `own`, who believes the
  // authority of `trusted`.
  Finished over_tls(const std::string& certificate, std::vector<std::string> arguments,
                    const Certificates& own, const Certificates& trusted) const {
    arguments.insert(arguments.begin(),
                     {etymon_program(), "--server", "127.0.0.1:" + std::to_string(tls_port_),
                      "--ca", trusted.file("authority"), "--certificate", own.file(certificate),
                      "--key", own.key(certificate)});
    return run(arguments);
  }
  Finished over_tls(const std::string& certificate, std::vector<std::string> arguments,
                    const Certificates& own) const {
    return over_tls(certificate, std::move(arguments), own, certificates_);
  }
  Finished over_tls(const std::string& certificate, std::vector<std::string> arguments) const {
    return over_tls(certificate, std::move(arguments), certificates_, certificates_);
  }

  // `etymon`, as somebody on this machine.
  Finished over_loopback(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {etymon_program(), "--server", "127.0.0.1:" + std::to_string(plain_port_)});
    return run(arguments);
  }

  const TemporaryFolder folder_;
  const Certificates certificates_{folder_.path()};
  const uint16_t tls_port_ = free_port();
  const uint16_t plain_port_ = free_port();
  const ScriptedResolver upstream_{
      [](const Asked& asked) { return answer_to(asked).a(asked.name, 60, "192.0.2.10"); }};
  const Etymond etymond_{{upstream_.address()},
                         {"--config", prepare(), "--api", "0.0.0.0:" + std::to_string(tls_port_),
                          "--api", "127.0.0.1:" + std::to_string(plain_port_)}};
};

TEST_F(AccessOfADaemon, a_certificate_asks_about_the_clients_that_it_may) {
  etymond_.host("127.0.0.5").ask("www.example");
  const Finished named = over_tls("siem", {"lookup", "192.0.2.10", "--client", "127.0.0.5"});
  EXPECT_EQ(named.status, kOk) << named.err;
  EXPECT_THAT(named.out, HasSubstr("www.example"));
  const Finished all = over_tls("siem", {"lookup", "192.0.2.10"});
  EXPECT_EQ(all.status, kFailed);
  EXPECT_THAT(all.err, HasSubstr("some clients only"));
  EXPECT_EQ(over_tls("siem", {"verify"}).status, kFailed);
}

TEST_F(AccessOfADaemon, a_certificate_that_is_not_listed_is_nobody_without_a_token) {
  EXPECT_THAT(over_tls("stranger", {"status"}).err, HasSubstr("a certificate that is listed"));
  EXPECT_EQ(over_tls("stranger", {"verify", "--token-file", in_folder("token")}).status, kOk);
}

TEST_F(AccessOfADaemon, without_tls_or_without_a_certificate_there_is_no_connection) {
  const std::vector<std::string> plain = {etymon_program(), "--server",
                                          "127.0.0.1:" + std::to_string(tls_port_), "status"};
  std::vector<std::string> anonymous = plain;
  anonymous.insert(anonymous.end(), {"--ca", certificates_.file("authority")});
  for (const auto& command : {plain, anonymous}) {
    const Finished refused = run(command);
    EXPECT_EQ(refused.status, kUnreachable);
    EXPECT_THAT(refused.err, HasSubstr("does it want TLS (--ca), or another certificate"));
  }
}

TEST_F(AccessOfADaemon, a_certificate_of_another_authority_is_not_let_in_nor_believed) {
  const TemporaryFolder elsewhere;
  const Certificates others(elsewhere.path());
  others.issue("siem", "siem.example");
  const Finished refused = over_tls("siem", {"status"}, others);
  EXPECT_EQ(refused.status, kUnreachable);
  EXPECT_THAT(refused.err, HasSubstr("another certificate (--certificate)"));
  const Finished suspicious = over_tls("siem", {"status"}, certificates_, others);
  EXPECT_EQ(suspicious.status, kUnreachable);
  EXPECT_THAT(suspicious.err, HasSubstr("not signed by whom we believe"));
}

TEST_F(AccessOfADaemon, a_server_of_another_name_is_not_believed) {
  EXPECT_EQ(over_tls("siem", {"status", "--server-name", "etymond.example"}).status, kOk);
  const Finished other = over_tls("siem", {"status", "--server-name", "other.example"});
  EXPECT_EQ(other.status, kUnreachable);
  EXPECT_THAT(other.err, HasSubstr("certificate is for another name"));
}

TEST_F(AccessOfADaemon, certificates_that_cannot_be_used_are_said_to_be_ours) {
  const Finished failed =
      run({etymon_program(), "--server", "127.0.0.1:" + std::to_string(tls_port_), "--ca",
           certificates_.file("authority"), "--certificate", certificates_.file("siem"), "--key",
           certificates_.key("server"), "status"});
  EXPECT_EQ(failed.status, kUnreachable);
  EXPECT_THAT(failed.err, HasSubstr("our certificates cannot be used"));
  EXPECT_EQ(std::ranges::count(failed.err, '\n'), 1);
}

TEST_F(AccessOfADaemon, a_loopback_address_lets_everybody_ask_and_nothing_more) {
  EXPECT_EQ(over_loopback({"status"}).status, kOk);
  const Finished refused = over_loopback({"backup", in_folder("backup")});
  EXPECT_EQ(refused.status, kFailed);
  EXPECT_THAT(refused.err, HasSubstr("'loopback' has the role ask; this wants admin"));
  EXPECT_EQ(
      over_loopback({"--token-file", in_folder("token"), "backup", in_folder("backup")}).status,
      kOk);
}

TEST_F(AccessOfADaemon, the_environment_names_the_server_and_the_token) {
  const auto verify_in = [](std::vector<std::string> environment) {
    environment.insert(environment.begin(), "env");
    environment.insert(environment.end(), {etymon_program(), "verify"});
    return run(environment);
  };
  const std::string server = "ETYMON_SERVER=127.0.0.1:" + std::to_string(plain_port_);
  const Finished refused = verify_in({server});
  EXPECT_EQ(refused.status, kFailed);
  EXPECT_THAT(refused.err, HasSubstr("'loopback' has the role ask; this wants admin"));
  EXPECT_EQ(verify_in({server, "ETYMON_TOKEN_FILE=" + in_folder("token")}).status, kOk);
  EXPECT_EQ(verify_in({server, "ETYMON_TOKEN=" + std::string(kToken)}).status, kOk);
  EXPECT_THAT(verify_in({server, "ETYMON_TOKEN_FILE=" + in_folder("nothing")}).err,
              HasSubstr(in_folder("nothing") + " cannot be read"));
  EXPECT_EQ(verify_in({"ETYMON_SERVER=127.0.0.1:" + std::to_string(free_port())}).status,
            kUnreachable);
}

TEST_F(AccessOfADaemon, all_of_it_is_on_record) {
  over_tls("siem", {"lookup", "192.0.2.10", "--client", "127.0.0.5"});
  over_loopback({"verify"});
  etymond_.command({"flush", "www.example"});
  const std::string record = text_of("audit");
  EXPECT_THAT(record, HasSubstr("\"caller\":\"siem\""));
  EXPECT_THAT(record, HasSubstr("\"client\":\"127.0.0.5\",\"subject\":\"192.0.2.10\""));
  EXPECT_THAT(record, HasSubstr("\"method\":\"Verify\",\"client\":\"\",\"subject\":\"\","
                                "\"refused\":\"ROLE_MISSING\""));
  EXPECT_THAT(record, HasSubstr("\"caller\":\"loopback\"")) << "who shows no token";
  EXPECT_THAT(record, HasSubstr("\"caller\":\"unix\""));
  EXPECT_THAT(record, HasSubstr("\"method\":\"FlushCache\""));
}

TEST_F(AccessOfADaemon, a_caller_who_is_taken_off_the_list_is_out_without_a_restart) {
  EXPECT_EQ(over_tls("siem", {"status"}).status, kOk);
  write("callers", "");
  EXPECT_TRUE(eventually([this] { return over_tls("siem", {"status"}).status == kFailed; }));
  EXPECT_THAT(etymond_.said(), HasSubstr("callers were read again"));
  write("callers", "rubbish\n");
  EXPECT_TRUE(eventually([this] {
    over_tls("siem", {"status"});
    return etymond_.said().find("line 1") != std::string::npos;
  })) << "and a mistake is told";
}

TEST_F(AccessOfADaemon, a_flush_lets_the_next_question_go_upstream) {
  for (const char* name : {"www.example", "a.www.example", "other.example", "www.example"}) {
    etymond_.host().ask(name);
  }
  EXPECT_EQ(upstream_.times_asked("www.example"), 1U);
  EXPECT_EQ(etymond_.command({"flush", "www.example", "--subtree"}).out,
            "forgot 2 cached answers\n");
  etymond_.host().ask("www.example");
  EXPECT_EQ(upstream_.times_asked("www.example"), 2U);
  EXPECT_EQ(etymond_.command({"flush", "other.example", "--json"}).out, "{\"answers\":\"1\"}\n");
  EXPECT_EQ(etymond_.command({"flush"}).out, "forgot 1 cached answer\n");
  EXPECT_EQ(etymond_.lookup("192.0.2.10", "127.0.0.1").at("verdict"), "VERDICT_LIVE")
      << "what was delivered stays known";
}

TEST_F(AccessOfADaemon, retention_changes_while_it_runs_and_less_is_kept_only_by_consent) {
  EXPECT_EQ(etymond_.command({"retention"}).out, "keeps 36500 d, and at most 8 GiB of tables\n");
  const Finished unasked = etymond_.command({"retention", "--keep", "90d"});
  EXPECT_EQ(unasked.status, 2);
  EXPECT_THAT(unasked.err, HasSubstr("--yes"));
  EXPECT_EQ(etymond_.command({"retention", "--keep", "90d", "--yes"}).out,
            "keeps 90 d, and at most 8 GiB of tables\n");
  EXPECT_EQ(etymond_.command({"retention", "--keep", "91d", "--keep-bytes", "9GiB"}).out,
            "keeps 91 d, and at most 9 GiB of tables\n")
      << "more is kept without being asked";
  EXPECT_THAT(etymond_.command({"retention", "--keep", "1s", "--yes"}).err, HasSubstr("keep"));
  const Json in_force = Json::parse(etymond_.command({"retention", "--json"}).out);
  EXPECT_EQ(in_force.at("keep_bytes"), std::to_string(uint64_t{9} << 30));
}

TEST_F(AccessOfADaemon, the_log_level_changes_while_it_runs) {
  EXPECT_EQ(etymond_.command({"log-level", "error"}).out, "log level error, before: info\n");
  EXPECT_EQ(etymond_.command({"log-level", "debug"}).out, "log level debug, before: error\n");
}

}  // namespace
}  // namespace etymon::testing

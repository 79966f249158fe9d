// What two hosts were told, as every verb beyond `lookup` tells it: to people, and to programs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "tests/integration/etymond.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr int kUnreachable = 4;
constexpr int kFailed = 5;
constexpr const char* kName = "www.example";
constexpr const char* kAddress = "192.0.2.10";
constexpr const char* kStranger = "203.0.113.200";  // in no answer

// As people read it, whatever the locale.
const std::string kMoment = "[0-9-]{10} [0-9:]{8} UTC";
const std::string kRecorded = "Recorded without a gap from " + kMoment + " to " + kMoment + "\\.\n";
const std::string kArrow = " (->|→) ";
const std::string kDrawn = kName + kArrow + "edge.example" + kArrow + kAddress;

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(Json::parse(line));
  }
  return lines;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Verbs : public ::testing::Test {
 protected:
  Verbs() {
    etymond_.host("127.0.0.5").ask(kName);
    etymond_.host("127.0.0.6").ask(kName);
  }

  // With this configuration file.
  std::string config() const {
    const std::string path = folder_.path() + "/etymond.toml";
    std::ofstream(path) << "[api]\naudit = \"" << audit_ << "\"\n";
    return path;
  }

  std::string said(const std::vector<std::string>& arguments, std::string_view input = {}) const {
    const Finished done = etymond_.command(arguments, input);
    EXPECT_EQ(done.status, 0) << done.err;
    return done.out;
  }

  // The only line that `arguments` and -j print.
  Json row(std::vector<std::string> arguments, std::string_view input = {}) const {
    arguments.emplace_back("-j");
    const std::vector<Json> rows = lines_of(said(arguments, input));
    EXPECT_EQ(rows.size(), 1U);
    return rows.empty() ? Json() : rows.front();
  }

  std::vector<std::string> watching(const std::vector<std::string>& more) const {
    std::vector<std::string> line = {etymon_program(), "--server", etymond_.api(), "watch"};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }

  const TemporaryFolder folder_;
  const std::string audit_ = folder_.path() + "/audit";
  const ScriptedResolver upstream_{[](const Asked& asked) {
    return answer_to(asked).cname(asked.name, 300, "edge.example").a("edge.example", 300, kAddress);
  }};
  Etymond etymond_{{upstream_.address()}, {"--config", config()}};
};

TEST_F(Verbs, names_tells_what_a_name_led_to_and_who_led_to_an_address) {
  for (const char* subject : {kName, "*.example", "*.", kAddress, "192.0.2.0/24"}) {
    EXPECT_THAT(said({"names", subject}),
                MatchesRegex("FIRST +LAST +COUNT +HOSTS +NAME\n" + kMoment + "  " + kMoment +
                             "      2      2  " + kDrawn + "\n"))
        << subject;
    const Json json = row({"names", subject});
    EXPECT_EQ(json.at("name"), kName);
    EXPECT_EQ(json.at("type"), "A");
    EXPECT_EQ(json.at("data"), kAddress);
    EXPECT_THAT(json.at("chain"), ElementsAre("edge.example"));
    EXPECT_EQ(json.at("count"), 2);
    EXPECT_EQ(json.at("hosts"), 2);
    EXPECT_LE(time_in(json.at("first")), time_in(json.at("last")));
  }
  EXPECT_EQ(said({"names", kName, "-p", "minimal"}), "192.0.2.10\n");
  EXPECT_EQ(said({"names", "*.example", "-p", "minimal"}), "www.example\n");
  EXPECT_EQ(said({"names", kAddress, "-p", "minimal"}), "www.example\n");
  EXPECT_EQ(row({"names", kName, "--client", "127.0.0.6"}).at("count"), 1);
  EXPECT_EQ(said({"names", kName, "-B", "yesterday", "-p", "minimal"}), "");
}

TEST_F(Verbs, client_tells_what_one_host_was_told) {
  EXPECT_THAT(
      said({"client", "127.0.0.5"}),
      MatchesRegex("[0-9-]{10} [0-9:.]{12} UTC  127.0.0.5        " + kDrawn + "  upstream\n"));
  EXPECT_THAT(said({"client", "127.0.0.6"}), HasSubstr("  cache\n"));
  const Json json = row({"client", "127.0.0.5"});
  EXPECT_EQ(json.at("client"), "127.0.0.5");
  EXPECT_EQ(json.at("name"), kName);
  EXPECT_EQ(json.at("addresses").at(0).at("address"), kAddress);
  EXPECT_EQ(json.at("origin"), "ORIGIN_UPSTREAM");
  EXPECT_EQ(said({"client", "127.0.0.7"}), "");
}

TEST_F(Verbs, recurrence_counts_days_and_hours) {
  const std::string text = said({"recurrence", kName});
  EXPECT_THAT(text, MatchesRegex(" +00  01 .* 23  all\n(.*\n)+  all days .*  2\n" + kRecorded));
  uint64_t deliveries = 0;
  const Json json = row({"recurrence", kAddress, "--client", "127.0.0.5"});
  for (const Json& day : json.at("days")) {
    for (const Json& hour : day.at("deliveries")) {
      deliveries += std::stoull(hour.get<std::string>());
    }
  }
  EXPECT_EQ(deliveries, 1U);
  EXPECT_THAT(said({"recurrence", kName, "-p", "minimal"}), MatchesRegex("([0-9-]{10}\n)+"));
  EXPECT_EQ(said({"recurrence", "other.example", "-p", "minimal"}), "");
  EXPECT_THAT(said({"recurrence", "other.example"}),
              StartsWith("Nothing was delivered in that time.\n"));
}

TEST_F(Verbs, common_tells_what_two_hosts_share) {
  EXPECT_THAT(said({"common", "127.0.0.5", "127.0.0.6", "--about", kAddress}),
              MatchesRegex("2 of 2  www.example\n  " + kMoment + " to " + kMoment +
                           ": 127.0.0.5, 127.0.0.6\n" + kRecorded));
  const Json json = row({"common", "127.0.0.5", "127.0.0.6"});
  EXPECT_EQ(json.at("name"), kName);
  EXPECT_THAT(json.at("hosts"), ElementsAre("127.0.0.5", "127.0.0.6"));
  EXPECT_THAT(said({"common", "127.0.0.5", "127.0.0.7"}),
              MatchesRegex("No name on record is common to two of these 2 hosts in that time.\n"
                           "Nothing of the kind is on record for: 127.0.0.7\n" +
                           kRecorded));
}

TEST_F(Verbs, common_says_where_nothing_was_recorded_that_could_have_told_of_a_name) {
  EXPECT_THAT(said({"common", "127.0.0.5", "127.0.0.6", "-B", "yesterday"}),
              EndsWith("\nNothing was recorded in that time.\n"));
}

TEST_F(Verbs, common_says_that_there_are_more_names_than_it_tells) {
  etymond_.host("127.0.0.5").ask("other.example");
  etymond_.host("127.0.0.6").ask("other.example");
  const std::vector<std::string> common = {"common", "127.0.0.5", "127.0.0.6",
                                           "-p",     "minimal",   "-l"};
  const auto limited = [&](const char* limit) {
    std::vector<std::string> arguments = common;
    arguments.emplace_back(limit);
    return etymond_.command(arguments);
  };
  EXPECT_EQ(limited("1").out, "other.example\n");
  EXPECT_EQ(limited("1").err,
            "etymon: only 1 of 2 common names are told, those of most hosts; --limit can be "
            "larger\n");
  EXPECT_EQ(limited("2").out, "other.example\nwww.example\n");
  EXPECT_EQ(limited("2").err, "");
}

TEST_F(Verbs, bypass_tells_which_contacts_had_no_name) {
  const std::string contacts = "127.0.0.5 192.0.2.10\n127.0.0.6 " + std::string(kStranger) +
                               "\nrubbish\n127.0.0.6 " + kStranger + "\n";
  const Finished done = etymond_.command({"bypass", "-", "--min-coverage", "0s"}, contacts);
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.out, MatchesRegex("203.0.113.200 by 127.0.0.6, 2 contacts, " + kMoment + " to " +
                                     kMoment + "\n"));
  EXPECT_EQ(done.err,
            "etymon: lines that are no contact: 1\n"
            "etymon: 3 contacts: 2 bypass, 1 named, 0 told to other hosts only, 0 not recorded "
            "well enough to say\n");
  const Json json = row({"bypass", "-", "--min-coverage", "0s"}, contacts);
  EXPECT_EQ(json.at("client"), "127.0.0.6");
  EXPECT_EQ(json.at("address"), kStranger);
  EXPECT_EQ(json.at("contacts"), 2);
  const Finished young = etymond_.command({"bypass", "-"}, contacts);
  EXPECT_EQ(young.out, "") << "a day must have been recorded before";
  EXPECT_THAT(young.err,
              HasSubstr("0 bypass, 1 named, 0 told to other hosts only, 2 not recorded"));
}

TEST_F(Verbs, bypass_fails_when_the_server_refuses_a_contact) {
  const std::string contacts = "127.0.0.6 " + std::string(kStranger) +
                               "\n{\"client\": \"127.0.0.6\", \"address\": \"rubbish\"}\n";
  const Finished done =
      etymond_.command({"bypass", "-", "--min-coverage", "0s", "-p", "minimal"}, contacts);
  EXPECT_EQ(done.status, kFailed);
  EXPECT_EQ(done.out, "127.0.0.6 203.0.113.200\n") << "the others have their answers";
  EXPECT_THAT(done.err, MatchesRegex("etymon: the first error: .* \\(ADDRESS_INVALID\\)\n"
                                     "etymon: 2 contacts: 1 bypass, .* to say, 1 error\n"));
}

TEST_F(Verbs, long_lines_in_a_list_of_contacts_cost_nobody_the_others) {
  std::string contacts = "127.0.0.6 " + std::string(kStranger) + "\n";
  for (int i = 0; i < 40; ++i) {
    contacts += R"({"client": "127.0.0.6", "address": ")" + std::string(4000, 'x') + "\"}\n";
  }
  const Finished done =
      etymond_.command({"bypass", "-", "--min-coverage", "0s", "-p", "minimal"}, contacts);
  EXPECT_EQ(done.out, "127.0.0.6 203.0.113.200\n");
  EXPECT_THAT(done.err, HasSubstr("41 contacts: 1 bypass"));
}

TEST_F(Verbs, bypass_fails_when_its_list_cannot_be_read) {
  const Finished done = etymond_.command({"bypass", "/"});
  EXPECT_EQ(done.status, kFailed);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(done.err, "etymon: cannot read: Is a directory\n");
}

TEST_F(Verbs, top_ranks_what_was_answered) {
  EXPECT_EQ(said({"top"}), "2  www.example\n");
  EXPECT_EQ(said({"top", "addresses"}), "2  192.0.2.10\n");
  EXPECT_EQ(said({"top", "clients"}), "1  127.0.0.5\n1  127.0.0.6\n");
  EXPECT_EQ(said({"top", "clients", "-l", "1"}), "1  127.0.0.5\n");
  EXPECT_EQ(row({"top", "names"}), Json::parse(R"({"count":2,"value":"www.example"})"));
}

TEST_F(Verbs, lookup_prints_rows_and_names) {
  EXPECT_EQ(said({"lookup", kAddress, "--client", "127.0.0.5", "-p", "minimal"}), "www.example\n");
  EXPECT_EQ(said({"lookup", kAddress, "--client", "127.0.0.9", "-p", "minimal"}), "")
      << "what others were told is no name of this host";
  EXPECT_EQ(said({"lookup", kStranger, "-p", "minimal"}), "");
  EXPECT_THAT(said({"lookup", kAddress, "--client", "127.0.0.5", "-p", "csv"}),
              MatchesRegex("at,client,address,verdict,.*\n[^,]*,127.0.0.5,192.0.2.10,LIVE,false,"
                           "www.example,edge.example,127.0.0.5,[^,]*,[^,]*,upstream,1,false,\n"));
}

TEST_F(Verbs, lookup_of_a_file_prints_rows_and_names) {
  const std::string questions =
      "{\"client\": \"127.0.0.5\", \"address\": \"192.0.2.10\"}\nrubbish\n"
      "{\"client\": \"127.0.0.6\", \"address\": \"192.0.2.10\"}\n"
      "{\"client\": \"127.0.0.6\", \"address\": \"203.0.113.200\"}\n";
  const Finished names = etymond_.command({"lookup", "-f", "-", "-p", "minimal"}, questions);
  EXPECT_EQ(names.status, 0);
  EXPECT_EQ(names.out, "www.example\n") << "each once";
  EXPECT_THAT(names.err, StartsWith("etymon: line 2: no question: "));
  const Finished rows = etymond_.command({"lookup", "-f", "-", "-p", "csv"}, questions);
  EXPECT_THAT(rows.out, MatchesRegex("at,client,.*\n.*127.0.0.5,.*LIVE.*\n,,,ERROR,false,,,,,,,,,\n"
                                     ".*127.0.0.6,.*LIVE.*\n.*127.0.0.6,.*NEVER,false,,,,,,,,,\n"));
  EXPECT_THAT(said({"lookup", "-f", "-", "-p", "csv"}), MatchesRegex("at,client,[^\n]*\n"));
}

TEST_F(Verbs, lookup_of_a_file_fails_when_the_server_refuses_a_question) {
  const std::string questions =
      "rubbish\n{\"address\": \"rubbish\"}\n"
      "{\"client\": \"127.0.0.5\", \"address\": \"192.0.2.10\"}\n";
  for (const char* form : {"text", "json", "csv", "minimal"}) {
    const Finished done = etymond_.command({"lookup", "-f", "-", "-p", form}, questions);
    EXPECT_EQ(done.status, kFailed) << form;
    EXPECT_THAT(done.out, HasSubstr(kName)) << "the others have their answers";
  }
}

// So many names of one address, told to one host.
std::string many_names(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    lines += R"({"at":"2026-11-23T14:21:46Z","client":"127.0.0.9","type":1,"name":"n)" +
             std::to_string(i) + R"(.example","addresses":[{"address":"192.0.2.77","via":1}]})" +
             "\n";
  }
  return lines;
}

TEST_F(Verbs, a_lookup_that_is_cut_says_so_where_rows_have_no_room_for_it) {
  said({"import", "-"}, many_names(10'500));
  const std::string question = R"({"address": "192.0.2.77"})";
  for (const char* form : {"csv", "minimal"}) {
    const Finished done = etymond_.command({"lookup", "192.0.2.77", "-p", form});
    EXPECT_EQ(done.err,
              "etymon: there are more names: ask for one host with --client, or for fewer "
              "addresses\n");
    const Finished file =
        etymond_.command({"lookup", "-f", "-", "-p", form}, question + "\n" + question + "\n");
    EXPECT_EQ(file.err,
              "etymon: answers with more names than were told: 2; ask for one host each, or for "
              "fewer addresses\n");
    EXPECT_EQ(etymond_.command({"lookup", kAddress, "-p", form}).err, "");
  }
  for (const char* form : {"text", "json"}) {
    EXPECT_EQ(etymond_.command({"lookup", "192.0.2.77", "-p", form}).err, "");
  }
}

TEST_F(Verbs, names_and_client_say_when_there_is_more_than_their_limit) {
  said({"import", "-"}, many_names(1001));
  const std::string rest =
      " are told; --limit can be larger, and --after and --before narrow the question\n";
  const std::vector<std::string> names = {"names", "192.0.2.77", "-p", "minimal"};
  const std::vector<std::string> client = {"client", "127.0.0.9", "-p", "minimal"};
  for (const auto& [verb, what] : {std::pair(names, "rows"), std::pair(client, "answers")}) {
    const auto limited = [&, &verb = verb](const char* limit) {
      std::vector<std::string> line = verb;
      line.insert(line.end(), {"-l", limit});
      return etymond_.command(line);
    };
    const Finished standard = etymond_.command(verb);
    EXPECT_EQ(standard.err, std::string("etymon: only the newest 1 000 ") + what + rest);
    EXPECT_EQ(std::ranges::count(standard.out, '\n'), 1000);
    const Finished exact = limited("1001");
    EXPECT_EQ(exact.err, "");
    EXPECT_EQ(std::ranges::count(exact.out, '\n'), 1001);
    const Finished few = limited("5");
    EXPECT_EQ(few.err, std::string("etymon: only the newest 5 ") + what + rest);
    EXPECT_EQ(std::ranges::count(few.out, '\n'), 5);
  }
}

TEST_F(Verbs, health_is_an_exit_status_and_nothing_else) {
  EXPECT_EQ(said({"health"}), "");
  EXPECT_EQ(etymond_.stop(), 0);
  EXPECT_EQ(etymond_.command({"health"}).status, kUnreachable);
}

TEST_F(Verbs, watch_tells_answers_as_they_are_given) {
  Process text(watching({"--client", "127.0.0.6"}));
  Process json(watching({"-j"}));
  Process names(watching({"-p", "minimal"}));
  EXPECT_TRUE(eventually([&] {
    etymond_.host("127.0.0.6").ask(kName);
    return !text.out().empty() && !json.out().empty() && names.out().size() > 12;
  }));
  EXPECT_THAT(names.out(), MatchesRegex("(www\\.example\n){2,}")) << "of each answer, as it comes";
  EXPECT_THAT(text.out(), MatchesRegex("([0-9-]{10} [0-9:.]{12} UTC  127.0.0.6        " + kDrawn +
                                       "  cache\n)+"));
  EXPECT_EQ(lines_of(json.out()).front().at("name"), kName);
  text.send(SIGINT);
  EXPECT_TRUE(text.wait().has_value());
}

TEST_F(Verbs, watch_goes_on_when_the_daemon_is_back) {
  Process watch(watching({"-p", "minimal"}));
  const auto told = [&] { return std::ranges::count(watch.out(), '\n'); };
  const auto is_told_more = [&] {
    return eventually([&, before = told()] {
      etymond_.host("127.0.0.6").ask(kName);
      return told() > before || !watch.is_running();
    });
  };
  EXPECT_TRUE(is_told_more());
  etymond_.kill();
  EXPECT_TRUE(eventually([&] { return !watch.err().empty() || !watch.is_running(); }));
  etymond_.start();
  EXPECT_TRUE(is_told_more());
  EXPECT_EQ(std::ranges::count(watch.err(), '\n'), 2) << "each said once: " << watch.err();
  EXPECT_THAT(watch.err(), HasSubstr("not all was recorded from 20")) << "without a daemon";
  EXPECT_EQ(etymond_.stop(), 0);
  EXPECT_TRUE(
      eventually([&] { return std::ranges::count(watch.err(), '\n') > 2 || !watch.is_running(); }));
  etymond_.start();
  EXPECT_TRUE(is_told_more());
  EXPECT_TRUE(watch.is_running());
}

TEST_F(Verbs, watch_tells_in_json_when_not_all_was_recorded) {
  Process watch(watching({"-j"}));
  EXPECT_TRUE(eventually([&] {
    etymond_.host("127.0.0.6").ask(kName);
    return !watch.out().empty();
  }));
  etymond_.kill();
  etymond_.start();
  EXPECT_TRUE(eventually([&] { return watch.out().find("{\"gap\":") != std::string::npos; }));
  const auto lines = lines_of(watch.out().substr(watch.out().find("{\"gap\":")));
  ASSERT_FALSE(lines.empty());
  EXPECT_LT(lines.front().at("gap").at("start"), lines.front().at("gap").at("end"));
}

TEST_F(Verbs, watch_without_a_daemon_ends) {
  etymond_.kill();
  EXPECT_EQ(run(watching({})).status, kUnreachable);
}

// As fast as the loopback takes them, until so many more answers are on record.
void ask_until_recorded(const Etymond& etymond, uint64_t wanted) {
  const auto recorded = [&] { return count_in(etymond.status().at("deliveries"), "recorded"); };
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in daemon{};
  daemon.sin_family = AF_INET;
  daemon.sin_port = htons(etymond.port());
  daemon.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string question = query(kName, RecordType::kA).id(7).wire();
  constexpr uint64_t kStep = 20'000;  // a sanitized daemon is slow: patience is for one step
  const uint64_t begin = recorded();
  for (uint64_t step = kStep; step <= wanted; step += kStep) {
    EXPECT_TRUE(eventually([&] {
      for (int i = 0; i < 5000; ++i) {
        sendto(socket, question.data(), question.size(), 0, reinterpret_cast<sockaddr*>(&daemon),
               sizeof(daemon));
      }
      return recorded() >= begin + step;
    }));
  }
  close(socket);
}

TEST_F(Verbs, watch_goes_on_where_it_was_when_its_reader_was_too_slow) {
  constexpr uint64_t kMoreThanWaits = 80'000;  // at the daemon, for one reader
  Process watch(watching({"--client", "127.0.0.1", "-p", "csv"}));
  const auto told = [&] { return std::ranges::count(watch.out(), '\n') - 1; };  // less the head
  int64_t asked = 0;  // until it had begun
  EXPECT_TRUE(eventually([&] {
    etymond_.host("127.0.0.1").ask(kName);
    ++asked;
    return told() > 0;
  }));
  watch.send(SIGSTOP);
  ask_until_recorded(etymond_, kMoreThanWaits);
  watch.send(SIGCONT);

  // The store itself: what a stalled writer took too long for counts as lost, and is there too.
  const auto on_record = [this] {
    const std::string rows = said({"client", "127.0.0.1", "-p", "csv", "-l", "1000000"});
    return std::ranges::count(rows, '\n') - 1;
  };
  int64_t all = on_record();
  EXPECT_TRUE(eventually([&] {  // the last questions are still on their way
    const int64_t before = std::exchange(all, on_record());
    return before == all;
  }));
  const int64_t enough = all - asked + 1;
  int64_t seen = -1;
  for (int64_t now = told(); now > seen && now < enough; now = told()) {
    seen = now;
    eventually([&] { return told() > seen || !watch.is_running(); });  // as long as more comes
  }
  EXPECT_GE(told(), enough) << "none is missing";
  EXPECT_TRUE(watch.is_running()) << watch.err();
  const int64_t rows = told();
  EXPECT_LE(rows, on_record()) << "each once";
  const std::string record = text_of(audit_);
  size_t streams = 0;
  for (size_t at = record.find("\"Watch\""); at != std::string::npos;
       at = record.find("\"Watch\"", at + 1)) {
    ++streams;
  }
  EXPECT_GE(streams, 2U) << "it was sent away, and came again";
}

}  // namespace
}  // namespace etymon::testing

// Names that are to deceive whoever reads of them: what is printed of each stays one line, in which
// nothing is what a terminal obeys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "resolver/base/time_text.h"
#include "tests/integration/etymond.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/dns_messages.h"
#include "tests/support/process.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kClient = "127.0.0.1";
constexpr size_t kHeaderSize = 12;  // RFC 1035 section 4.1.1

// As text, in the form of RFC 1035 section 5.1.
std::vector<std::string> hostile_names() {
  std::string longest =
      std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + ".";
  for (int i = 0; i < 56; ++i) {
    longest += "\\027";
  }
  return {"nul\\000here.test",
          "dot\\.here.test",
          "new\\010line.test",
          "return\\013here.test",
          "tab\\009here.test",
          "\\255\\254.test",
          "\\155[31m.test",
          "\\027c\\027[31mred\\027]0;title\\007.test",
          "del\\127ete\\008.test",
          "quote\"back\\\\slash.test",
          "x\\032name=bank.example\\032verdict=live.test",
          longest + ".test"};
}

// Text with none of the signs that the command draws with.
std::string without_signs(std::string text) {
  for (const char* sign : {"→", "·", "└─"}) {
    for (size_t at = text.find(sign); at != text.npos; at = text.find(sign)) {
      text.erase(at, std::string(sign).size());
    }
  }
  return text;
}

class HostileNames : public ::testing::Test {
 protected:
  void SetUp() override {
    const LoopbackSocket client(SOCK_DGRAM, kClient, etymond_.port());
    for (const std::string& name : names_) {
      client.send(query(name, RecordType::kA).opt(1232).wire());
      const std::string answer = client.receive(10s);
      const std::string spelled = DomainName::from_text(name)->wire();
      ASSERT_GT(answer.size(), kHeaderSize + spelled.size()) << name;
      ASSERT_EQ(answer[7], 1) << name << ": one record";
      ASSERT_EQ(answer.substr(kHeaderSize, spelled.size()), spelled);
    }
  }

  std::string address_of(const std::string& name) const {
    const auto at = std::ranges::find(names_, name) - names_.begin();
    return "192.0.2." + std::to_string(100 + at);
  }

  // What the command prints, `lines` of it, and nothing that a terminal obeys.
  std::string printed(const std::vector<std::string>& arguments, ptrdiff_t lines,
                      const std::string& input = {}) const {
    const Finished done = etymond_.command(arguments, input);
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(std::ranges::count(done.out, '\n'), lines) << done.out;
    for (const char octet : without_signs(done.out)) {
      EXPECT_TRUE(octet == '\n' || (octet >= ' ' && octet <= '~')) << arguments[0] << int{octet};
    }
    return done.out;
  }

  const std::vector<std::string> names_ = hostile_names();
  const ScriptedResolver upstream_{[this](const Asked& asked) {
                                     return answer_to(asked).a(asked.name, 300,
                                                               address_of(asked.name));
                                   },
                                   {.address = "127.0.0.2"}};
  const Etymond etymond_{{upstream_.address()}};
};

TEST_F(HostileNames, a_lookup_tells_each_on_one_line) {
  for (const std::string& name : names_) {
    const std::vector<std::string> lookup = {"lookup", address_of(name), "--client", kClient};
    EXPECT_THAT(printed(lookup, 3), HasSubstr("\n  " + name + " → "));
    const Json found = Json::parse(printed({"lookup", address_of(name), "--json"}, 1));
    EXPECT_EQ(found.at("candidates").at(0).at("name"), name);
  }
}

TEST_F(HostileNames, a_listing_has_one_line_for_each) {
  const auto count = static_cast<ptrdiff_t>(names_.size());
  for (const std::string& name : names_) {
    EXPECT_THAT(printed({"names", name}, 2), HasSubstr("  " + name + " → "));
  }
  printed({"names", "192.0.2.0/24"}, 1 + count);
  printed({"names", "192.0.2.0/24", "-p", "csv"}, 1 + count);
  printed({"names", "192.0.2.0/24", "--cof"}, count);
  printed({"client", kClient}, count);
  // And for how long nothing is missing, which is not said of the last second.
  EXPECT_TRUE(eventually(
      [&] { return std::ranges::count(etymond_.command({"export"}).out, '\n') == count + 1; }));
  printed({"export"}, count + 1);
}

TEST_F(HostileNames, a_log_line_stays_one_line_with_one_name) {
  const std::string now = format_time(SystemClock().wall());
  for (const std::string& name : names_) {
    std::string line = now;
    line += " gw kernel: IN=eth1 OUT=eth0 SRC=127.0.0.1 DST=" + address_of(name);
    line += " LEN=60 PROTO=TCP SPT=51514 DPT=443";
    std::string added = name;
    if (const size_t quote = added.find('"'); quote != added.npos) {
      added.replace(quote, 1, "\\034");  // In some logs it would end the name.
    }
    const std::string out = printed({"annotate"}, 1, line + "\n");
    EXPECT_EQ(out, line.append(" name=").append(added).append(" verdict=LIVE\n"));
  }
}

}  // namespace
}  // namespace etymon::testing

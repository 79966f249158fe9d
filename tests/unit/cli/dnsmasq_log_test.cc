// What dnsmasq's query log tells, and what it does not.
#include "api/cli/dnsmasq_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "resolver/base/time_text.h"
#include "tests/support/fakes.h"

namespace etymon::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Line = DnsmasqLog::Line;

constexpr WallTime kNow{Seconds(1'764'100'800)};  // 2025-11-25T20:00:00Z

WallTime at(const char* text) {
  return parse_time(text, kNow)->start;
}

class Dnsmasq : public ::testing::Test {
 protected:
  // One line of transaction 7 of the laptop.
  Line add(const std::string& what) {
    return log_.add("Nov 25 18:17:01 gw dnsmasq[3001]: 7 192.168.1.7/51924 " + what);
  }
  std::vector<capture::ObservedDelivery> told() {
    log_.finish();
    return told_;
  }
  logs::LogTimes times_in(Microseconds zone) const {
    return {clock_, logs::Zone::fixed(zone), std::nullopt};
  }
  // When a question and answer with that time in front of them were.
  WallTime time_of(const std::string& written, Microseconds zone = Microseconds(0)) {
    std::vector<capture::ObservedDelivery> told;
    const logs::LogTimes times = times_in(zone);
    DnsmasqLog log(clock_, times, [&](const auto& delivery) { told.push_back(delivery); });
    log.add(written + " gw dnsmasq[1]: 7 10.0.0.1/5 query[A] a.example from 10.0.0.1");
    log.add(written + " gw dnsmasq[1]: 7 10.0.0.1/5 reply a.example is 192.0.2.1");
    log.finish();
    return told.empty() ? WallTime{} : told.front().at;
  }

  std::vector<capture::ObservedDelivery> told_;
  testing::ManualClock clock_{kNow};
  const logs::LogTimes utc_ = times_in(Microseconds(0));
  DnsmasqLog log_{clock_, utc_, [this](const auto& delivery) { told_.push_back(delivery); }};
};

TEST_F(Dnsmasq, a_question_and_its_answer_are_one_delivery) {
  EXPECT_EQ(add("query[A] www.Example.com from 192.168.1.7"), Line::kOurs);
  EXPECT_EQ(add("forwarded www.example.com to 9.9.9.9"), Line::kOurs);
  EXPECT_EQ(add("reply www.example.com is <CNAME>"), Line::kOurs);
  EXPECT_EQ(add("reply edge.example.net is 192.0.2.2"), Line::kOurs);
  EXPECT_EQ(add("reply edge.example.net is 192.0.2.1"), Line::kOurs);
  const auto all = told();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].at, at("2025-11-25T18:17:01Z"));
  EXPECT_EQ(all[0].client.text(), "192.168.1.7");
  EXPECT_EQ(all[0].answer.question.name.text(), "www.example.com");
  EXPECT_EQ(all[0].answer.question.type, RecordType::kA);
  ASSERT_THAT(all[0].answer.chain, SizeIs(2));
  EXPECT_EQ(all[0].answer.chain[1].text(), "edge.example.net");
  ASSERT_THAT(all[0].answer.addresses, SizeIs(2));
  EXPECT_EQ(all[0].answer.addresses[0].address.text(), "192.0.2.1");
  EXPECT_EQ(all[0].answer.upstream, Endpoint::from_text("9.9.9.9:53").value());
  EXPECT_EQ(all[0].validity_s, 0U);
}

TEST_F(Dnsmasq, answers_come_from_the_cache_and_from_its_own_files_too) {
  for (const char* source : {"cached", "cached-stale", "config", "/etc/hosts", "DHCP", "auth",
                             "hosts.lan", "conf/hosts.lan"}) {
    add("query[AAAA] nas.lan from 192.168.1.7");
    EXPECT_EQ(add(std::string(source) + " nas.lan is fd00::9"), Line::kOurs);
  }
  const auto all = told();
  ASSERT_THAT(all, SizeIs(8));
  for (const auto& delivery : all) {
    ASSERT_THAT(delivery.answer.addresses, SizeIs(1));
    EXPECT_EQ(delivery.answer.addresses[0].via, Via::kAaaa);
  }
}

TEST_F(Dnsmasq, an_answer_without_addresses_is_one_with_its_rcode) {
  for (const char* what : {"reply a.example is NXDOMAIN", "reply a.example is NODATA-IPv6",
                           "reply error is SERVFAIL (DNSSEC bogus)", "reply error is REFUSED"}) {
    add("query[type=65] a.example from 192.168.1.7");
    add(what);
  }
  std::vector<Rcode> rcodes;
  for (const auto& delivery : told()) {
    EXPECT_EQ(delivery.answer.question.type, RecordType::kHttps);
    rcodes.push_back(delivery.answer.rcode);
  }
  EXPECT_THAT(rcodes,
              ElementsAre(Rcode::kNxDomain, Rcode::kNoError, Rcode::kServFail, Rcode::kRefused));
}

TEST_F(Dnsmasq, answers_of_several_clients_do_not_mix) {
  const std::string head = "Nov 25 18:17:01 dnsmasq[3001]: ";
  log_.add(head + "1 10.0.0.1/5 query[A] a.example from 10.0.0.1");
  log_.add(head + "2 10.0.0.2/5 query[A] b.example from 10.0.0.2");
  log_.add(head + "2 10.0.0.2/5 reply b.example is 192.0.2.2");
  log_.add(head + "1 10.0.0.1/5 reply a.example is 192.0.2.1");
  const auto all = told();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].answer.question.name.text(), "b.example");
  EXPECT_EQ(all[0].answer.addresses[0].address.text(), "192.0.2.2");
  EXPECT_EQ(all[1].client.text(), "10.0.0.1");
}

TEST_F(Dnsmasq, who_shares_an_answer_under_way_was_told_the_same) {
  for (const char* line :
       {"1 10.0.0.1/5 query[A] www.example from 10.0.0.1",
        "1 10.0.0.1/5 forwarded www.example to 9.9.9.9",
        "2 10.0.0.2/5 query[A] WWW.example from 10.0.0.2",
        "3 10.0.0.3/5 query[A] www.example from 10.0.0.3",
        "1 10.0.0.1/5 reply www.example is <CNAME>", "1 10.0.0.1/5 reply edge.example is 192.0.2.1",
        "3 10.0.0.3/5 reply query is duplicate", "2 10.0.0.2/5 reply query is duplicate"}) {
    log_.add("Nov 25 18:17:01 gw dnsmasq[3001]: " + std::string(line));
  }
  std::vector<std::string> clients;
  for (const auto& delivery : told()) {
    clients.push_back(delivery.client.text());
    EXPECT_EQ(delivery.answer.upstream, Endpoint::from_text("9.9.9.9:53").value());
    ASSERT_THAT(delivery.answer.chain, SizeIs(2));
    EXPECT_EQ(delivery.answer.chain[1].text(), "edge.example");
    ASSERT_THAT(delivery.answer.addresses, SizeIs(1));
    EXPECT_EQ(delivery.answer.addresses[0].address.text(), "192.0.2.1");
  }
  EXPECT_THAT(clients, UnorderedElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3"));
}

TEST_F(Dnsmasq, what_one_was_told_that_shares_an_answer_nobody_saw_is_not_known) {
  for (const char* line :
       {"1 10.0.0.1/5 query[A] other.example from 10.0.0.1",
        "2 10.0.0.2/5 query[A] www.example from 10.0.0.2",
        "3 10.0.0.3/5 query[AAAA] other.example from 10.0.0.3",
        "1 10.0.0.1/5 reply other.example is 192.0.2.1", "2 10.0.0.2/5 reply query is duplicate",
        "3 10.0.0.3/5 reply query is duplicate"}) {
    log_.add("Nov 25 18:17:01 gw dnsmasq[3001]: " + std::string(line));
  }
  const auto all = told();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].client.text(), "10.0.0.1");
}

TEST_F(Dnsmasq, what_was_fetched_to_validate_is_no_part_of_the_chain) {
  add("query[A] a.example from 192.168.1.7");
  add("dnssec-query[DS] example to 9.9.9.9");
  add("reply example is DS keytag 1, algo 8, digest 2");
  add("reply other.example is 192.0.2.9");
  add("reply a.example is 192.0.2.1");
  add("validation result is SECURE");
  const auto all = told();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_THAT(all[0].answer.chain, SizeIs(1));
  ASSERT_THAT(all[0].answer.addresses, SizeIs(1));
  EXPECT_EQ(all[0].answer.addresses[0].address.text(), "192.0.2.1");
}

TEST_F(Dnsmasq, a_question_without_an_answer_is_no_delivery) {
  add("query[A] a.example from 192.168.1.7");
  add("forwarded a.example to 9.9.9.9");
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Dnsmasq, an_answer_without_its_question_is_none_either) {
  EXPECT_EQ(add("reply a.example is 192.0.2.1"), Line::kOther);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Dnsmasq, a_line_without_a_year_is_of_the_latest_that_is_at_most_a_day_ahead) {
  EXPECT_EQ(time_of("Nov 25 20:00:00"), at("2025-11-25T20:00:00Z"));
  EXPECT_EQ(time_of("Nov 26 20:00:01"), at("2024-11-26T20:00:01Z"));
  EXPECT_EQ(time_of("Jan  2 03:04:05"), at("2025-01-02T03:04:05Z"));
  EXPECT_EQ(time_of("Feb 29 03:04:05"), at("2024-02-29T03:04:05Z"));
}

TEST_F(Dnsmasq, a_line_from_the_future_is_not_taken_for_one_of_last_year) {
  const std::string what = " gw dnsmasq[1]: 7 10.0.0.1/5 query[A] a.example from 10.0.0.1";
  for (const char* time : {"Nov 25 20:00:01", "Nov 26 20:00:00", "2025-11-25T20:00:01Z"}) {
    EXPECT_EQ(log_.add(time + what), Line::kFuture) << time;
  }
  const logs::LogTimes behind = times_in(-std::chrono::hours(1));
  DnsmasqLog west(clock_, behind, [](const auto&) {});
  EXPECT_EQ(west.add("Nov 25 19:00:00" + what), Line::kOurs);
  EXPECT_EQ(west.add("Nov 25 19:00:01" + what), Line::kFuture) << "local time, west of UTC";
  EXPECT_EQ(west.add("2025-11-25T19:00:01" + what), Line::kFuture);
  clock_.set_wall(at("2024-12-31T23:30:00Z"));
  DnsmasqLog new_year(clock_, utc_, [](const auto&) {});
  EXPECT_EQ(new_year.add("Jan  1 00:29:00" + what), Line::kFuture);
}

TEST_F(Dnsmasq, local_time_is_of_the_given_zone) {
  EXPECT_EQ(time_of("Nov 25 20:00:00", std::chrono::hours(1)), at("2025-11-25T19:00:00Z"));
  EXPECT_EQ(time_of("Nov 25 20:59:59", std::chrono::hours(1)), at("2025-11-25T19:59:59Z"));
  EXPECT_EQ(time_of("Jan  1 00:30:00", std::chrono::hours(1)), at("2024-12-31T23:30:00Z"));
}

TEST_F(Dnsmasq, times_with_a_year_and_a_zone_say_it_themselves) {
  EXPECT_EQ(time_of("2025-11-24T20:17:01+01:00"), at("2025-11-24T19:17:01Z"));
  EXPECT_EQ(time_of("2025-11-24T20:17:01+0100"), at("2025-11-24T19:17:01Z"));
  EXPECT_EQ(time_of("2025-11-24T20:17:01Z", std::chrono::hours(5)), at("2025-11-24T20:17:01Z"));
  EXPECT_EQ(time_of("2025-11-24T20:17:01", std::chrono::hours(1)), at("2025-11-24T19:17:01Z"));
}

TEST_F(Dnsmasq, a_time_may_be_written_in_every_form_with_a_date_that_annotate_reads) {
  for (const char* written :
       {"2025-11-24T20:17:01.000+0100", "2025-11-24T20:17:01,000000+01:00", "2025-11-24 19:17:01",
        "2025-11-24 20:17:01 +0100", "2025/11/24 19:17:01", "Mon 2025-11-24 19:17:01 UTC",
        "Nov 24 19:17:01", "<30>Nov 24 19:17:01", "Nov 24 2025 19:17:01", "nov/24/2025 19:17:01",
        "Mon Nov 24 19:17:01 2025 daemon.info", "[Mon Nov 24 19:17:01 2025]",
        "<30>1 2025-11-24T19:17:01Z", "1764011821", "1764011821.000"}) {
    EXPECT_EQ(time_of(written), at("2025-11-24T19:17:01Z")) << written;
  }
}

TEST_F(Dnsmasq, a_time_of_day_without_a_date_is_no_evidence_of_any_day) {
  for (const char* written : {"19:17:01", "<30>19:17:01", "19:17:01.000"}) {
    EXPECT_EQ(time_of(written), WallTime{}) << written;
    EXPECT_EQ(log_.add(std::string(written) +
                       " gw dnsmasq[1]: 7 10.0.0.1/5 query[A] a.example from 10.0.0.1"),
              Line::kWrong)
        << written;
  }
}

TEST_F(Dnsmasq, lines_of_others_and_wrong_ones_are_told_apart) {
  EXPECT_EQ(log_.add("Nov 25 18:17:01 gw kernel: eth0: link up"), Line::kForeign);
  EXPECT_EQ(log_.add(""), Line::kForeign);
  EXPECT_EQ(log_.add("Nov 25 18:17:01 dnsmasq[1]: started, version 2.89"), Line::kOther);
  EXPECT_EQ(log_.add("Nov 25 18:17:01 dnsmasq[1]: query[A] a.example from 10.0.0.1"), Line::kOther)
      << "without =extra nobody knows whose answer is whose";
  EXPECT_EQ(add("query[A] a.example from nowhere"), Line::kWrong);
  EXPECT_EQ(add("query[A a.example from 192.168.1.7"), Line::kWrong);
  EXPECT_EQ(log_.add("Nov 31 18:17:01 dnsmasq[1]: 7 10.0.0.1/5 query[A] a from 10.0.0.1"),
            Line::kWrong);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Dnsmasq, questions_that_are_never_answered_take_bounded_room) {
  for (size_t i = 0; i < 2 * DnsmasqLog::kWaitingMax; ++i) {
    log_.add("Nov 25 18:17:01 dnsmasq[1]: " + std::to_string(i) +
             " 10.0.0.1/5 query[A] a.example from 10.0.0.1");
  }
  log_.add("Nov 25 18:17:01 dnsmasq[1]: 1 10.0.0.1/5 reply a.example is 192.0.2.1");
  EXPECT_THAT(told(), IsEmpty()) << "the oldest question had to make room";
}

TEST_F(Dnsmasq, random_octets_in_an_answer_never_make_one_of_another_client_or_name) {
  testing::SeededRandom random(3);
  const std::string sound =
      "Nov 25 18:17:01 gw dnsmasq[3001]: 7 192.168.1.7/51924 reply www.example.com is 192.0.2.1";
  for (int round = 0; round < 20'000; ++round) {
    add("query[A] www.example.com from 192.168.1.7");
    std::string line = sound.substr(0, 20 + random.u64() % (sound.size() - 19));
    for (int i = 0; i < 3; ++i) {
      line[random.u64() % line.size()] = static_cast<char>(random.u64());
    }
    log_.add(line);
  }
  const auto all = told();
  EXPECT_THAT(all, Not(IsEmpty())) << "answers were among them";
  for (const auto& delivery : all) {
    EXPECT_EQ(delivery.client.text(), "192.168.1.7");
    EXPECT_EQ(delivery.answer.chain.front().text(), "www.example.com");
    EXPECT_LE(delivery.at, kNow);
  }
}

}  // namespace
}  // namespace etymon::cli

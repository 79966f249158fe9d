// A stranger chooses the names: whatever is in them, no text for people holds a command for their
// terminal, or a line of its own.
#include <gtest/gtest.h>

#include <algorithm>

#include "api/cli/annotation.h"
#include "api/cli/bypass.h"
#include "api/cli/common_causes.h"
#include "api/cli/delivery_text.h"
#include "api/cli/lookup_rows.h"
#include "api/cli/lookup_text.h"
#include "api/cli/moments.h"
#include "api/cli/names_table.h"
#include "api/cli/progress.h"
#include "api/cli/status_text.h"
#include "api/cli/summaries_text.h"
#include "api/cli/upkeep_text.h"
#include "resolver/base/time_text.h"
#include "tests/unit/cli/told_lookup.h"

namespace etymon::cli {
namespace {

constexpr Style kAscii;
constexpr Style kNarrow{.colour = false, .unicode = false, .width = 40};
constexpr Print kAllPrints[] = {Print::kText, Print::kJson, Print::kCsv, Print::kMinimal,
                                Print::kCof};

// Colours, CSI in one octet and as UTF-8, a title, a cursor, line breaks, a bell, quotes.
const std::string kEvil =
    "a\x1b[31m\x9b"
    "2J\xc2\x9b"
    "0c\x1b]0;title\x07\r\n\t\b\x7f\"'\\,;.example";

google::protobuf::Timestamp at(const char* text) {
  return to_proto(parse_time(text, WallTime())->start);
}

v1::ObservedDelivery delivery(const std::string& text, const std::string& client) {
  v1::ObservedDelivery delivery;
  *delivery.mutable_at() = at("2026-11-23T08:00:00Z");
  delivery.set_client(client);
  delivery.set_forwarder(text);
  delivery.set_name(text);
  delivery.set_type(65);
  delivery.add_chain(text);
  delivery.add_addresses()->set_address("192.0.2.1");
  delivery.mutable_addresses(0)->set_via(v1::VIA_A);
  delivery.add_addresses()->set_address(text);
  delivery.set_rebinding(true);
  delivery.add_withheld(text);
  delivery.set_origin(v1::ORIGIN_UPSTREAM);
  return delivery;
}

ToldLookup lookup(const std::string& text, v1::Verdict verdict) {
  ToldLookup lookup;
  lookup.question.set_address(text);
  lookup.question.set_client(text);
  *lookup.question.mutable_at() = at("2026-11-23T08:00:00Z");
  lookup.answer.set_verdict(verdict);
  for (int i = 0; i < 2; ++i) {
    v1::Candidate& candidate = *lookup.answer.add_candidates();
    candidate.set_name(text);
    candidate.add_chain(text);
    candidate.add_chain(text);
    candidate.set_client(text);
    candidate.set_address(text);
    candidate.set_upstream(text);
    candidate.set_forwarder(text);
    candidate.set_origin(v1::ORIGIN_CACHE);
  }
  v1::Hint& hint = *lookup.answer.add_hints();
  hint.set_name(text);
  hint.set_client(text);
  hint.set_address(text);
  hint.set_kind(v1::HINT_KIND_SAME_NETWORK);
  return lookup;
}

v1::GetStatusResponse status(const std::string& text) {
  v1::GetStatusResponse status;
  status.set_version(text);
  status.add_upstreams()->set_address(text);
  status.mutable_store()->set_last_error(text);
  return status;
}

// All that is said of a delivery whose every text is `text`.
std::vector<std::string> said_of(const std::string& text) {
  std::vector<std::string> said;
  const v1::ObservedDelivery one = delivery(text, text);
  for (const Style& style : {kAscii, kNarrow}) {
    for (const Print print : kAllPrints) {
      v1::DeliveryFilter filter;
      filter.set_address("192.0.2.1");
      NamesTable names(print, filter);
      names.add(one);
      said.push_back(names.text(10, style));
      for (const Ranking ranking : {Ranking::kNames, Ranking::kClients, Ranking::kAddresses}) {
        Top top(ranking);
        top.add(one);
        said.push_back(top.text(10, print, style));
      }
      CommonCauses causes({text, "10.0.0.7", "10.0.0.8"});
      causes.add(text, one);
      causes.add("10.0.0.7", one);
      said.push_back(causes.text(10, print, style));
      v1::LookupRequest contact;
      contact.set_client(text);
      contact.set_address(text);
      v1::LookupResult never;
      never.mutable_answer()->set_verdict(v1::VERDICT_NEVER);
      Bypasses bypasses;
      bypasses.add(contact, never);
      said.push_back(bypasses.text(print, style));
      v1::SummarizeRecurrenceResponse recurrence;
      recurrence.add_days()->set_date(text);
      recurrence.mutable_days(0)->add_deliveries(1);
      if (print != Print::kJson) {  // protobuf's own
        said.push_back(recurrence_text(recurrence, print, style));
      }
    }
    for (const v1::Verdict verdict :
         {v1::VERDICT_LIVE, v1::VERDICT_OTHER_CLIENT, v1::VERDICT_NEVER, v1::VERDICT_UNKNOWN}) {
      said.push_back(lookup_text(lookup(text, verdict), style));
    }
    said.push_back(delivery_text(one, style));
    said.push_back(status_text(status(text), WallTime(), style));
    said.push_back(progress_line(text, 0.5, {.width = 2000}));
    v1::VerifyReport report;
    report.add_findings()->set_part(text);
    report.mutable_findings(0)->set_problem(text);
    report.mutable_findings(0)->set_first(text);
    said.push_back(verify_text(report, style));
  }
  v1::BackupReport backup;
  backup.set_folder(text);
  said.push_back(backup_text(backup));
  said.push_back(delivery_csv(one));
  said.push_back(lookup_csv(lookup(text, v1::VERDICT_LIVE)));
  said.push_back(names_of(lookup(text, v1::VERDICT_LIVE).answer).front());
  v1::LookupResult result;
  *result.mutable_answer() = lookup(text, v1::VERDICT_LIVE).answer;
  said.push_back(text_annotation({}, result));
  said.push_back(column_annotation(result, '\t'));
  return said;
}

TEST(EvilText, no_text_holds_more_than_printable_ascii_and_its_own_line_breaks) {
  // As wide as what is printed of the evil one, so that both are wrapped in the same places.
  const std::string harmless(printable(kEvil).size(), 'x');
  const std::vector<std::string> evil = said_of(kEvil);
  const std::vector<std::string> plain = said_of(harmless);
  ASSERT_EQ(evil.size(), plain.size());
  for (size_t i = 0; i < evil.size(); ++i) {
    const auto is_command = [](char c) {
      const auto octet = static_cast<unsigned char>(c);
      return c != '\n' && c != '\t' && (octet < 0x20 || octet > 0x7E);
    };
    EXPECT_TRUE(std::ranges::none_of(evil[i], is_command)) << evil[i];
    EXPECT_EQ(std::ranges::count(evil[i], '\n'), std::ranges::count(plain[i], '\n')) << evil[i];
    EXPECT_EQ(std::ranges::count(evil[i], '\t'), std::ranges::count(plain[i], '\t')) << evil[i];
    EXPECT_NE(plain[i].find(harmless), std::string::npos) << "says nothing of it: " << plain[i];
  }
}

}  // namespace
}  // namespace etymon::cli

// Lookups as JSON, with protobuf's JSON as the oracle.
#include "api/cli/lookup_json.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <random>

#include "api/cli/json.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {
namespace {

using google::protobuf::util::MessageDifferencer;

std::string as_protobuf_writes(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text, options).ok());
  return text;
}

// Times are relative to this one.
WallTime now() {
  return parse_time("2026-11-23T12:00:00Z", WallTime())->start;
}

// Messages that nobody thought of, the same ones in every run.
class Dice {
 public:
  explicit Dice(uint32_t seed) : engine_(seed) {}

  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(engine_); }
  bool often() { return below(4) != 0; }

  // Characters of all sorts; valid UTF-8, as protobuf's strings are.
  std::string text() {
    static const char* const kPieces[] = {
        "www",    ".",      "example", "\"",         "\\",         "\\032",  "\n",     "\x01",
        "\x7F",   "<",      ">",       "&",          "'",          "é",      "€",      "😀",
        "\u2028", "\u200b", "\ufeff",  "/",          "\u0080",     "\u00ad", "\u0600", "\u0604",
        "\u17b4", "\u206a", "\ufff9",  "\U0001D173", "\U000E0001", "="};
    std::string text;
    for (int i = below(6); i > 0; --i) {
      text += kPieces[below(std::size(kPieces))];
    }
    return text;
  }

  void fill(google::protobuf::Timestamp& time) {
    time.set_seconds(
        std::uniform_int_distribution<int64_t>(-62'135'596'800, 253'402'300'799)(engine_));
    time.set_nanos(nanos());
  }

  void fill(google::protobuf::Duration& duration) {
    const int sign = often() ? 1 : -1;
    duration.set_seconds(sign * below(100'000));
    duration.set_nanos(sign * nanos());
  }

  int nanos() {
    static const int kUnits[] = {0, 1, 1'000, 1'000'000};
    return kUnits[below(4)] * below(1000);
  }

  double number() {
    static const double kNumbers[] = {0, 1, 0.97, 1.0 / 3, 1e-7, 5e300, -2.5, 0.1 + 0.2};
    return kNumbers[below(std::size(kNumbers))];
  }

 private:
  std::mt19937 engine_;
};

void fill(Dice& dice, v1::Candidate& candidate) {
  candidate.set_name(dice.text());
  for (int i = dice.below(4); i > 0; --i) {
    candidate.add_chain(dice.text());
  }
  candidate.set_client(dice.text());
  candidate.set_address(dice.text());
  if (dice.often()) {
    dice.fill(*candidate.mutable_answered_at());
    dice.fill(*candidate.mutable_valid_until());
  }
  if (dice.often()) {
    dice.fill(*candidate.mutable_expired_by());
  }
  candidate.set_origin(static_cast<v1::Origin>(dice.below(8)));
  candidate.set_upstream(dice.text());
  candidate.set_transport(static_cast<v1::Transport>(dice.below(6)));
  candidate.set_deliveries(dice.often() ? static_cast<uint32_t>(dice.below(1000)) : UINT32_MAX);
  candidate.set_via(static_cast<v1::Via>(dice.below(7)));
  candidate.set_reason(static_cast<v1::Reason>(dice.below(9)));
  candidate.set_confidence(dice.number());
  candidate.set_rebinding(!dice.often());
  candidate.set_forwarder(dice.text());
}

v1::LookupResponse answer(Dice& dice) {
  v1::LookupResponse answer;
  answer.set_verdict(static_cast<v1::Verdict>(dice.below(7)));
  answer.set_ambiguous(dice.often());
  for (int i = dice.below(3); i > 0; --i) {
    fill(dice, *answer.add_candidates());
  }
  if (dice.often()) {
    answer.mutable_coverage()->set_covered(dice.often());
    if (dice.often()) {
      dice.fill(*answer.mutable_coverage()->mutable_covered_from());
    }
  }
  for (int i = dice.below(3); i > 0; --i) {
    v1::Hint& hint = *answer.add_hints();
    hint.set_kind(static_cast<v1::HintKind>(dice.below(3)));
    hint.set_name(dice.text());
    hint.set_client(dice.text());
    hint.set_address(dice.text());
    if (dice.often()) {
      dice.fill(*hint.mutable_at());
    }
  }
  answer.set_truncated(!dice.often());
  return answer;
}

TEST(LookupJson, answers_are_written_as_protobuf_writes_them) {
  Dice dice(1);
  for (int i = 0; i < 5000; ++i) {
    const v1::LookupResponse message = answer(dice);
    std::string text;
    append_json(text, message);
    ASSERT_EQ(text, as_protobuf_writes(message));
  }
}

TEST(LookupJson, errors_are_written_as_protobuf_writes_them) {
  Dice dice(2);
  for (int i = 0; i < 500; ++i) {
    v1::LookupError error;
    error.set_code(static_cast<google::rpc::Code>(dice.below(20)));
    error.set_reason(dice.text());
    error.set_message(dice.text());
    error.set_field(dice.text());
    if (dice.often()) {
      error.mutable_retry_after()->set_seconds(dice.below(100));
    }
    std::string text;
    append_json(text, error);
    ASSERT_EQ(text, as_protobuf_writes(error));
  }
}

void append_utf8(std::string& text, uint32_t point) {
  const auto octet = [&](uint32_t bits) { text.push_back(static_cast<char>(bits)); };
  if (point < 0x80) {
    octet(point);
  } else if (point < 0x800) {
    octet(0xC0 | point >> 6), octet(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    octet(0xE0 | point >> 12), octet(0x80 | (point >> 6 & 0x3F)), octet(0x80 | (point & 0x3F));
  } else {
    octet(0xF0 | point >> 18), octet(0x80 | (point >> 12 & 0x3F)),
        octet(0x80 | (point >> 6 & 0x3F)), octet(0x80 | (point & 0x3F));
  }
}

TEST(LookupJson, every_character_is_written_as_protobuf_writes_it) {
  // So many in one message: what protobuf needs for any message at all would be most of the time.
  constexpr uint32_t kTogether = 256;
  for (uint32_t first = 0; first < 0x110000; first += kTogether) {
    if (first >= 0xD800 && first < 0xE000) {
      continue;  // surrogates
    }
    std::string characters;
    for (uint32_t point = first; point < first + kTogether; ++point) {
      append_utf8(characters, point);
    }
    v1::LookupError error;
    error.set_message(characters);
    std::string text;
    append_json(text, error);
    ASSERT_EQ(text, as_protobuf_writes(error)) << "from " << std::hex << first;
  }
}

void expect_read_alike(const std::string& line) {
  v1::LookupRequest plain;
  if (!read_plain_question(line, now(), plain)) {
    return;  // protobuf's to read
  }
  v1::LookupRequest oracle;
  const Status read = read_any_question(line, now(), oracle);
  ASSERT_TRUE(read.ok()) << line << read.error().message;
  EXPECT_TRUE(MessageDifferencer::Equals(plain, oracle)) << line;
}

bool is_plain(std::string_view line) {
  v1::LookupRequest question;
  return read_plain_question(line, now(), question);
}

constexpr const char* kQuestions[] = {
    R"({"client":"192.168.1.7","address":"203.0.113.83","at":"2026-11-23T08:54:14Z"})",
    R"({"client": "10.0.0.7", "address": "192.0.2.1", "at": "2013-09-19T14:21:51.669093Z", )"
    R"("port": 3478, "proto": "udp", "min_coverage": "5s", "tolerance": "0.999999s"})",
    R"( { "address" : "2001:db8::/32" , "tolerance" : "12.5s" , "port" : 0 } )",
    R"({"at":"0001-01-01T00:00:00.000000001Z","min_coverage":"123456789.123456789s"})",
    R"({"at":"9999-12-31T23:59:59.999999999Z","address":"","client":""})",
    R"({"at":"2026-11-23 08:54:14+01:00","tolerance":"0s"})",
    R"({"tolerance":"2s","at":"2026-11-23T08:54:60.5Z"})",
    R"({"at":1795420800,"address":"192.0.2.1"})",
    R"({"at":"1795420800.25"})",
    R"({"at":"-1d2h"})",
    "{}"};

TEST(LookupJson, plain_questions_are_read_without_protobuf) {
  for (const char* line : kQuestions) {
    EXPECT_TRUE(is_plain(line)) << line;
    expect_read_alike(line);
  }
}

TEST(LookupJson, whatever_else_json_may_mean_is_left_to_protobuf) {
  for (const char* line :
       {R"({"minCoverage":"5s"})", R"({"address":"\u0031"})", R"({"port":"443"})",
        R"({"port":4.43e2})", R"({"\u0061t":"2026-11-23T08:54:14Z"})", R"({"address":null})",
        R"({"address":"é"})", R"({"address":"a","address":"b"})", R"({"tolerance":"-1s"})",
        R"({"at":null})", R"({"at":"2026-02-30T08:54:10Z"})", R"({"x":1})",
        R"({"at":"2026-11-23T08:54:14.Z"})", R"({"port":12345678901})", R"({"port":-1})",
        R"({"at":1.7e9})", R"({"tolerance":"1"})", R"({'address':'a'})"}) {
    EXPECT_FALSE(is_plain(line)) << line;
  }
}

TEST(LookupJson, changed_questions_are_read_alike_or_left_to_protobuf) {
  std::mt19937 engine(3);
  const std::string_view octets = "{}[]\":,0123456789.-+eEtTZzs\\/ \tunrlafx_'\x01\x80";
  for (int round = 0; round < 20'000; ++round) {
    std::string line = kQuestions[engine() % std::size(kQuestions)];
    for (auto change = engine() % 3 + 1; change > 0; --change) {
      const size_t at = engine() % line.size();
      const char octet = octets[engine() % octets.size()];
      if (engine() % 3 == 0) {
        line.erase(at, 1);
      } else if (engine() % 2 == 0) {
        line[at] = octet;
      } else {
        line.insert(at, 1, octet);
      }
      if (line.empty()) {
        line = "{";
      }
    }
    expect_read_alike(line);
  }
}

}  // namespace
}  // namespace etymon::cli

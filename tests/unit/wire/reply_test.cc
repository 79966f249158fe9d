// The message that one client gets of a stored response.
#include <gtest/gtest.h>

#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using testing::kDnssecOk;
using testing::response;

constexpr auto kAdditional = MessageBuilder::kAdditional;
constexpr uint16_t kAllFlags = 0x85F0;  // QR AA RD RA Z AD CD

class Reply : public ::testing::Test {
 protected:
  // The stored response to "a.example": two addresses with TTL 300, one additional record.
  Reply() {
    keep(response("a.example", RecordType::kA)
             .flags(kAllFlags)
             .a("a.example", 300, "192.0.2.1")
             .a("a.example", 20, "192.0.2.2")
             .record(kAdditional, "x.example", RecordType::kTxt, 300, "\3txt"));
  }

  void keep(const MessageBuilder& message) {
    auto parsed = parse(message, "a.example", RecordType::kA);
    ASSERT_TRUE(parsed.ok());
    stored_ = std::move(parsed->stored);
  }

  std::string write(ReplyShape shape, size_t out_size = kMessageMax) {
    if (shape.qname.empty()) {
      shape.qname = as_bytes(qname_);
    }
    std::string out(out_size, '\xEE');
    out.resize(
        write_reply(stored_.view(), shape, reinterpret_cast<uint8_t*>(out.data()), out_size));
    return out;
  }

  uint16_t flags_for(const ReplyShape& shape) { return read_header(as_bytes(write(shape))).flags; }

  uint32_t ttl(const std::string& message, size_t record) const {
    return load_u32(as_bytes(message).data() + stored_.ttl_offsets[record]);
  }

  std::string qname_ = wire_name("a.example");
  StoredResponse stored_;
};

TEST_F(Reply, carries_the_clients_id_and_spelling) {
  const std::string spelled = wire_name("A.eXaMpLe");
  const std::string message = write({.id = 0xABCD, .qname = as_bytes(spelled)});
  EXPECT_EQ(read_header(as_bytes(message)).id, 0xABCD);
  EXPECT_EQ(message.substr(kHeaderSize, spelled.size()), spelled);
  EXPECT_TRUE(parse(message, "A.eXaMpLe", RecordType::kA).ok());
}

TEST_F(Reply, has_qr_and_ra_and_never_aa_or_the_reserved_bit) {
  EXPECT_EQ(flags_for({.recursion_desired = false}), kFlagQr | kFlagRa);
}

TEST_F(Reply, repeats_the_clients_rd_and_cd) {
  EXPECT_EQ(flags_for({.recursion_desired = true}), kFlagQr | kFlagRa | kFlagRd);
  EXPECT_EQ(flags_for({.recursion_desired = false, .checking_disabled = true}),
            kFlagQr | kFlagRa | kFlagCd);
}

TEST_F(Reply, shows_ad_only_to_who_wants_it_by_rfc_6840) {
  EXPECT_NE(flags_for({.authentic_data_wanted = true}) & kFlagAd, 0);
  EXPECT_EQ(flags_for({.authentic_data_wanted = false}) & kFlagAd, 0);
  keep(response("a.example", RecordType::kA).a("a.example", 300, "192.0.2.1"));
  EXPECT_EQ(flags_for({.authentic_data_wanted = true}) & kFlagAd, 0) << "upstream did not say it";
}

TEST_F(Reply, keeps_the_rcode) {
  keep(response("a.example", RecordType::kA, 3).soa("example", 60, 60));
  EXPECT_EQ(rcode_of(flags_for({})), 3U);
}

TEST_F(Reply, ages_each_ttl_and_stops_at_zero) {
  const std::string message = write({.age_s = 100});
  EXPECT_EQ(ttl(message, 0), 200U);
  EXPECT_EQ(ttl(message, 1), 0U);
}

TEST_F(Reply, never_goes_below_the_floor_of_a_stale_answer_by_rfc_8767) {
  const std::string message = write({.age_s = 1000, .ttl_floor_s = 30});
  EXPECT_EQ(ttl(message, 0), 30U);
  EXPECT_EQ(ttl(message, 1), 30U);
}

TEST_F(Reply, leaves_the_stored_response_as_it_was) {
  const std::string before = stored_.message;
  write({.id = 1, .age_s = 100, .size_limit = 60});
  EXPECT_EQ(stored_.message, before);
}

TEST_F(Reply, has_an_opt_only_for_a_client_that_sent_one_and_mirrors_do) {
  const std::string plain = write({});
  EXPECT_EQ(plain.size(), stored_.message.size());
  const std::string with_do = write({.edns = true, .dnssec_ok = true});
  MessageBuilder opt(".", RecordType::kA);
  const size_t before = opt.wire().size();
  EXPECT_EQ(with_do.substr(plain.size()), opt.opt(kEdnsSize, kDnssecOk).wire().substr(before));
  EXPECT_EQ(read_header(as_bytes(with_do)).arcount, 2);
}

TEST_F(Reply, leaves_additional_records_away_before_it_truncates_by_rfc_2181) {
  const size_t limit = stored_.message.size() - 1;
  const std::string message = write({.size_limit = limit});
  const Header header = read_header(as_bytes(message));
  EXPECT_EQ(header.flags & kFlagTc, 0);
  EXPECT_EQ(header.ancount, 2);
  EXPECT_EQ(header.arcount, 0);
  const auto parsed = parse(message, "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->answer.addresses.size(), 2U);
}

TEST_F(Reply, truncated_is_header_question_and_opt) {
  const size_t limit = stored_.additional_at - 1;
  const std::string message = write({.edns = true, .age_s = 5, .size_limit = limit});
  const Header header = read_header(as_bytes(message));
  EXPECT_NE(header.flags & kFlagTc, 0);
  EXPECT_EQ(header.ancount + header.nscount, 0);
  EXPECT_EQ(header.arcount, 1);
  EXPECT_EQ(message.size(), kHeaderSize + qname_.size() + 4 + 11);
  EXPECT_TRUE(parse(message, "a.example", RecordType::kA).ok());
}

TEST_F(Reply, counts_the_opt_towards_the_limit) {
  const size_t whole = stored_.message.size() + 11;
  EXPECT_EQ(write({.edns = true, .size_limit = whole}).size(), whole);
  EXPECT_LT(write({.edns = true, .size_limit = whole - 1}).size(), whole - 11);
}

TEST_F(Reply, is_nothing_when_not_even_the_question_fits) {
  const size_t least = kHeaderSize + qname_.size() + 4;
  EXPECT_EQ(write({}, least).size(), least);
  EXPECT_EQ(write({}, least - 1).size(), 0U);
  EXPECT_EQ(write({.edns = true}, least + 10).size(), 0U);
}

TEST_F(Reply, of_a_full_size_message_with_an_opt_stays_within_65535_octets) {
  MessageBuilder message = response("a.example", RecordType::kA);
  const std::string filler(60'000, 'x');
  message.record(MessageBuilder::kAnswer, "a.example", RecordType::kA, 1, v4_data("192.0.2.1"));
  message.record(kAdditional, "x", RecordType{65280}, 1, filler);
  const size_t left = kMessageMax - message.wire().size() - 13;
  message.record(kAdditional, "x", RecordType{65280}, 1, filler.substr(0, left));
  ASSERT_EQ(message.wire().size(), kMessageMax);
  keep(message);
  EXPECT_EQ(write({}).size(), kMessageMax);
  EXPECT_LT(write({.edns = true}).size(), 100U) << "the additional records stay away";
}

TEST_F(Reply, ttls_can_be_limited_once_it_is_written) {
  std::string out = write({.edns = true, .age_s = 10});
  const auto limit = [&](const TtlRange& range) {
    return clamp_sent_ttls(stored_.ttl_offsets, range, reinterpret_cast<uint8_t*>(out.data()),
                           out.size() - kOptSize);
  };
  const auto ttl = [&](size_t i) {
    return load_u32(as_bytes(out).data() + stored_.ttl_offsets.at(i));
  };
  const std::string before = out;
  EXPECT_FALSE(limit({}));
  EXPECT_FALSE(limit({.floor_s = 10, .cap_s = 290}));
  EXPECT_EQ(out, before);
  EXPECT_TRUE(limit({.floor_s = 60, .cap_s = 120}));
  EXPECT_EQ(ttl(0), 120U);
  EXPECT_EQ(ttl(1), 60U);
  EXPECT_EQ(ttl(2), 120U);
  EXPECT_EQ(out.substr(out.size() - kOptSize), before.substr(before.size() - kOptSize));
}

TEST_F(Reply, limits_of_ttls_end_where_the_message_was_cut) {
  std::string out = write({}, stored_.additional_at);
  ASSERT_EQ(out.size(), stored_.additional_at);
  const std::string guard = out + std::string(64, '\xEE');
  std::string bytes = guard;
  EXPECT_TRUE(clamp_sent_ttls(stored_.ttl_offsets, {.cap_s = 5},
                              reinterpret_cast<uint8_t*>(bytes.data()), out.size()));
  EXPECT_EQ(bytes.substr(out.size()), guard.substr(out.size()));
}

}  // namespace
}  // namespace etymon::wire

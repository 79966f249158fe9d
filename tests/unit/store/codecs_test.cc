// Bytes on disk: what is written is read back, keys sort as they are read, damage is noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <random>
#include <thread>

#include "store/journal/journal_entry.h"
#include "store/tables/answer_codec.h"
#include "store/tables/keys.h"
#include "store/tables/outlines.h"
#include "store/tables/runs.h"
#include "store/tables/sets.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

constexpr WallTime kDay = WallTime(std::chrono::days(20'000));

template <class Key>
std::string bytes_of(const Key& key) {
  std::string bytes;
  append_key(bytes, key);
  return bytes;
}

std::vector<Sighting> some_sightings() {
  return {{kDay + Seconds(5), 300, Origin::kUpstream, Transport::kUdp},
          {kDay + Seconds(65), 240, Origin::kCache, Transport::kUdp},
          {kDay + Seconds(65), 240, Origin::kCache, Transport::kTls},
          {kDay + Seconds(500), 0, Origin::kStale, Transport::kTcp},
          {kDay + Seconds(86'399), UINT32_MAX, Origin::kImport, Transport::kHttps}};
}

TEST(Keys, come_back_as_they_were_written) {
  const DeliveryKey delivery{472'222, ip("10.0.0.1"), 77};
  EXPECT_EQ(read_delivery_key(bytes_of(delivery)), delivery);
  const AddressKey address{ip("2001:db8::1"), ip("10.0.0.1"), 20'000, kAnswerIdMax};
  EXPECT_EQ(read_address_key(bytes_of(address)), address);
  const NameKey name{*DomainName::from_text("a\\000b.example"), NameRole::kChain, 20'000, 1};
  EXPECT_EQ(read_name_key(bytes_of(name)), name);
  const ClientKey client{ip("10.0.0.1"), 472'222};
  EXPECT_EQ(read_client_key(bytes_of(client)), client);
}

TEST(Keys, put_the_newest_hour_of_a_client_first) {
  EXPECT_LT(bytes_of(ClientKey{ip("10.0.0.1"), 472'222}),
            bytes_of(ClientKey{ip("10.0.0.1"), 472'221}));
}

TEST(Keys, put_the_newest_day_of_an_address_and_client_first) {
  const AddressKey today{ip("192.0.2.1"), ip("10.0.0.1"), 20'000, 9};
  AddressKey yesterday = today;
  yesterday.day -= 1;
  AddressKey other_client = today;
  other_client.client = ip("10.0.0.2");
  EXPECT_LT(bytes_of(today), bytes_of(yesterday));
  EXPECT_LT(bytes_of(yesterday), bytes_of(other_client));
}

// A name of hostile octets must not sort between the keys of its parent.
TEST(Keys, keep_all_keys_of_a_name_before_those_of_names_below_it) {
  const std::string parent =
      bytes_of(NameKey{*DomainName::from_text("example"), NameRole::kChain, 0, kAnswerIdMax});
  for (const char* below :
       {"\\000.example", "\\000\\000.example", "\\001.example", "\\255.example", "a.example"}) {
    const NameKey key{*DomainName::from_text(below), NameRole::kAsked, 20'000, 1};
    EXPECT_LT(parent, bytes_of(key)) << below;
    EXPECT_EQ(read_name_key(bytes_of(key)), key) << below;
  }
}

TEST(Keys, cover_a_prefix_of_both_families_with_two_ranges) {
  const auto in_ranges = [](const std::vector<KeyRange>& ranges, const std::string& address) {
    std::string key;
    append_address(key, ip(address));
    return std::ranges::any_of(
        ranges, [&](const KeyRange& range) { return range.first <= key && key < range.end; });
  };
  const auto all = address_ranges(IpPrefix::around(IpAddress(), 0));
  for (const char* address : {"0.0.0.0", "255.255.255.255", "::", "2001:db8::1",
                              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    EXPECT_TRUE(in_ranges(all, address)) << address;
  }
  const auto net = address_ranges(*IpPrefix::from_text("192.0.2.0/24"));
  EXPECT_TRUE(in_ranges(net, "192.0.2.255"));
  EXPECT_FALSE(in_ranges(net, "192.0.3.0"));
  EXPECT_FALSE(in_ranges(net, "192.0.1.255"));
}

TEST(AnswerBytes, come_back_as_they_were_written) {
  Answer answer = answer_of("www.example.com", {"192.0.2.1", "2001:db8::1"}, {"cdn.example.net"});
  answer.addresses[0].via = Via::kSvcbHint;
  answer.addresses[0].service = {.port = 853, .tcp = true};
  answer.addresses[1].service = {.udp = true};
  answer.rcode = Rcode::kBadVers;
  answer.question.type = static_cast<RecordType>(65'280);
  EXPECT_EQ(*decode_answer(encode_answer(answer)), answer);
  EXPECT_EQ(*decode_answer(encode_answer(Answer())), Answer());
}

TEST(AnswerBytes, tell_what_was_withheld_behind_all_else) {
  Answer answer = answer_of("www.example.com", {"192.0.2.1"});
  const std::string plain = encode_answer(answer);
  answer.rebinding = true;
  EXPECT_EQ(encode_answer(answer), plain + std::string(1, '\0'));
  EXPECT_EQ(*decode_answer(encode_answer(answer)), answer);
  answer.withheld = {ip("10.0.0.1"), ip("fd00::1")};
  const std::string bytes = encode_answer(answer);
  EXPECT_TRUE(bytes.starts_with(plain + std::string("\x02\x01\x0a\0\0\1", 6)));
  EXPECT_EQ(*decode_answer(bytes), answer);
  for (size_t size = plain.size() + 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_answer(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode_answer(bytes + "x").ok());
}

TEST(AnswerBytes, tell_their_addresses_without_the_rest) {
  Answer answer = answer_of("www.example.com", {"192.0.2.1", "2001:db8::1"}, {"cdn.example.net"});
  answer.addresses[0].service = {.port = 853, .tcp = true};
  answer.rebinding = true;
  answer.withheld = {ip("10.0.0.1")};
  const auto addresses_in = [](const Answer& one) {
    std::vector<IpAddress> found;
    visit_addresses(encode_answer(one),
                    [&](const IpAddress& address) { found.push_back(address); });
    return found;
  };
  EXPECT_EQ(addresses_in(answer), (std::vector{ip("192.0.2.1"), ip("2001:db8::1")}));
  EXPECT_TRUE(addresses_in(Answer()).empty());
}

TEST(KnownAnswer, is_read_when_it_is_asked_for_and_once) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1"}, {"cdn.example.net"});
  const auto known = std::make_shared<const KnownAnswer>(7, encode_answer(answer));
  std::vector<const Answer*> seen(4);
  {
    std::vector<std::jthread> readers;
    for (const Answer*& one : seen) {
      readers.emplace_back([&one, &known] { one = &known->answer(); });
    }
  }
  EXPECT_THAT(seen, ::testing::Each(seen.front()));
  EXPECT_EQ(*seen.front(), answer);
}

TEST(KnownAnswer, is_not_made_of_bytes_without_an_answer) {
  const auto known = KnownAnswer::read(7, "no answer");
  ASSERT_FALSE(known.ok());
  EXPECT_EQ(known.error().code, ErrorCode::kDataLoss);
}

TEST(AnswerBytes, are_refused_when_cut_anywhere_or_followed_by_more) {
  const std::string bytes =
      encode_answer(answer_of("www.example.com", {"192.0.2.1"}, {"cdn.example.net"}));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_answer(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode_answer(bytes + "x").ok());
}

TEST(Runs, come_back_as_they_were_written) {
  std::string bytes;
  append_run(bytes, kDay, some_sightings());
  std::vector<Sighting> read;
  ASSERT_TRUE(read_runs(bytes, kDay, read));
  EXPECT_EQ(read, some_sightings());
}

// As in some_sightings(), but by way of forwarders: one after the other, none, and the first again.
std::vector<Sighting> forwarded_sightings() {
  std::vector<Sighting> all = some_sightings();
  all[0].forwarder = ip("10.0.0.2");
  all[1].forwarder = ip("10.0.0.2");
  all[2].forwarder = ip("fd00::2");
  all[4].forwarder = ip("10.0.0.2");
  return all;
}

TEST(Runs, come_back_with_their_forwarders) {
  std::string bytes;
  append_run(bytes, kDay, forwarded_sightings());
  std::vector<Sighting> read;
  ASSERT_TRUE(read_runs(bytes, kDay, read));
  EXPECT_EQ(read, forwarded_sightings());
  for (size_t size = 0; size < bytes.size(); ++size) {
    read.clear();
    EXPECT_FALSE(size > 0 && read_runs(bytes.substr(0, size), kDay, read)) << size;
  }
}

TEST(Runs, name_a_forwarder_once) {
  std::vector<Sighting> all{{kDay + Seconds(5), 300, Origin::kUpstream, Transport::kUdp}};
  for (const Origin origin : {Origin::kCache, Origin::kUpstream, Origin::kCache, Origin::kCache}) {
    all.push_back(all.back());
    all.back().origin = origin;
  }
  std::string without;
  append_run(without, kDay, all);
  std::ranges::for_each(all, [](Sighting& one) { one.forwarder = ip("10.0.0.2"); });
  std::string with;
  append_run(with, kDay, all);
  EXPECT_EQ(with.size(), without.size() + 5 + 3) << "its address, and an octet for a new kind";
}

TEST(Runs, that_repeat_a_forwarder_who_was_never_named_are_damaged) {
  std::vector<Sighting> one{{kDay + Seconds(5), 300, Origin::kUpstream, Transport::kUdp}};
  one[0].forwarder = ip("10.0.0.2");
  std::string bytes;
  append_run(bytes, kDay, one);
  bytes.replace(bytes.find(std::string("\x01\x0a\0\0\x02", 5)), 5, 1, '\0');
  std::vector<Sighting> read;
  EXPECT_FALSE(read_runs(bytes, kDay, read));
}

TEST(Runs, merge_with_forwarders_into_the_same_whatever_is_merged_first) {
  const std::vector<Sighting> all = forwarded_sightings();
  std::string a;
  std::string b;
  append_run(a, kDay, std::span(all).first(3));  // not between two of the same moment
  append_run(b, kDay, std::span(all).subspan(3));
  EXPECT_EQ(merge_runs(a + b), merge_runs(b + a));
  std::vector<Sighting> read;
  ASSERT_TRUE(read_runs(merge_runs(a + b), kDay, read));
  EXPECT_EQ(read, all);
}

TEST(Runs, take_five_octets_for_a_repeat_within_a_minute_and_a_bit) {
  std::vector<Sighting> hits;
  for (uint32_t i = 0; i < 60; ++i) {
    hits.push_back({kDay + Seconds(60 * i) + Microseconds(123'456), 3600 - 60 * i, Origin::kCache,
                    Transport::kUdp});
  }
  std::string bytes;
  append_run(bytes, kDay, hits);
  EXPECT_LE(bytes.size(), 5 * hits.size());
}

TEST(Runs, merge_into_the_same_whatever_is_merged_first) {
  const std::vector<Sighting> all = some_sightings();
  std::string a;
  std::string b;
  std::string c;
  append_run(a, kDay, std::span(all).subspan(3, 2));
  append_run(b, kDay, std::span(all).subspan(0, 1));
  append_run(c, kDay, std::span(all).subspan(1, 2));
  const std::string once = merge_runs(a + b + c);
  EXPECT_EQ(merge_runs(merge_runs(a + b) + c), once);
  EXPECT_EQ(merge_runs(a + merge_runs(b + c)), once);
  std::vector<Sighting> read;
  ASSERT_TRUE(read_runs(once, kDay, read));
  EXPECT_EQ(read, all);
}

TEST(Sets, merge_into_the_same_whatever_is_merged_first) {
  std::string a;
  std::string b;
  append_member(a, {ip("10.0.0.2"), 0b1});
  append_member(a, {ip("2001:db8::1"), 0b1000});
  append_member(b, {ip("10.0.0.1"), 0b10});
  append_member(b, {ip("10.0.0.2"), 0b100});
  EXPECT_EQ(merge_clients(a + b), merge_clients(b + a));
  EXPECT_EQ(merge_clients(merge_clients(a) + b), merge_clients(a + b));
  EXPECT_EQ(*read_clients(a + b),
            (std::vector<ClientHours>{
                {ip("10.0.0.1"), 0b10}, {ip("10.0.0.2"), 0b101}, {ip("2001:db8::1"), 0b1000}}));
}

TEST(Sets, add_up_what_a_client_was_told) {
  std::string a;
  std::string b;
  append_activity(a, {3, 100});
  append_activity(b, {200, 7});
  EXPECT_EQ(merge_activity(a + b), merge_activity(b + a));
  EXPECT_EQ(read_activity(a + b), (Activity{203, 107}));
  EXPECT_EQ(read_activity(merge_activity(a + b)), (Activity{203, 107}));
}

TEST(JournalEntries, come_back_as_they_were_written) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1"});
  const auto known = std::make_shared<const KnownAnswer>(7, encode_answer(answer));
  const std::vector<Delivery> deliveries{
      {kDay + Seconds(9), ip("10.0.0.1"), 7, 300, Origin::kCache, Transport::kTls},
      {kDay, ip("2001:db8::1"), kAnswerIdMax, UINT32_MAX, Origin::kImport, Transport::kUdp},
      {kDay, ip("10.0.0.1"), 7, 300, Origin::kCache, Transport::kTls, ip("10.0.0.2")},
      {kDay, ip("10.0.0.3"), 7, 300, Origin::kCache, Transport::kTls, ip("10.0.0.2")},
      {kDay, ip("10.0.0.1"), 7, 300, Origin::kCache, Transport::kTls}};
  std::string bytes;
  encode_entry({&known, 1}, deliveries, bytes);
  const auto entry = decode_entry(bytes);
  ASSERT_TRUE(entry.ok());
  ASSERT_EQ(entry->definitions.size(), 1U);
  EXPECT_EQ(entry->definitions[0], (JournalEntry::Definition{7, known->bytes()}));
  ASSERT_EQ(entry->deliveries.size(), deliveries.size());
  for (size_t i = 0; i < deliveries.size(); ++i) {
    EXPECT_EQ(entry->deliveries[i].client, deliveries[i].client) << i;
    EXPECT_EQ(sighting_of(entry->deliveries[i]), sighting_of(deliveries[i])) << i;
  }
  std::string again;
  encode_entry({&known, 1}, entry->deliveries, again);
  EXPECT_EQ(again, bytes);
}

// Random and randomly damaged bytes: anything may come out but a crash, an endless loop or a read
// beyond the end (the sanitizer builds watch for those).
TEST(HostileBytes, are_refused_or_read_as_something_else) {
  std::mt19937 dice(20'261'123);
  std::string entry;
  const Answer answer = answer_of("www.example.com", {"192.0.2.1"}, {"cdn.example.net"});
  const auto known = std::make_shared<const KnownAnswer>(7, encode_answer(answer));
  const Delivery delivery{kDay, ip("10.0.0.1"), 7, 300};
  encode_entry({&known, 1}, {&delivery, 1}, entry);
  std::string run;
  append_run(run, kDay, some_sightings());
  std::string outline;
  append_outline(outline, kDay, hours_of(some_sightings()));
  const std::string whole[] = {entry, run, outline, known->bytes()};
  size_t understood = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes = whole[static_cast<size_t>(round) % std::size(whole)];
    for (int flips = 1 + round % 4; flips > 0; --flips) {
      bytes[dice() % bytes.size()] = static_cast<char>(dice());
    }
    std::vector<Sighting> sightings;
    std::vector<Outlined> outlined;
    for (const bool one :
         {decode_answer(bytes).ok(), decode_entry(bytes).ok(), read_runs(bytes, kDay, sightings),
          read_outline(bytes, kDay, outlined), read_delivery_key(bytes).has_value(),
          read_address_key(bytes).has_value(), read_name_key(bytes).has_value()}) {
      understood += one ? 1U : 0U;
    }
    merge_runs(bytes);
    merge_outlines(bytes);
    hours_of(outlined);
    merge_clients(bytes);
    merge_ids(bytes);
    merge_activity(bytes);
    read_head(bytes);
    read_first(bytes, kDay);
  }
  EXPECT_LT(understood, 50'000U);
}

}  // namespace
}  // namespace etymon::store

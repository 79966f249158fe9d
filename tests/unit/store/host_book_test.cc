// Which address was which device's: the rules, one by one.
#include "store/hosts/host_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kLaptop = "mac:02:00:00:00:00:01";
constexpr const char* kPhone = "mac:02:00:00:00:00:02";
constexpr const char* kV4 = "192.168.1.7";
constexpr const char* kV6 = "2001:db8::7";
constexpr const char* kTemporary = "2001:db8::abcd";
constexpr WallTime kNoon{Seconds(1'700'000'000)};
constexpr Seconds kLinger{3600};

WallTime noon_plus(int64_t seconds) {
  return kNoon + Seconds(seconds);
}

IpAddress ip(const std::string& text) {
  return IpAddress::from_text(text).value();
}

HostSighting seen(const char* device, const char* address, int64_t at) {
  return {.device = device, .address = ip(address), .seen = {noon_plus(at), noon_plus(at)}};
}

// Learned when the newest of them is.
HostBook book_of(const std::vector<HostSighting>& sightings, HostOptions options = {}) {
  HostBook book(std::move(options));
  WallTime now{};
  for (const HostSighting& sighting : sightings) {
    now = std::max(now, sighting.seen.end);
    book.learn(sighting, now);
  }
  return book;
}

std::vector<std::string> elsewhere(const HostBook& book, const char* client, int64_t at) {
  std::vector<std::string> all;
  for (const HostTenure& tenure : book.identity(ip(client), noon_plus(at)).elsewhere) {
    all.push_back(tenure.address.text());
  }
  return all;
}

TEST(HostBook, a_device_is_known_by_each_of_its_addresses) {
  const HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV6, 5),
                                 seen(kLaptop, kTemporary, 9), seen(kPhone, "192.168.1.8", 0)});
  EXPECT_EQ(book.identity(ip(kV6), noon_plus(10)).device, kLaptop);
  EXPECT_THAT(elsewhere(book, kTemporary, 10), UnorderedElementsAre(kV4, kV6));
  EXPECT_THAT(elsewhere(book, "192.168.1.8", 10), IsEmpty());
}

TEST(HostBook, nothing_is_known_of_a_stranger) {
  const HostIdentity host = book_of({seen(kLaptop, kV4, 0)}).identity(ip(kV6), noon_plus(0));
  EXPECT_EQ(host.device, "");
  EXPECT_THAT(host.elsewhere, IsEmpty());
}

TEST(HostBook, sightings_within_the_lingering_time_are_one_interval) {
  const HostBook book =
      book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV4, 3600), seen(kLaptop, kV4, 7200)});
  ASSERT_THAT(book.intervals(), SizeIs(1));
  EXPECT_EQ(book.intervals()[0].seen, (TimeSpan{noon_plus(0), noon_plus(7200)}));
}

TEST(HostBook, after_a_longer_silence_another_interval_begins) {
  const HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV4, 3601)});
  EXPECT_THAT(book.intervals(), SizeIs(2));
}

TEST(HostBook, an_interval_holds_from_a_minute_before_until_it_has_lingered) {
  const HostBook book = book_of({seen(kLaptop, kV4, 0)});
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(-61)).device, "");
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(-60)).device, kLaptop);
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(3600)).device, kLaptop);
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(3601)).device, "");
}

TEST(HostBook, an_address_that_moves_to_another_device_is_no_longer_the_firsts) {
  const HostBook book =
      book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV6, 0), seen(kPhone, kV4, 600)});
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(300)).device, kLaptop);
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(600)).device, kPhone);
  const HostIdentity laptop = book.identity(ip(kV6), noon_plus(700));
  ASSERT_THAT(laptop.elsewhere, SizeIs(1));
  EXPECT_LT(laptop.elsewhere[0].span.end, noon_plus(600));
}

TEST(HostBook, what_an_address_was_told_under_its_former_owner_is_not_the_new_ones) {
  const HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kPhone, kV4, 600)});
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(0)).own_since, WallTime{});
  const WallTime since = book.identity(ip(kV4), noon_plus(600)).own_since;
  EXPECT_GT(since, noon_plus(0));
  EXPECT_LE(since, noon_plus(600));
}

TEST(HostBook, of_a_span_all_count_who_had_the_address_within_it) {
  const HostBook book =
      book_of({seen("mac:02:00:00:00:00:03", kV4, -9000), seen(kLaptop, kV4, 0),
               seen(kLaptop, kV6, 0), seen(kPhone, kV4, 600), seen(kPhone, kTemporary, 600)});
  const TimeSpan both{noon_plus(0), noon_plus(700)};
  const HostIdentity host = book.identity(ip(kV4), both);
  EXPECT_EQ(host.device, kPhone);
  ASSERT_THAT(host.elsewhere, SizeIs(2));
  EXPECT_EQ(host.elsewhere[0].address, ip(kTemporary));
  EXPECT_EQ(host.elsewhere[1].address, ip(kV6));
  EXPECT_EQ(host.own_since, book.identity(ip(kV4), both.start).own_since);
  EXPECT_GT(host.own_since, WallTime{});
}

// It was the address of neither of them then.
TEST(HostBook, of_a_span_nobody_counts_beyond_the_time_in_which_the_address_was_his) {
  const HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV6, 0),
                                 seen(kPhone, kV4, 600), seen(kLaptop, kV6, 3000)});
  const HostIdentity host = book.identity(ip(kV4), TimeSpan{noon_plus(0), noon_plus(3600)});
  ASSERT_THAT(host.elsewhere, SizeIs(1));
  EXPECT_EQ(host.elsewhere[0].address, ip(kV6));
  EXPECT_LT(host.elsewhere[0].span.end, noon_plus(601));
}

// One who answers for an address under ever new names costs a lookup only so much.
TEST(HostBook, of_a_span_with_very_many_holders_the_newest_are_joined) {
  HostBook book{HostOptions()};
  for (int i = 0; i < 40; ++i) {
    const std::string device = "mac:02:00:00:00:01:" + std::to_string(10 + i);
    const std::string other = "10.0.0." + std::to_string(i);
    book.learn(seen(device.c_str(), kV4, i * 100), noon_plus(i * 100));
    book.learn(seen(device.c_str(), other.c_str(), i * 100), noon_plus(i * 100));
  }
  const HostIdentity host = book.identity(ip(kV4), TimeSpan{noon_plus(0), noon_plus(3'950)});
  ASSERT_THAT(host.elsewhere, SizeIs(HostBook::kHoldersMax + 2))
      << "of the last and the first, too";
  EXPECT_EQ(host.own_since, WallTime{});
}

TEST(HostBook, instants_of_a_span_at_which_nobody_is_known_change_nothing) {
  const HostBook book =
      book_of({seen(kPhone, kV4, -90'000), seen(kLaptop, kV4, 0), seen(kLaptop, kV6, 0)});
  const HostIdentity host = book.identity(ip(kV4), TimeSpan{noon_plus(-40'000), noon_plus(40'000)});
  EXPECT_EQ(host.device, kLaptop);
  EXPECT_EQ(host.own_since, book.identity(ip(kV4), noon_plus(0)).own_since);
  ASSERT_THAT(host.elsewhere, SizeIs(1));
  EXPECT_EQ(host.elsewhere[0].address, ip(kV6));
}

TEST(HostBook, a_device_with_very_many_addresses_answers_for_others_and_joins_nothing) {
  std::vector<HostSighting> sightings;
  for (int i = 1; i <= 33; ++i) {
    sightings.push_back(seen(kLaptop, ("10.0.0." + std::to_string(i)).c_str(), i));
  }
  const HostBook many = book_of(sightings);
  EXPECT_EQ(many.identity(ip("10.0.0.1"), noon_plus(40)).device, "");
  sightings.pop_back();
  EXPECT_THAT(elsewhere(book_of(sightings), "10.0.0.1", 40), SizeIs(31));
}

TEST(HostBook, a_router_joins_nothing) {
  HostSighting router = seen(kLaptop, kV6, 0);
  router.is_router = true;
  EXPECT_THAT(elsewhere(book_of({router, seen(kLaptop, kV4, 0)}), kV4, 1), IsEmpty());
}

TEST(HostBook, a_lease_counts_only_while_nothing_better_says_otherwise) {
  HostSighting lease = seen(kPhone, kV4, 10);
  lease.source = HostSource::kLease;
  HostBook book = book_of({seen(kLaptop, kV4, 0), lease});
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(20)).device, kLaptop);
  lease.seen = {noon_plus(4000), noon_plus(4000)};
  book.learn(lease, noon_plus(4000));
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(4000)).device, kPhone);
}

TEST(HostBook, old_news_changes_nothing) {
  const HostBook book = book_of({seen(kLaptop, kV4, 100), seen(kPhone, kV4, 50)});
  ASSERT_THAT(book.intervals(), SizeIs(1));
  EXPECT_EQ(book.intervals()[0].device, kLaptop);
}

TEST(HostBook, old_news_of_long_ago_changes_nothing_either) {
  HostBook book = book_of({seen(kLaptop, kV4, 100'000)});
  book.learn(seen(kPhone, kV4, 0), noon_plus(100'000));
  ASSERT_THAT(book.intervals(), SizeIs(1));
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(100'000)).device, kLaptop);
}

TEST(HostBook, a_device_that_a_clock_saw_that_was_ahead_is_known_once_the_clock_is_right) {
  constexpr int64_t kYear = 365 * 86'400;
  HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV4, kYear)});
  for (int64_t at = 60; at <= 5 * 3600; at += 60) {
    book.learn(seen(kLaptop, kV4, at), noon_plus(at));
  }
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(5 * 3600)).device, kLaptop);
  book.learn(seen(kPhone, kV4, 6 * 3600), noon_plus(6 * 3600));
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(6 * 3600)).device, kPhone);
  EXPECT_THAT(book.intervals(), SizeIs(3));
}

// A machine without a battery starts with the time of its last image.
TEST(HostBook, a_clock_that_is_behind_for_once_costs_nothing_of_what_is_known) {
  HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kPhone, kV4, 7200)});
  book.learn(seen(kPhone, kV4, -100'000), noon_plus(-100'000));
  book.learn(seen(kPhone, kV4, 7300), noon_plus(7300));
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(0)).device, kLaptop);
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(7300)).device, kPhone);
  HostBook loaded({});
  ASSERT_TRUE(loaded.load(book.save()).ok());
  EXPECT_EQ(loaded.intervals(), book.intervals());
}

TEST(HostBook, the_operators_list_is_believed_first) {
  HostOptions options;
  options.devices_by_address = {{ip(kV4), "name:desk"}, {ip("10.0.0.9"), "name:desk"}};
  const HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV6, 0)}, options);
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(0)).device, "name:desk");
  EXPECT_THAT(elsewhere(book, kV4, 0), ElementsAre("10.0.0.9"));
  EXPECT_THAT(elsewhere(book, kV6, 0), IsEmpty());
}

TEST(HostBook, a_name_joins_all_that_was_learned_under_its_macs) {
  HostOptions options;
  options.names_by_device = {{kLaptop, "name:desk"}, {kPhone, "name:desk"}};
  const HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kPhone, kV6, 0)}, options);
  EXPECT_EQ(book.identity(ip(kV4), noon_plus(0)).device, "name:desk");
  EXPECT_THAT(elsewhere(book, kV4, 0), ElementsAre(kV6));
}

TEST(HostBook, takes_no_more_than_it_has_room_for_and_keeps_the_newest) {
  HostBook book({}, 80);
  for (int i = 0; i < 1000; ++i) {
    const std::string address = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    book.learn(seen(kLaptop, address.c_str(), i), noon_plus(i));
    ASSERT_LE(book.size(), 80U);
  }
  EXPECT_EQ(book.size(), book.intervals().size());
  EXPECT_EQ(book.identity(ip("10.0.0.0"), noon_plus(0)).device, "");
  EXPECT_THAT(book.intervals(),
              ::testing::Contains(::testing::Field(&HostInterval::address, ip("10.0.3.249"))));
}

TEST(HostBook, tells_a_bounded_number_of_tenures_the_newest) {
  HostOptions options;
  options.addresses_max = 1000;
  HostBook book(options);
  book.learn(seen(kLaptop, kV4, 0), noon_plus(0));
  for (int i = 0; i < 100; ++i) {
    book.learn(seen(kLaptop, ("10.0.0." + std::to_string(i)).c_str(), i), noon_plus(i));
  }
  EXPECT_THAT(elsewhere(book, kV4, 100), SizeIs(HostBook::kTenuresMax));
  EXPECT_EQ(elsewhere(book, kV4, 100).front(), "10.0.0.99");
}

TEST(HostBook, can_be_saved_and_loaded) {
  HostSighting lease = seen(kPhone, "192.168.1.8", 30);
  lease.source = HostSource::kLease;
  lease.is_router = true;
  const HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV6, 5), lease});
  HostBook loaded({});
  ASSERT_TRUE(loaded.load(book.save()).ok());
  EXPECT_EQ(loaded.intervals(), book.intervals());
  EXPECT_EQ(loaded.size(), 3U);
}

TEST(HostBook, does_not_load_what_it_did_not_save) {
  const std::string sound = book_of({seen(kLaptop, kV4, 0), seen(kPhone, kV6, 0)}).save();
  for (size_t i = 0; i < sound.size(); ++i) {
    HostBook cut({});
    EXPECT_FALSE(cut.load(sound.substr(0, i)).ok()) << "cut at " << i;
    std::string flipped = sound;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    HostBook wrong({});
    EXPECT_FALSE(wrong.load(flipped).ok()) << "flipped at " << i;
  }
}

TEST(HostBook, forgets_what_ended_before_a_moment_and_what_is_unwanted) {
  HostBook book = book_of({seen(kLaptop, kV4, 0), seen(kLaptop, kV6, 100)});
  EXPECT_TRUE(book.forget_before(noon_plus(50)));
  EXPECT_THAT(elsewhere(book, kV6, 100), IsEmpty());
  EXPECT_TRUE(
      book.forget([](const HostInterval& interval) { return interval.address == ip(kV6); }));
  EXPECT_EQ(book.size(), 0U);
  EXPECT_FALSE(book.forget_before(noon_plus(50)));
}

}  // namespace
}  // namespace etymon::store

// Lease files as dnsmasq and Kea write them, and as they must not be trusted.
#include "resolver/hosts/lease_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/support/fakes.h"

namespace etymon::hosts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr WallTime kNow{Seconds(1'700'000'000)};

WallTime at(int64_t seconds) {
  return WallTime(Seconds(seconds));
}

MacAddress mac(const char* text) {
  return MacAddress::from_text(text).value();
}

IpAddress ip(const char* text) {
  return IpAddress::from_text(text).value();
}

TEST(DnsmasqLeases, tell_mac_address_and_name) {
  const LeaseFile file = read_leases(
      "1700003600 02:00:00:00:00:07 192.168.1.7 laptop 01:02:00:00:00:00:07\n"
      "0 02:00:00:00:00:08 192.168.1.8 * *\n");
  EXPECT_EQ(file.passed_over, 0U);
  EXPECT_THAT(file.leases, ElementsAre(Lease{.mac = mac("02:00:00:00:00:07"),
                                             .address = ip("192.168.1.7"),
                                             .name = "laptop",
                                             .expires = at(1'700'003'600)},
                                       Lease{.mac = mac("02:00:00:00:00:08"),
                                             .address = ip("192.168.1.8"),
                                             .name = "",
                                             .expires = WallTime::max()}));
}

TEST(DnsmasqLeases, of_ipv6_show_the_mac_in_the_clients_duid) {
  const LeaseFile file = read_leases(
      "duid 00:01:00:01:2c:aa:bb:cc:02:00:00:00:00:01\n"
      "1700003600 7 2001:db8::7 laptop 00:01:00:01:2c:aa:bb:cc:02:00:00:00:00:07\n"
      "1700003600 T8 2001:db8::8 phone 00:03:00:01:02:00:00:00:00:08\n"
      "1700003600 9 2001:db8::9 uuid 00:04:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00\n");
  EXPECT_EQ(file.passed_over, 0U);
  ASSERT_THAT(file.leases, SizeIs(3));
  EXPECT_EQ(file.leases[0].mac, mac("02:00:00:00:00:07"));
  EXPECT_EQ(file.leases[1].mac, mac("02:00:00:00:00:08"));
}

TEST(KeaLeases, of_ipv4_the_last_line_of_an_address_counts) {
  const LeaseFile file = read_leases(
      "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,"
      "user_context,pool_id\n"
      "192.168.1.7,02:00:00:00:00:07,01:02,3600,1700003600,1,0,0,laptop,0,,0\n"
      "192.168.1.8,02:00:00:00:00:08,,3600,1700003600,1,0,0,,0,,0\n"
      "192.168.1.9,02:00:00:00:00:09,,3600,1700003600,1,0,0,,1,,0\n"
      "192.168.1.7,02:00:00:00:00:07,01:02,3600,1700005400,1,0,0,laptop,0,,0\n"
      "192.168.1.8,02:00:00:00:00:08,,0,1700003600,1,0,0,,0,,0\n");
  EXPECT_EQ(file.passed_over, 0U);
  EXPECT_THAT(file.leases, ElementsAre(Lease{.mac = mac("02:00:00:00:00:07"),
                                             .address = ip("192.168.1.7"),
                                             .name = "laptop",
                                             .expires = at(1'700'005'400),
                                             .lifetime = Seconds(3600)}));
}

TEST(KeaLeases, of_ipv6_have_their_mac_in_a_column_or_in_the_duid) {
  const LeaseFile file = read_leases(
      "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,"
      "fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id\n"
      "2001:db8::7,00:04:11:22,3600,1700003600,1,1800,0,7,128,0,0,,02:00:00:00:00:07,0,,1,0,0\n"
      "2001:db8::8,00:03:00:01:02:00:00:00:00:08,3600,1700003600,1,1800,0,8,128,0,0,,,0,,,,0\n"
      "2001:db8:1::,00:03:00:01:02:00:00:00:00:08,3600,1700003600,1,1800,2,8,56,0,0,,,0,,,,0\n");
  EXPECT_EQ(file.passed_over, 0U);
  ASSERT_THAT(file.leases, SizeIs(2));
  EXPECT_EQ(file.leases[0].mac, mac("02:00:00:00:00:07"));
  EXPECT_EQ(file.leases[1].mac, mac("02:00:00:00:00:08"));
}

// Reads as whole_lease_text() wants it read, from files of these names.
std::string whole_text(const std::map<std::string, std::string>& files) {
  return whole_lease_text("leases", [&files](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? std::string() : found->second;
  });
}

constexpr const char* kKeaHeader = "address,hwaddr,valid_lifetime,expire,hostname,state\n";

TEST(KeaLeases, that_are_being_tidied_up_are_those_of_all_three_files) {
  const std::string header = kKeaHeader;
  const LeaseFile file = read_leases(whole_text({
      {"leases.2", header + "192.168.1.7,02:00:00:00:00:07,3600,1700003600,gone,0\n"
                            "192.168.1.8,02:00:00:00:00:08,3600,1700003600,old,0\n"
                            "192.168.1.9,02:00:00:00:00:09,3600,1700003600,quiet,0\n192.168.1"},
      {"leases.1", header + "192.168.1.8,02:00:00:00:00:08,3600,1700005400,newer,0\n"},
      {"leases", header + "192.168.1.7,02:00:00:00:00:07,0,1700003600,gone,0\n"
                          "192.168.1.8,02:00:00:00:00:08,3600,1700007200,newest,0\n"},
  }));
  ASSERT_THAT(file.leases, SizeIs(2));
  EXPECT_EQ(file.leases[0].name, "newest");
  EXPECT_EQ(file.leases[1].name, "quiet");
  EXPECT_EQ(file.passed_over, 1U) << "the cut line, and no other";
}

TEST(KeaLeases, are_all_known_while_a_new_file_is_not_there_yet) {
  const std::string before =
      std::string(kKeaHeader) + "192.168.1.7,02:00:00:00:00:07,3600,1700003600,laptop,0\n";
  EXPECT_THAT(read_leases(whole_text({{"leases.1", before}})).leases, SizeIs(1));
}

TEST(DnsmasqLeases, are_those_of_one_file_whatever_lies_beside_it) {
  const std::string text = "0 02:00:00:00:00:08 192.168.1.8 * *\n";
  EXPECT_EQ(whole_text({{"leases", text}, {"leases.1", "0 a b c d\n"}, {"leases.2", kKeaHeader}}),
            text);
}

TEST(LeaseFiles, that_are_read_with_another_one_are_not_read_by_themselves) {
  EXPECT_THAT(without_older_parts({"kea4.csv.2", "kea4.csv", "kea6.csv.2", "kea4.csv.1"}),
              ElementsAre("kea4.csv", "kea6.csv.2"));
}

// As systemd-networkd and NetworkManager have them: DUIDs of the types EN and UUID.
TEST(Leases, whose_duid_holds_no_mac_still_have_a_name) {
  const LeaseFile kea = read_leases(
      "address,duid,valid_lifetime,expire,lease_type,hostname,hwaddr,state\n"
      "2001:db8::7,00:02:00:00:ab:11:01:02:03:04,3600,1700003600,0,desk.lan.,,0\n");
  ASSERT_THAT(kea.leases, SizeIs(1));
  EXPECT_EQ(kea.leases[0].name, "desk.lan.");
  EXPECT_EQ(kea.leases[0].mac, std::nullopt);
  EXPECT_THAT(sightings_of(kea, at(1'700'001'000)), IsEmpty()) << "whose it is, nobody can say";
  const LeaseFile dnsmasq =
      read_leases("1700003600 77 2001:db8::8 shelf 00:04:00:01:02:03:04:05:06:07:08:09:10:11:12\n");
  ASSERT_THAT(dnsmasq.leases, SizeIs(1));
  EXPECT_EQ(dnsmasq.leases[0].name, "shelf");
}

TEST(Leases, lines_of_no_sense_are_counted_and_passed_over) {
  const LeaseFile file = read_leases(
      "nonsense\n"
      "99999999999999999999 02:00:00:00:00:07 192.168.1.7 a *\n"
      "1700003600 02:00:00:00:00:07 192.168.1.700 a *\n"
      "1700003600 02:00:00:00:00:07 192.168.1.7\n"
      "-5 02:00:00:00:00:07 192.168.1.7 a *\n"
      "\r\n"
      "1700003600 02:00:00:00:00:07 192.168.1.7 good *\r\n"
      "1700003600 02:00:00:00:00:08 192.168.1.8 cut");
  EXPECT_EQ(file.passed_over, 6U);
  ASSERT_THAT(file.leases, SizeIs(1));
  EXPECT_EQ(file.leases[0].name, "good");
}

TEST(Leases, a_hostile_file_gives_no_more_than_the_most) {
  std::string text;
  for (uint32_t i = 0; i < kLeasesMax + 10'000; ++i) {
    text += "0 02:00:00:00:00:07 " + IpAddress::v4(0x0A000000 + i).text() + " a *\n";
  }
  const LeaseFile file = read_leases(text);
  EXPECT_THAT(file.leases, SizeIs(kLeasesMax));
  EXPECT_EQ(trouble_with("leases", file),
            "leases: has more than 65536 leases; lines left out: 10000");
  EXPECT_THAT(read_leases(std::string(1 << 20, ',')).leases, IsEmpty());
  EXPECT_THAT(read_leases("address," + std::string(1 << 20, ',') + "\n,,,,\n").leases, IsEmpty());
}

TEST(KeaLeases, at_the_end_of_a_file_that_is_too_large_are_read) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/leases";
  std::ofstream(path) << "address,hwaddr,valid_lifetime,expire,hostname,state\n"
                      << std::string(kLeaseFileMax, '.')
                      << "\n192.168.1.7,02:00:00:00:00:07,3600,4000000000,,0\n";
  std::string said;
  const auto text = read_lease_file(path, [&said](const std::string& what) { said += what; });
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(read_leases(*text).leases, SizeIs(1));
  EXPECT_EQ(said, path + ": has more than 33554432 octets; only the leases at its end are read");
}

TEST(Leases, random_octets_are_read_to_their_end) {
  testing::SeededRandom random(11);
  const std::string sound =
      "address,hwaddr,valid_lifetime,expire,state,hostname\n"
      "192.168.1.7,02:00:00:00:00:07,3600,1700003600,0,laptop\n"
      "duid 00:03:00:01:02:00:00:00:00:08\n";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = sound;
    for (int i = 0; i < 4; ++i) {
      text[random.u64() % text.size()] = static_cast<char>(random.u64());
    }
    EXPECT_LE(read_leases(text).leases.size(), 3U);
  }
}

TEST(LeaseSightings, last_from_the_leases_beginning_until_now_or_its_end) {
  const LeaseFile file{.leases = {{.mac = mac("02:00:00:00:00:07"),
                                   .address = ip("192.168.1.7"),
                                   .name = "",
                                   .expires = kNow + Seconds(600),
                                   .lifetime = Seconds(3600)},
                                  {.mac = mac("02:00:00:00:00:08"),
                                   .address = ip("192.168.1.8"),
                                   .name = "",
                                   .expires = kNow - Seconds(600),
                                   .lifetime = Seconds(3600)}}};
  const auto sightings = sightings_of(file, kNow);
  ASSERT_THAT(sightings, SizeIs(2));
  EXPECT_EQ(sightings[0].seen, (TimeSpan{kNow - Seconds(3000), kNow}));
  EXPECT_EQ(sightings[0].source, HostSource::kLease);
  EXPECT_EQ(sightings[1].seen, (TimeSpan{kNow - Seconds(4200), kNow - Seconds(600)}));
}

TEST(LeaseSightings, without_a_beginning_they_are_of_now_and_of_no_lease_that_has_ended) {
  const LeaseFile file = read_leases(
      "1700000001 02:00:00:00:00:07 192.168.1.7 a *\n"
      "1699999999 02:00:00:00:00:08 192.168.1.8 b *\n");
  const auto sightings = sightings_of(file, kNow);
  ASSERT_THAT(sightings, SizeIs(1));
  EXPECT_EQ(sightings[0].seen, (TimeSpan{kNow, kNow}));
}

}  // namespace
}  // namespace etymon::hosts

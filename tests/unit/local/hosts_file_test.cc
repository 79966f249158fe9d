#include "resolver/local/hosts_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace etymon::local {
namespace {

using ::testing::ElementsAre;

HostsLine line(size_t number, const char* address, std::initializer_list<const char*> names) {
  HostsLine result{IpAddress::from_text(address).value(), {}, number};
  for (const char* name : names) {
    result.names.push_back(DomainName::from_text(name).value());
  }
  return result;
}

TEST(HostsFile, lines_have_an_address_and_its_names) {
  const HostsFile file = read_hosts(
      "127.0.0.1\tlocalhost\n"
      "\n"
      "# nothing here\n"
      "  192.168.1.9 nas nas.lan. # in the attic\r\n"
      "fe80::1%lo0 router");
  EXPECT_THAT(file.lines, ElementsAre(line(1, "127.0.0.1", {"localhost"}),
                                      line(4, "192.168.1.9", {"nas", "nas.lan"}),
                                      line(5, "fe80::1", {"router"})));
  EXPECT_EQ(file.passed_over.lines, 0U);
}

TEST(HostsFile, lines_that_make_no_sense_are_counted_and_passed_over) {
  const std::string long_label(64, 'x');
  const HostsFile file =
      read_hosts("nas 192.168.1.9\n192.168.1.9\n192.168.1.9 " + long_label + "\n10.0.0.1 good\n");
  EXPECT_THAT(file.lines, ElementsAre(line(4, "10.0.0.1", {"good"})));
  EXPECT_EQ(file.passed_over.lines, 3U);
  EXPECT_EQ(file.passed_over.first, 1U);
  EXPECT_EQ(file.passed_over.text, "nas 192.168.1.9");
}

}  // namespace
}  // namespace etymon::local

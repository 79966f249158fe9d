// Which of the system's resolvers are worth asking.
#include "api/daemon/resolv_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace etymon::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Endpoint endpoint(const char* text) {
  return *Endpoint::from_text(text, kDnsPort);
}

TEST(Nameservers, are_read_in_order_with_the_dns_port) {
  EXPECT_THAT(
      nameservers("# made by hand\nsearch example.com\nnameserver 192.0.2.2\n"
                  "nameserver\t2001:db8::53 # second\noptions edns0\nnameserver 192.0.2.1"),
      ElementsAre(endpoint("192.0.2.2"), endpoint("[2001:db8::53]"), endpoint("192.0.2.1")));
}

TEST(Nameservers, are_asked_once_however_often_they_stand_there) {
  EXPECT_THAT(nameservers("nameserver 192.0.2.1\nnameserver 192.0.2.1\n"),
              ElementsAre(endpoint("192.0.2.1")));
}

TEST(Nameservers, with_an_interface_are_told_of) {
  EXPECT_THAT(nameservers_left_out("nameserver fe80::1%eth0\nnameserver 192.0.2.1\n"
                                   "nameserver ns%eth0\nnameserver fe80::1%eth0\n"),
              ElementsAre("resolv.conf: 'fe80::1%eth0' is left out: addresses with an interface "
                          "are not supported"));
}

TEST(Nameservers, that_are_no_plain_address_are_passed_over) {
  EXPECT_THAT(nameservers("nameserver fe80::1%eth0\nnameserver\nnameserver ns.example\n"
                          ";nameserver 192.0.2.9\nnameservers 192.0.2.8\n"),
              IsEmpty());
}

}  // namespace
}  // namespace etymon::daemon

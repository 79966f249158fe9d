// Deliveries as lines: for people, for tables, for programs. Pure functions, any thread.
//
// Whatever came over the network is escaped: names and addresses pass printable().
#pragma once

#include <string>
#include <string_view>

#include "api/cli/terminal.h"
#include "etymon/v1/delivery.pb.h"

namespace etymon::cli {

// The column of clients in lines that come one by one: as wide as the widest so far.
class ClientColumn {
 public:
  void make_room_for(const v1::ObservedDelivery& delivery);
  size_t width() const { return width_; }

 private:
  size_t width_ = 15;  // IPv4
};

// "2026-11-23 07:20:14.000 UTC".
std::string moment_column(const google::protobuf::Timestamp& at);

// "2026-11-23 07:20:14.000 UTC  10.0.0.7  www.example -> 192.0.2.1  cache", and a line break; the
// response code where there is no address. On a terminal it goes on in further lines.
std::string delivery_text(const v1::ObservedDelivery& delivery, const Style& style,
                          const ClientColumn& clients = {});

// "upstream", "cache", ...; empty where it is not told.
std::string origin_word(v1::Origin origin);

// "NXDOMAIN", "A", "TYPE65": as the DNS writes them.
std::string rcode_text(uint32_t rcode);
std::string type_text(uint32_t type);

// The columns of CSV (RFC 4180), with line breaks of one octet. New ones come at the end.
inline constexpr std::string_view kDeliveryCsvHead =
    "at,client,name,type,chain,addresses,rcode,validity_s,origin,rebinding,withheld,forwarder\n";
std::string delivery_csv(const v1::ObservedDelivery& delivery);

// One field of CSV, in quotes where it must be.
std::string csv_field(std::string_view text);

}  // namespace etymon::cli

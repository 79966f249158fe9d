// Deliveries as lines: for people, for tables, for programs. Pure functions, any thread.
//
// Whatever came over the network is escaped: names and addresses pass printable().
#pragma once

#include <string>
#include <string_view>

#include "api/cli/terminal.h"
#include "etymon/v1/delivery.pb.h"

namespace etymon::cli {

// "www.example -> edge.example -> 192.0.2.1, 192.0.2.2", or the response code where there is no
// address.
std::string answer_text(const v1::ObservedDelivery& delivery, const Style& style);

// "2026-11-23 07:20:14.000 UTC  10.0.0.7  www.example -> 192.0.2.1  cache", and a line break.
std::string delivery_text(const v1::ObservedDelivery& delivery, const Style& style);

// "upstream", "cache", ...; empty where it is not told.
std::string origin_word(v1::Origin origin);

// "NXDOMAIN", "A", "TYPE65": as the DNS writes them.
std::string rcode_text(uint32_t rcode);
std::string type_text(uint32_t type);

// The columns of CSV (RFC 4180), with line breaks of one octet.
inline constexpr std::string_view kDeliveryCsvHead =
    "at,client,name,type,chain,addresses,rcode,validity_s,origin\n";
std::string delivery_csv(const v1::ObservedDelivery& delivery);

// One field of CSV, in quotes where it must be.
std::string csv_field(std::string_view text);

// "text" with its quotes, as JSON.
std::string json_string(std::string_view text);

}  // namespace etymon::cli

#include "api/cli/delivery_text.h"

#include <algorithm>

#include "api/cli/moments.h"
#include "resolver/base/time_text.h"
#include "resolver/model/delivery.h"
#include "resolver/model/record.h"

namespace etymon::cli {

namespace {

template <class Items, class Text>
std::string joined(const Items& items, std::string_view separator, Text text) {
  std::string out;
  for (const auto& item : items) {
    out += (out.empty() ? "" : std::string(separator)) + text(item);
  }
  return out;
}

// "192.168.1.7 (via 192.168.1.3)": who asked, and who passed it on.
std::string client_text(const v1::ObservedDelivery& delivery) {
  return printable(delivery.client()) +
         (delivery.forwarder().empty() ? "" : " (via " + printable(delivery.forwarder()) + ")");
}

// The asked name, each step below it, then the addresses.
void add_answer(const v1::ObservedDelivery& delivery, const Style& style, FlowingText& line) {
  const std::string arrow = style.unicode ? "→ " : "-> ";
  line.add(2, {{printable(delivery.name()), Colour::kBold}});
  for (const std::string& step : delivery.chain()) {
    line.add(1, {{arrow, Colour::kDim}, {printable(step)}});
  }
  for (int i = 0; i < delivery.addresses_size(); ++i) {
    const bool is_last = i + 1 == delivery.addresses_size();
    line.add(1, {{i == 0 ? arrow : "", Colour::kDim},
                 {printable(delivery.addresses(i).address()) + (is_last ? "" : ",")}});
  }
  if (delivery.addresses_size() == 0) {
    line.add(1, {{delivery.rcode() == 0 ? "without addresses" : rcode_text(delivery.rcode()),
                  Colour::kYellow},
                 {" (" + type_text(delivery.type()) + ")"}});
  }
}

// What the guard against rebinding had to say; nothing of nearly all answers.
void add_guard(const v1::ObservedDelivery& delivery, FlowingText& line) {
  if (!delivery.rebinding()) {
    return;
  }
  const bool has_withheld = delivery.withheld_size() > 0;
  line.add(2, {{has_withheld ? "rebinding, withheld" : "rebinding", Colour::kYellow}});
  for (int i = 0; i < delivery.withheld_size(); ++i) {
    const bool is_last = i + 1 == delivery.withheld_size();
    line.add(1, {{printable(delivery.withheld(i)) + (is_last ? "" : ","), Colour::kYellow}});
  }
}

std::string addresses_text(const v1::ObservedDelivery& delivery, std::string_view separator) {
  return joined(delivery.addresses(), separator,
                [](const v1::DeliveredAddress& a) { return printable(a.address()); });
}

}  // namespace

// Milliseconds are as fine as people compare times.
std::string moment_column(const google::protobuf::Timestamp& at) {
  std::string text = format_time(from_proto(at));  // 2026-11-23T07:20:14.000123Z
  text[text.find('T')] = ' ';
  return text.substr(0, text.find('.') + 4) + " UTC";
}

std::string origin_word(v1::Origin origin) {
  const bool is_known = origin >= v1::ORIGIN_UPSTREAM && origin <= v1::ORIGIN_IMPORT;
  return is_known ? to_text(static_cast<Origin>(origin)) : "";
}

std::string rcode_text(uint32_t rcode) {
  return to_text(static_cast<Rcode>(rcode));
}

std::string type_text(uint32_t type) {
  return to_text(static_cast<RecordType>(type));
}

void ClientColumn::make_room_for(const v1::ObservedDelivery& delivery) {
  constexpr size_t kWidthMax = 39;  // IPv6; what is longer pushes, in its own line only
  width_ = std::max(width_, std::min(client_text(delivery).size(), kWidthMax));
}

std::string delivery_text(const v1::ObservedDelivery& delivery, const Style& style,
                          const ClientColumn& clients) {
  std::string begin = moment_column(delivery.at()) + "  " + client_text(delivery);
  const size_t end_of_clients = moment_column(delivery.at()).size() + 2 + clients.width();
  begin.resize(std::max(begin.size(), end_of_clients), ' ');
  FlowingText line(style, begin.size(), kFurtherLines);
  add_answer(delivery, style, line);
  const std::string origin = origin_word(delivery.origin());
  if (!origin.empty()) {
    line.add(2, {{origin, Colour::kDim}});
  }
  add_guard(delivery, line);
  return begin + line.text() + "\n";
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + "\"";
}

std::string delivery_csv(const v1::ObservedDelivery& delivery) {
  const auto text = [](const std::string& one) { return printable(one); };
  return format_time(from_proto(delivery.at())) + "," + printable(delivery.client()) + "," +
         csv_field(printable(delivery.name())) + "," + type_text(delivery.type()) + "," +
         csv_field(joined(delivery.chain(), " ", text)) + "," + addresses_text(delivery, " ") +
         "," + rcode_text(delivery.rcode()) + "," + std::to_string(delivery.validity_s()) + "," +
         origin_word(delivery.origin()) + (delivery.rebinding() ? ",true," : ",false,") +
         csv_field(joined(delivery.withheld(), " ", text)) + "," +
         csv_field(printable(delivery.forwarder())) + "\n";
}

}  // namespace etymon::cli

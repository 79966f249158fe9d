#include "api/cli/delivery_text.h"

#include <algorithm>

#include "api/cli/moments.h"
#include "resolver/base/time_text.h"
#include "resolver/model/delivery.h"
#include "resolver/model/record.h"

namespace etymon::cli {

namespace {

// Milliseconds are as fine as people compare times.
std::string moment_column(const google::protobuf::Timestamp& at) {
  std::string text = format_time(from_proto(at));  // 2026-11-23T07:20:14.000123Z
  text[text.find('T')] = ' ';
  return text.substr(0, text.find('.') + 4) + " UTC";
}

template <class Items, class Text>
std::string joined(const Items& items, std::string_view separator, Text text) {
  std::string out;
  for (const auto& item : items) {
    out += (out.empty() ? "" : std::string(separator)) + text(item);
  }
  return out;
}

// What the guard against rebinding had to say; nothing of nearly all answers.
std::string guard_text(const v1::ObservedDelivery& delivery, const Style& style) {
  if (!delivery.rebinding()) {
    return "";
  }
  const auto as_it_is = [](const std::string& address) { return printable(address); };
  const std::string withheld = joined(delivery.withheld(), ", ", as_it_is);
  return "  " + paint(style, Colour::kYellow,
                      withheld.empty() ? "rebinding" : "rebinding, withheld " + withheld);
}

std::string addresses_text(const v1::ObservedDelivery& delivery, std::string_view separator) {
  return joined(delivery.addresses(), separator,
                [](const v1::DeliveredAddress& a) { return printable(a.address()); });
}

}  // namespace

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

std::string answer_text(const v1::ObservedDelivery& delivery, const Style& style) {
  const std::string arrow = style.unicode ? " → " : " -> ";
  std::string text = paint(style, Colour::kBold, printable(delivery.name()));
  for (const std::string& step : delivery.chain()) {
    text += paint(style, Colour::kDim, arrow) + printable(step);
  }
  if (delivery.addresses_size() > 0) {
    return text + paint(style, Colour::kDim, arrow) + addresses_text(delivery, ", ");
  }
  return text + " " +
         paint(style, Colour::kYellow,
               delivery.rcode() == 0 ? "without addresses" : rcode_text(delivery.rcode())) +
         " (" + type_text(delivery.type()) + ")";
}

std::string delivery_text(const v1::ObservedDelivery& delivery, const Style& style) {
  const std::string client =
      printable(delivery.client()) +
      (delivery.forwarder().empty() ? "" : " (via " + printable(delivery.forwarder()) + ")");
  constexpr size_t kClientWidth = 15;  // IPv4; longer ones push
  const std::string pad(client.size() < kClientWidth ? kClientWidth - client.size() : 0, ' ');
  const std::string origin = origin_word(delivery.origin());
  return moment_column(delivery.at()) + "  " + client + pad + "  " + answer_text(delivery, style) +
         (origin.empty() ? "" : "  " + paint(style, Colour::kDim, origin)) +
         guard_text(delivery, style) + "\n";
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
  const auto name = [](const std::string& step) { return printable(step); };
  return format_time(from_proto(delivery.at())) + "," + printable(delivery.client()) + "," +
         csv_field(printable(delivery.name())) + "," + type_text(delivery.type()) + "," +
         csv_field(joined(delivery.chain(), " ", name)) + "," + addresses_text(delivery, " ") +
         "," + rcode_text(delivery.rcode()) + "," + std::to_string(delivery.validity_s()) + "," +
         origin_word(delivery.origin()) + "\n";
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

}  // namespace etymon::cli

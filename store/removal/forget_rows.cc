#include "store/removal/forget_rows.h"

#include <algorithm>
#include <array>
#include <memory>

#include "store/tables/answer_codec.h"
#include "store/tables/runs.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

std::string address_key(const IpAddress& address, const ToldDay& told) {
  std::string key;
  append_key(key, AddressKey{address, told.client, told.day, told.answer});
  return key;
}

// Of a row of `by_name`: behind the name, its end and its role.
std::string name_key(const std::string& name_row, const ToldDay& told) {
  std::string tail;
  append_name_key(tail, "", {.name = {}, .day = told.day, .answer = told.answer});
  return name_row + tail.substr(2);
}

}  // namespace

const AnswerFacts* ForgetRows::facts(AnswerId id) {
  auto found = facts_.find(id);
  if (found == facts_.end()) {
    const Result<std::string> bytes = tables_.answer(id);
    const Result<Answer> answer = bytes ? decode_answer(*bytes) : bytes.error();
    found = facts_.emplace(id, answer ? std::optional(facts_of(*answer)) : std::nullopt).first;
  }
  return found->second ? &*found->second : nullptr;
}

Status ForgetRows::take_out(const ToldDay& told, uint32_t hours) {
  const AnswerFacts* answer = facts(told.answer);
  if (answer == nullptr) {
    return Error{ErrorCode::kDataLoss, "an answer is missing in the table answers"};
  }
  const Result<uint32_t> emptied = take_out_hours(told, hours);
  if (!emptied) {
    return emptied.error();
  }
  const Status addresses = take_out_addresses(told, *answer);
  return addresses ? take_out_names(told, *answer, *emptied) : addresses;
}

// The hours in which nothing is left.
Result<uint32_t> ForgetRows::take_out_hours(const ToldDay& told, uint32_t hours) {
  uint32_t emptied = 0;
  left_.clear();
  for (unsigned i = 0; i < kHoursPerDay; ++i) {
    const Hour hour = told.day * kHoursPerDay + i;
    if ((hours >> i & 1U) == 0) {
      continue;
    }
    std::string key;
    append_key(key, DeliveryKey{hour, told.client, told.answer});
    const Result<std::optional<std::string>> value = tables_.row(Table::kDeliveries, key);
    if (!value) {
      return value.error();
    }
    if (!value->has_value()) {
      emptied |= uint32_t{1} << i;
      if (is_asked(hour) || hour < kept_->since(told.client)) {
        left_[hour] = {};
      }
      continue;
    }
    if (!take_out_of(**value, start_of_hour(hour))) {
      return damaged(Table::kDeliveries);
    }
    if (taken_ == 0) {
      continue;
    }
    deliveries_rows_[key] = run_left(start_of_hour(hour));
    left_[hour] = hours_of(sightings_);
    emptied |= sightings_.empty() ? uint32_t{1} << i : 0;
    if (hour >= kept_->since(told.client)) {
      deliveries_ += taken_;
      hours_.insert(hour);
    }
    const Status counted = take_out_activity(told.client, hour, taken_);
    if (!counted) {
      return counted.error();
    }
  }
  return emptied;
}

bool ForgetRows::is_asked(Hour hour) const {
  return span_.start < start_of_hour(hour + 1) && start_of_hour(hour) <= span_.end;
}

bool ForgetRows::take_out_of(std::string_view run, WallTime start) {
  sightings_.clear();
  if (!read_runs(run, start, sightings_)) {
    return false;
  }
  taken_ = std::erase_if(sightings_,
                         [this](const Sighting& sighting) { return span_.contains(sighting.at); });
  return true;
}

std::optional<std::string> ForgetRows::run_left(WallTime start) const {
  std::string run;
  if (sightings_.empty()) {
    return std::nullopt;
  }
  append_run(run, start, sightings_);
  return run;
}

Status ForgetRows::take_out_activity(const IpAddress& client, Hour hour, uint64_t deliveries) {
  std::string key;
  append_key(key, ClientKey{client, hour});
  auto found = clients_.find(key);
  if (found == clients_.end()) {
    const Result<std::optional<std::string>> value = tables_.row(Table::kByClient, key);
    if (!value) {
      return value.error();
    }
    const auto activity = read_activity(value->value_or(""));
    if (!activity) {
      return damaged(Table::kByClient);
    }
    found = clients_.emplace(key, *activity).first;
  }
  Activity& left = found->second;
  const uint64_t stay = left.deliveries - std::min(left.deliveries, deliveries);
  left.octets = left.deliveries == 0 ? 0 : left.octets * stay / left.deliveries;
  left.deliveries = stay;
  return {};
}

Status ForgetRows::take_out_addresses(const ToldDay& told, const AnswerFacts& facts) {
  if (!facts.home) {
    return {};
  }
  const std::string home = address_key(*facts.home, told);
  const Result<std::optional<std::string>> value = tables_.row(Table::kByAddress, home);
  if (!value) {
    return value.error();
  }
  const WallTime start = start_of_day(told.day);
  std::vector<Outlined> read;
  if (value->has_value() && !read_outline(**value, start, read)) {
    return damaged(Table::kByAddress);
  }
  const std::vector<HourOutline> were = hours_of(read);
  const std::vector<HourOutline> left = day_left(were);
  if (left == were) {
    return {};
  }
  std::optional<std::string>& row = addresses_[home];
  row.reset();
  if (!left.empty()) {
    append_outline(row.emplace(), start, left);
  }
  for (const IpAddress& other : facts.others) {
    std::optional<std::string>& alias = addresses_[address_key(other, told)];
    alias.reset();
    if (!left.empty()) {
      append_alias(alias.emplace(), start, left);
    }
  }
  return {};
}

std::vector<HourOutline> ForgetRows::day_left(const std::vector<HourOutline>& were) const {
  std::vector<HourOutline> left;
  for (const HourOutline& hour : were) {
    const auto changed = left_.find(hour_of(hour.first.at));
    if (changed == left_.end()) {
      left.push_back(hour);
    } else {
      left.insert(left.end(), changed->second.begin(), changed->second.end());
    }
  }
  return left;
}

Status ForgetRows::take_out_names(const ToldDay& told, const AnswerFacts& facts, uint32_t emptied) {
  if (emptied == 0) {
    return {};
  }
  for (const std::string& name_row : facts.name_rows) {
    const std::string key = name_key(name_row, told);
    auto found = names_.find(key);
    if (found == names_.end()) {
      const Result<std::optional<std::string>> value = tables_.row(Table::kByName, key);
      if (!value) {
        return value.error();
      }
      auto clients = read_clients(value->value_or(""));
      if (!clients) {
        return damaged(Table::kByName);
      }
      found = names_.emplace(key, std::move(*clients)).first;
    }
    for (ClientHours& client : found->second) {
      client.hours &= client.client == told.client ? ~emptied : UINT32_MAX;
    }
    std::erase_if(found->second, [](const ClientHours& client) { return client.hours == 0; });
  }
  return {};
}

Status ForgetRows::write(const Tables::RowValues& kept) const {
  Tables::RowValues names;
  for (const auto& [key, clients] : names_) {
    std::optional<std::string>& value = names[key];
    for (const ClientHours& client : clients) {
      append_member(value ? *value : value.emplace(), client);
    }
  }
  Tables::RowValues clients;
  for (const auto& [key, activity] : clients_) {
    std::optional<std::string>& value = clients[key];
    if (activity.deliveries > 0) {
      append_activity(value.emplace(), activity);
    }
  }
  return tables_.put({{Table::kDeliveries, &deliveries_rows_},
                      {Table::kByAddress, &addresses_},
                      {Table::kByName, &names},
                      {Table::kByClient, &clients},
                      {Table::kKept, &kept}});
}

}  // namespace etymon::store

#include "store/folding/fold_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "store/tables/answer_codec.h"
#include "store/tables/outlines.h"
#include "store/tables/runs.h"
#include "store/tables/sets.h"

namespace etymon::store {
namespace {

constexpr unsigned kRankShift = 32;
constexpr unsigned kIdBits = 40;  // of kAnswerIdMax
constexpr uint64_t kDayMask = (uint64_t{1} << 24) - 1;
constexpr Hour kHourMax = UINT32_MAX;

// What deliveries take in all tables, about, before compression: a sighting in `deliveries`, the
// first and the last of an hour in `by_address` as well, a row in each table for each address and
// name. An answer that was in no table yet: its octets, once more its names in `by_name`, and its
// hash. So who asks for long names that nobody knows pays for them.
constexpr uint32_t kSightingOctets = 5;
constexpr uint32_t kOutlined = 2;
constexpr uint32_t kRowOctets = 18;
constexpr uint32_t kHashOctets = 13;

Day day_of_time(WallTime time) {
  return day_of(time);
}

uint64_t pair_of(uint64_t high, uint32_t low) {
  return high << kRankShift | low;
}
uint32_t high_of(uint64_t pair) {
  return static_cast<uint32_t>(pair >> kRankShift);
}
uint32_t low_of(uint64_t pair) {
  return static_cast<uint32_t>(pair);
}

// Newest day first, then the answer.
uint64_t day_and_id(Day day, AnswerId id) {
  return (kDayMask - day) << kIdBits | id;
}
Day day_in(uint64_t minor) {
  return static_cast<Day>(kDayMask - (minor >> kIdBits));
}
AnswerId id_in(uint64_t minor) {
  return minor & kAnswerIdMax;
}

// The names of an answer: the asked one, then the others of the chain.
template <class Visit>
void visit_names(const Answer& answer, Visit visit) {
  visit(answer.question.name);
  for (const DomainName& name : answer.chain) {
    if (name.wire() != answer.question.name.wire()) {
      visit(name);
    }
  }
}

}  // namespace

FoldRows::FoldRows(const TailPart& part, std::vector<FoldedAnswer> folded)
    : folded_(std::move(folded)) {
  take_answers(part);
  take_sightings(part);
}

// Each is read once, and no more of it is kept than the rows need.
void FoldRows::take_answers(const TailPart& part) {
  for (const TailPart::AnswerDeliveries& told : part.answers()) {
    const Answer answer = *decode_answer(told.known->bytes());
    const auto address = static_cast<uint32_t>(addresses_.size());
    const auto name = static_cast<uint32_t>(names_.size());
    for (const AnswerAddress& one : answer.addresses) {
      addresses_.add(one.address);
    }
    size_t octets = told.known->bytes().size() + kHashOctets;
    visit_names(answer, [&](const DomainName& one) {
      octets += one.wire().size();
      names_.add(one.sort_key());
    });
    const size_t rows = 1 + answer.addresses.size() + answer.chain.size();
    const bool is_new = folded_[answers_.size()].is_new;
    answers_.push_back({{address, static_cast<uint32_t>(addresses_.size())},
                        {name, static_cast<uint32_t>(names_.size())},
                        static_cast<uint32_t>(rows),
                        is_new ? static_cast<uint32_t>(octets) : 0});
  }
  addresses_.sort();
  names_.sort();
}

void FoldRows::take_sightings(const TailPart& part) {
  for (const Asking& asking : part.asking()) {
    clients_.push_back(asking.client);
  }
  std::sort(clients_.begin(), clients_.end(), AddressKeyOrder());
  clients_.erase(std::unique(clients_.begin(), clients_.end()), clients_.end());
  std::vector<uint32_t> rank_of;  // of those who ask: several may be one client
  for (const Asking& asking : part.asking()) {
    const auto at =
        std::lower_bound(clients_.begin(), clients_.end(), asking.client, AddressKeyOrder());
    rank_of.push_back(static_cast<uint32_t>(at - clients_.begin()));
  }
  std::vector<std::pair<uint32_t, Sighting>> sorted;
  for (uint32_t answer = 0; answer < part.answers().size(); ++answer) {
    sorted.clear();
    for (const TailDelivery& delivery : part.answers()[answer].deliveries) {
      sorted.emplace_back(rank_of[delivery.asking], delivery.sighting(part.asking()));
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return std::tie(a.first, a.second.at) < std::tie(b.first, b.second.at);
    });
    const size_t groups_before = groups_.size();
    for (size_t i = 0; i < sorted.size(); ++i) {
      const auto position = static_cast<uint32_t>(sightings_.size());
      if (i == 0 || sorted[i - 1].first != sorted[i].first) {
        groups_.push_back({answer, sorted[i].first, position, position});
      }
      sightings_.push_back(sorted[i].second);
      groups_.back().end = position + 1;
    }
    charge_first(groups_before, answers_[answer].octets);
  }
}

// Of the groups of one answer, which stand behind `groups_before` others.
void FoldRows::charge_first(size_t groups_before, uint32_t octets) {
  const auto told = std::span(groups_).subspan(groups_before);
  if (!told.empty()) {
    std::ranges::min_element(told, {}, [this](const Group& group) {
      return sightings_[group.begin].at;
    })->octets = octets;
  }
}

template <class UnitOf, class Cut>
void FoldRows::cut_groups(UnitOf unit_of, Cut cut) const {
  for (const Group& group : groups_) {
    for (uint32_t begin = group.begin; begin < group.end;) {
      const auto unit = unit_of(sightings_[begin].at);
      uint32_t end = begin + 1;
      while (end < group.end && unit_of(sightings_[end].at) == unit) {
        ++end;
      }
      cut(group, unit, begin, end);
      begin = end;
    }
  }
}

void FoldRows::add_sorted(std::vector<Row> rows, const Writing& writing, TableFile& file) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.major, a.minor, a.begin) < std::tie(b.major, b.minor, b.begin);
  });
  std::string key;
  std::string value;
  for (auto row = rows.begin(); row != rows.end();) {
    key.clear();
    value.clear();
    writing.key(key, *row);
    const auto first = row;
    for (; row != rows.end() && row->same_key(*first); ++row) {
      writing.value(value, *row);
    }
    file.add(key, row - first > 1 ? writing.join(value) : value);
  }
}

std::span<const Sighting> FoldRows::sightings_of(const Row& row) const {
  return std::span(sightings_).subspan(row.begin, row.end - row.begin);
}

void FoldRows::add_deliveries(TableFile& file) const {
  std::vector<Row> rows;
  cut_groups(hour_of, [&](const Group& group, Hour hour, uint32_t begin, uint32_t end) {
    rows.push_back({pair_of(hour, group.client), folded_[group.answer].id, begin, end});
  });
  const KeyOf key = [&](std::string& out, const Row& row) {
    append_key(out, DeliveryKey{high_of(row.major), clients_[low_of(row.major)], row.minor});
  };
  const ValueOf value = [&](std::string& out, const Row& row) {
    append_run(out, start_of_hour(high_of(row.major)), sightings_of(row));
  };
  add_sorted(std::move(rows), {key, value, merge_runs}, file);
}

void FoldRows::add_by_address(TableFile& file) const {
  std::vector<Row> rows;
  cut_groups(day_of_time, [&](const Group& group, Day day, uint32_t begin, uint32_t end) {
    const uint64_t minor = day_and_id(day, folded_[group.answer].id);
    const auto [first, last] = answers_[group.answer].addresses;
    const uint32_t home = home_rank(first, last);
    for (uint32_t nth = first; nth < last; ++nth) {
      const uint32_t rank = addresses_.rank_of_nth(nth);
      rows.push_back({pair_of(rank, group.client), minor, begin, end, rank != home});
    }
  });
  const KeyOf key = [&](std::string& out, const Row& row) {
    append_key(out, AddressKey{addresses_[high_of(row.major)], clients_[low_of(row.major)],
                               day_in(row.minor), id_in(row.minor)});
  };
  const ValueOf value = [&](std::string& out, const Row& row) {
    const WallTime start = start_of_day(day_in(row.minor));
    const std::span<const Sighting> sightings = sightings_of(row);
    row.is_alias ? append_alias(out, start, sightings)
                 : append_outline(out, start, hours_of(sightings));
  };
  add_sorted(std::move(rows), {key, value, merge_outlines}, file);
}

void FoldRows::add_by_name(TableFile& file) const {
  // Sets, of which a row's value is one element: the clients of a (name, day, answer), each with
  // its hours.
  std::vector<Row> rows;
  cut_groups(day_of_time, [&](const Group& group, Day day, uint32_t begin, uint32_t end) {
    const uint32_t hours = hours_between(begin, end);
    const auto [first, last] = answers_[group.answer].names;
    for (uint32_t nth = first; nth < last; ++nth) {
      const NameRole role = nth == first ? NameRole::kAsked : NameRole::kChain;
      rows.push_back({pair_of(names_.rank_of_nth(nth), static_cast<uint32_t>(role)),
                      day_and_id(day, folded_[group.answer].id), group.client, hours});
    }
  });
  const KeyOf key = [&](std::string& out, const Row& row) {
    append_name_key(out, names_[high_of(row.major)],
                    {.name = {},
                     .role = static_cast<NameRole>(low_of(row.major)),
                     .day = day_in(row.minor),
                     .answer = id_in(row.minor)});
  };
  const ValueOf value = [&](std::string& out, const Row& row) {
    append_member(out, {clients_[row.begin], row.end});
  };
  add_sorted(std::move(rows), {key, value, merge_clients}, file);
}

void FoldRows::add_by_client(TableFile& file) const {
  // Of a row, `begin` is the number of deliveries and `end` their octets.
  std::vector<Row> rows;
  cut_groups(hour_of, [&](const Group& group, Hour hour, uint32_t begin, uint32_t end) {
    const uint32_t deliveries = end - begin;
    const uint32_t sightings = deliveries + std::min(deliveries, kOutlined);
    const uint32_t octets = sightings * kSightingOctets + answers_[group.answer].rows * kRowOctets;
    const uint32_t of_answer = begin == group.begin ? group.octets : 0;
    rows.push_back({group.client, kHourMax - hour, deliveries, octets + of_answer});
  });
  const KeyOf key = [&](std::string& out, const Row& row) {
    append_key(out, ClientKey{clients_[row.major], kHourMax - static_cast<Hour>(row.minor)});
  };
  const ValueOf value = [](std::string& out, const Row& row) {
    append_activity(out, {row.begin, row.end});
  };
  add_sorted(std::move(rows), {key, value, merge_activity}, file);
}

// The rank of an answer's home: ranks are in the order by which home_address() chooses.
uint32_t FoldRows::home_rank(uint32_t first, uint32_t last) const {
  uint32_t home = UINT32_MAX;
  for (uint32_t nth = first; nth < last; ++nth) {
    home = std::min(home, addresses_.rank_of_nth(nth));
  }
  return home;
}

// The hours of the day in which the sightings lie, as ClientHours has them.
uint32_t FoldRows::hours_between(uint32_t begin, uint32_t end) const {
  uint32_t hours = 0;
  for (uint32_t i = begin; i < end; ++i) {
    hours |= uint32_t{1} << (hour_of(sightings_[i].at) % kHoursPerDay);
  }
  return hours;
}

}  // namespace etymon::store

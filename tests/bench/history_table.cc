#include "tests/bench/history_table.h"

#include <cstdio>
#include <string>

#include "tests/bench/keeper.h"

namespace etymon::bench {
namespace {

// Promised of Etymon's deliveries, compacted: octets each, of all that is on the disk.
constexpr double kMixedOctets = 20;
constexpr double kNewPairsOctets = 60;
// Promised of the p99 of its lookups when fifty times as much is kept.
constexpr double kGrowth = 2;
constexpr double kGrownFrom = 1e6;
constexpr double kGrownTo = 50e6;
// Promised of a start behind a crash with a full tail.
constexpr double kRestartSeconds = 2;

double number(const nlohmann::json& row, const char* key) {
  return row.at(key).get<double>();
}

std::string text(const nlohmann::json& row, const char* key) {
  return row.at(key).get<std::string>();
}

// Octets a delivery: of all, which it returns, and of each part.
double print_bytes(const char* when, const nlohmann::json& bytes, double deliveries) {
  double all = 0;
  std::string of_parts;
  for (const auto& [part, octets] : bytes.items()) {
    const double each = octets.get<double>() / deliveries;
    all += each;
    if (each >= 0.05) {
      char text[64];
      std::snprintf(text, sizeof text, "  %s %.1f", part.c_str(), each);
      of_parts += text;
    }
  }
  std::printf("  octets a delivery, %-12s %7.1f =%s\n", when, all, of_parts.c_str());
  return all;
}

// "etymon, mixed, 1.0 M deliveries"
std::string title_of(const nlohmann::json& row) {
  char millions[32];
  std::snprintf(millions, sizeof millions, "%.1f", number(row, "deliveries") / 1e6);
  return text(row, "keeper") + ", " + text(row, "work") + ", " + millions + " M deliveries";
}

Broken print_promise(const nlohmann::json& row, double octets) {
  if (text(row, "keeper") != "etymon") {
    return {};
  }
  const double most = text(row, "work") == "mixed" ? kMixedOctets : kNewPairsOctets;
  const bool holds = octets <= most;
  std::printf("  promised: at most %.0f octets, compacted: %s\n", most,
              holds ? "holds" : "DOES NOT HOLD");
  return holds ? Broken() : Broken{title_of(row) + ": octets a delivery, compacted"};
}

bool is_promised_growth(const nlohmann::json& small, const nlohmann::json& large) {
  return text(large, "keeper") == "etymon" && number(small, "deliveries") >= kGrownFrom &&
         number(large, "deliveries") <= kGrownTo;
}

// "p50 p99, p99 of medians" of one kind of question.
std::string percentiles(const nlohmann::json& lookups, const char* state, const char* kind) {
  const nlohmann::json& figures = lookups.at(state).at(kind);
  char text[64];
  std::snprintf(text, sizeof text, "%8.0f %8.0f %8.0f", number(figures, "p50_us"),
                number(figures, "p99_us"), number(figures, "p99_of_medians_us"));
  return text;
}

}  // namespace

Broken print_history_row(const nlohmann::json& row) {
  const double deliveries = number(row, "deliveries");
  const nlohmann::json& lookups = row.at("lookups");
  std::printf("\n%s, %s, %.1f M deliveries: %.0f a second, %.2f us of processor time each\n",
              text(row, "keeper").c_str(), text(row, "work").c_str(), deliveries / 1e6,
              number(row, "per_second"), number(row, "cpu_us"));
  print_bytes("as recorded", row.at("bytes"), deliveries);
  Broken broken =
      print_promise(row, print_bytes("compacted", row.at("bytes_compacted"), deliveries));
  std::printf("  %-26s %26s %26s %26s %8s\n", "p50, p99, of medians, us", "as recorded",
              "compacted", "cold", "rows");
  for (const QuestionKind kind : kQuestionKinds) {
    const char* name = to_text(kind);
    if (lookups.at("compacted").contains(name)) {
      std::printf("  %-26s %s %s %s %8.2f\n", name,
                  percentiles(lookups, "as_recorded", name).c_str(),
                  percentiles(lookups, "compacted", name).c_str(),
                  percentiles(lookups, "cold", name).c_str(),
                  number(lookups.at("compacted").at(name), "rows"));
    }
  }
  std::fflush(stdout);
  return broken;
}

Broken print_growth(const nlohmann::json& small, const nlohmann::json& large) {
  std::printf("\n%s, %s, from %.1f M to %.1f M: p99 grew\n", text(large, "keeper").c_str(),
              text(large, "work").c_str(), number(small, "deliveries") / 1e6,
              number(large, "deliveries") / 1e6);
  Broken broken;
  std::printf("  %-26s %21s %21s %21s\n", "times, of medians", "as recorded", "compacted", "cold");
  for (const auto& [kind, unused] : large.at("lookups").at("compacted").items()) {
    std::printf("  %-26s", kind.c_str());
    for (const char* state : {"as_recorded", "compacted", "cold"}) {
      const nlohmann::json& before = small.at("lookups").at(state).at(kind);
      const nlohmann::json& now = large.at("lookups").at(state).at(kind);
      const double times = number(now, "p99_us") / number(before, "p99_us");
      const double of_medians =
          number(now, "p99_of_medians_us") / number(before, "p99_of_medians_us");
      std::printf(" %9.1f %7.1f %s", times, of_medians, times <= kGrowth ? "yes" : " NO");
      const bool is_judged = std::string_view(state) != "cold" && is_promised_growth(small, large);
      if (times > kGrowth && is_judged) {
        broken.push_back(title_of(large) + ": growth of " + kind + ", " + state);
      }
    }
    std::printf("\n");
  }
  std::printf("  promised of Etymon, from 1 M to 50 M, when not cold: at most %.0f\n", kGrowth);
  std::fflush(stdout);
  return broken;
}

Broken print_restart(const nlohmann::json& row) {
  std::printf(
      "\nkilled with a full tail, %s, %.0f deliveries in it: open after %.2f s, the first "
      "lookup answered after %.2f s\n",
      text(row, "work").c_str(), number(row, "tail_deliveries"), number(row, "open_seconds"),
      number(row, "first_lookup_seconds"));
  const bool holds = number(row, "first_lookup_seconds") <= kRestartSeconds;
  std::printf("  promised: at most %.0f s: %s\n", kRestartSeconds,
              holds ? "holds" : "DOES NOT HOLD");
  std::fflush(stdout);
  return holds ? Broken() : Broken{text(row, "work") + ": the first lookup after a crash"};
}

}  // namespace etymon::bench

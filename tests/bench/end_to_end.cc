// bench_end_to_end: what an answer of etymond costs, against a bare echo of datagrams, with nobody
// else needed.
//
// The server runs on processor 0, the load and the upstream, which are this program, on processor
// 1; two loops and their loads on both. Machines differ and are never quiet: the ratio of two
// neighbours in one round is what can be quoted.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tests/bench/api_work.h"
#include "tests/bench/command_work.h"
#include "tests/bench/loops_work.h"
#include "tests/bench/numbered_upstream.h"
#include "tests/bench/quantile.h"
#include "tests/bench/rates.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/servers.h"
#include "tests/support/processors.h"

namespace etymon::bench {
namespace {

constexpr const char* kUsage =
    "usage: bench_end_to_end [--programs DIR] [--rounds N] [--long] [--only NAME] [--json FILE]\n"
    "  --programs  the folder of etymond and etymon (default: where this program lies)\n"
    "  --rounds    how often each scenario runs; medians are shown (default 3)\n"
    "  --long      also how the cost grows with names and clients\n"
    "  --only      this scenario alone: hot, pairs, miss, calm, loops, command,\n"
    "              api, growth\n";

struct Arguments {
  std::string self;
  std::string programs;
  std::string json = {};
  std::string only = {};
  std::string rounds = "3";
  bool growth = false;
};

// Throws std::invalid_argument.
Arguments parse(int argc, char** argv) {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  Arguments arguments{.self = self, .programs = self.parent_path()};
  const std::map<std::string_view, std::string*> with_value = {{"--programs", &arguments.programs},
                                                               {"--json", &arguments.json},
                                                               {"--only", &arguments.only},
                                                               {"--rounds", &arguments.rounds}};
  for (int i = 1; i < argc; ++i) {
    const auto found = with_value.find(argv[i]);
    if (argv[i] == std::string_view("--long")) {
      arguments.growth = true;
    } else if (found != with_value.end() && i + 1 < argc) {
      *found->second = argv[++i];
    } else {
      throw std::invalid_argument(kUsage);
    }
  }
  return arguments;
}

std::vector<Scenario> chosen_scenarios(const Arguments& arguments) {
  std::vector<Scenario> scenarios = usual_scenarios();
  if (arguments.growth || arguments.only == "growth") {
    std::ranges::move(growth_scenarios(), std::back_inserter(scenarios));
  }
  if (!arguments.only.empty()) {
    std::erase_if(scenarios, [&](const Scenario& one) { return one.name != arguments.only; });
  }
  return scenarios;
}

void print_heading() {
  std::printf("%-7s %9s %8s %10s %7s %8s %7s %14s %14s %6s %9s %11s %6s\n", "work", "names",
              "clients", "answers/s", "us", "echo us", "x echo", "p50 us (echo)", "p99 us (echo)",
              "lost", "servfail", "unrecorded", "MiB");
}

// A latency beside the echo's. In a closed loop it only tells how long the queue is.
std::string latency(const nlohmann::json& row, const char* name, const char* echo_name) {
  if (row.at("work") != "calm") {
    return "-";
  }
  const auto whole = [&](const char* key) { return std::to_string(row.at(key).get<int>()); };
  return whole(name) + " (" + whole(echo_name) + ")";
}

void print_row(const nlohmann::json& row) {
  const auto number = [&](const char* name) { return row.at(name).get<double>(); };
  std::printf("%-7s %9.0f %8.0f %10.0f %7.2f %8.2f %7.2f %14s %14s %6.0f %9.0f %11.0f %6.0f\n",
              row.at("work").get<std::string>().c_str(), number("names"), number("clients"),
              number("answers_per_second"), number("us_per_answer"), number("echo_us_per_answer"),
              number("ratio"), latency(row, "p50_us", "echo_p50_us").c_str(),
              latency(row, "p99_us", "echo_p99_us").c_str(), number("lost"), number("servfail"),
              number("unrecorded"), number("resident_mib"));
  std::fflush(stdout);
}

// The medians of the rounds.
nlohmann::json row_of(const Scenario& scenario, const std::vector<Pair>& rounds) {
  const auto of = [&](auto figure) { return median(rounds, figure); };
  return {
      {"work", scenario.name},
      {"names", scenario.asking.names},
      {"clients", scenario.asking.clients},
      {"rounds", rounds.size()},
      {"answers_per_second", of([](const Pair& p) { return p.etymond.load.per_second(); })},
      {"us_per_answer", of([](const Pair& p) { return p.etymond.us_per_answer; })},
      {"echo_us_per_answer", of([](const Pair& p) { return p.echo.us_per_answer; })},
      {"ratio", of(&Pair::ratio)},
      {"p50_us", of([](const Pair& p) { return p.etymond.load.p50_us; })},
      {"p99_us", of([](const Pair& p) { return p.etymond.load.p99_us; })},
      {"echo_p50_us", of([](const Pair& p) { return p.echo.load.p50_us; })},
      {"echo_p99_us", of([](const Pair& p) { return p.echo.load.p99_us; })},
      {"lost", of([](const Pair& p) { return p.etymond.load.lost; })},
      {"echo_lost", of([](const Pair& p) { return p.echo.load.lost; })},
      {"servfail", of([](const Pair& p) { return p.etymond.load.servfail; })},
      {"unrecorded", of([](const Pair& p) { return p.etymond.unrecorded; })},
      {"resident_mib", of([](const Pair& p) { return p.etymond.resident_mib; })},
  };
}

// What a second loop adds, in a table of its own.
void run_loops(const Surroundings& around, size_t round_count, nlohmann::json& rows,
               std::vector<Rate>& rates) {
  const std::vector<LoopsRound> rounds = measure_loops(around, round_count);
  std::printf("\n%-10s %10s %7s %6s %11s\n", "loops", "answers/s", "us", "lost", "unrecorded");
  struct Part {
    LoopsWork LoopsRound::*work;
    int loops;
    bool affinity;
  };
  constexpr Part kParts[] = {{&LoopsRound::one, 1, false},
                             {&LoopsRound::two, 2, false},
                             {&LoopsRound::two_apart, 2, true}};
  for (const auto& [work, loops, affinity] : kParts) {
    const auto of = [&](auto figure) {
      return median(rounds, [&](const LoopsRound& round) { return round.*work.*figure; });
    };
    std::printf("%d%-9s %10.0f %7.2f %6.0f %11.0f\n", loops, affinity ? " affinity" : "",
                of(&LoopsWork::per_second), of(&LoopsWork::us_per_answer), of(&LoopsWork::lost),
                of(&LoopsWork::unrecorded));
    rows.push_back({{"work", "loops"},
                    {"loops", loops},
                    {"affinity", affinity},
                    {"answers_per_second", of(&LoopsWork::per_second)},
                    {"us_per_answer", of(&LoopsWork::us_per_answer)},
                    {"lost", of(&LoopsWork::lost)},
                    {"unrecorded", of(&LoopsWork::unrecorded)}});
  }
  std::ranges::move(rates_of_loops(rounds), std::back_inserter(rates));
}

// What the command's lines cost, in a table of their own.
void run_command(const Surroundings& around, nlohmann::json& rows, std::vector<Rate>& rates) {
  std::printf("\n%-8s %9s %9s %12s %12s\n", "command", "lines", "lines/s", "etymon us",
              "etymond us");
  const std::vector<CommandWork> works = measure_command(around);
  for (const CommandWork& work : works) {
    const double per_second = static_cast<double>(work.lines) / work.seconds;
    std::printf("%-8s %9.0f %9.0f %12.2f %12.2f\n", work.name.c_str(),
                static_cast<double>(work.lines), per_second, work.command_us_a_line,
                work.server_us_a_line);
    rows.push_back({{"work", work.name},
                    {"lines", work.lines},
                    {"lines_per_second", per_second},
                    {"command_us_per_line", work.command_us_a_line},
                    {"server_us_per_line", work.server_us_a_line}});
  }
  std::ranges::move(rates_of_command(works), std::back_inserter(rates));
}

// What calls of the API cost, and what they and DNS do to each other.
void run_api(const Surroundings& around, size_t round_count, nlohmann::json& rows,
             std::vector<Rate>& rates) {
  const std::vector<ApiRound> rounds = measure_api(around, round_count);
  const auto of = [&](auto figure) { return median(rounds, figure); };
  const nlohmann::json row = {
      {"work", "api"},
      {"health_per_second", of([](const ApiRound& r) { return r.health.per_second; })},
      {"health_server_us", of([](const ApiRound& r) { return r.health.server_us; })},
      {"lookups_per_second", of([](const ApiRound& r) { return r.lookup.per_second; })},
      {"lookup_server_us", of([](const ApiRound& r) { return r.lookup.server_us; })},
      {"health_by_client_per_second",
       of([](const ApiRound& r) { return r.health_by_client.per_second; })},
      {"health_by_client_server_us",
       of([](const ApiRound& r) { return r.health_by_client.server_us; })},
      {"lookups_by_client_per_second",
       of([](const ApiRound& r) { return r.lookup_by_client.per_second; })},
      {"lookup_by_client_server_us",
       of([](const ApiRound& r) { return r.lookup_by_client.server_us; })},
      {"health_in_turn_per_second",
       of([](const ApiRound& r) { return r.health_in_turn.per_second; })},
      {"health_in_turn_server_us",
       of([](const ApiRound& r) { return r.health_in_turn.server_us; })},
      {"lookups_in_turn_per_second",
       of([](const ApiRound& r) { return r.lookup_in_turn.per_second; })},
      {"lookup_in_turn_server_us",
       of([](const ApiRound& r) { return r.lookup_in_turn.server_us; })},
      {"dns_peak_per_second", of(&ApiRound::dns_peak)},
      {"dns_p99_us", of(&ApiRound::dns_p99_us)},
      {"dns_p99_us_beside_lookups", of(&ApiRound::dns_busy_p99_us)},
      {"lookups_per_second_beside_dns", of(&ApiRound::busy_lookups)},
      {"dns_p99_us_beside_attacks", of(&ApiRound::dns_attacked_p99_us)},
      {"attacks_per_second_beside_dns", of(&ApiRound::attacks)},
      {"lookup_p99_us_beside_dns", of(&ApiRound::lookup_p99_us)}};
  std::printf("\n%-32s %10s\n", "api", "");
  for (const auto& [name, figure] : row.items()) {
    if (figure.is_number()) {
      std::printf("%-32s %10.1f\n", name.c_str(), figure.get<double>());
    }
  }
  rows.push_back(row);
  std::ranges::move(rates_of_api(rounds), std::back_inserter(rates));
}

void run(const Arguments& arguments) {
  testing::stay_on_processor(1);
  const NumberedUpstream upstream;
  const Surroundings around{arguments.self, arguments.programs, upstream.address()};
  const size_t round_count = std::max(std::stoul(arguments.rounds), 1UL);
  auto rows = nlohmann::json::array();
  std::vector<Rate> rates;
  const std::vector<Scenario> scenarios = chosen_scenarios(arguments);
  if (!scenarios.empty()) {
    print_heading();
  }
  for (const Scenario& scenario : scenarios) {
    std::vector<Pair> rounds;
    while (rounds.size() < round_count) {
      rounds.push_back(measure(scenario, around));
    }
    rows.push_back(row_of(scenario, rounds));
    print_row(rows.back());
  }
  if (arguments.only.empty() || arguments.only == "loops") {
    run_loops(around, round_count, rows, rates);
  }
  if (arguments.only.empty() || arguments.only == "command") {
    run_command(around, rows, rates);
  }
  if (arguments.only.empty() || arguments.only == "api") {
    run_api(around, round_count, rows, rates);
  }
  if (!rates.empty()) {
    print_rates(rates);
    std::ranges::transform(rates, std::back_inserter(rows), to_json);
  }
  if (!arguments.json.empty()) {
    std::ofstream(arguments.json) << rows.dump(2) << '\n';
  }
}

}  // namespace
}  // namespace etymon::bench

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string_view(argv[1]) == "echo") {
      return etymon::bench::run_echo(static_cast<uint16_t>(std::stoul(argv[2])));
    }
    etymon::bench::run(etymon::bench::parse(argc, argv));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
}

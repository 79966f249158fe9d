// bench_history: what months of deliveries cost to keep and to ask for, in Etymon's store and in
// its peers, which are told and asked the same.
//
// Everything that is kept lies in the system's temporary folder (TMPDIR), and is removed at the
// end. The history passes in its own time, a thousand times faster than the clock on the wall.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "tests/bench/history_restart.h"
#include "tests/bench/history_run.h"
#include "tests/bench/history_table.h"
#include "tests/support/fakes.h"

namespace etymon::bench {
namespace {

constexpr const char* kUsage =
    "usage: bench_history [--deliveries N] [--only PARTS] [--others N] [--rate N] [--json FILE]\n"
    "  --deliveries  how long the history is (default 1000000); measured at 1 M and 10 M, too\n"
    "  --only        these parts alone, with commas between: etymon, pairs, sqlite, balboa\n"
    "  --others      where all parts but etymon end (default 10000000)\n"
    "  --rate        deliveries a second of the history's own time (default 20)\n"
    "What is kept lies in TMPDIR; 10 M deliveries take 3 GB there, in SQLite. Ends with 1 when a\n"
    "promise of Etymon was broken.\n";

struct Arguments {
  std::string deliveries = "1000000";
  std::string only = "etymon,pairs,sqlite,balboa";
  std::string others = "10000000";  // balboa takes some minutes for these
  std::string rate = "20";
  std::string json = {};
};

// Throws std::invalid_argument.
Arguments parse(int argc, char** argv) {
  Arguments arguments;
  const std::map<std::string_view, std::string*> with_value = {
      {"--deliveries", &arguments.deliveries},
      {"--only", &arguments.only},
      {"--others", &arguments.others},
      {"--rate", &arguments.rate},
      {"--json", &arguments.json}};
  for (int i = 1; i < argc; i += 2) {
    const auto found = with_value.find(argv[i]);
    if (found == with_value.end() || i + 1 == argc) {
      throw std::invalid_argument(kUsage);
    }
    *found->second = argv[i + 1];
  }
  return arguments;
}

std::vector<size_t> sizes_up_to(size_t deliveries) {
  std::vector<size_t> sizes;
  for (const size_t size : {size_t{1'000'000}, size_t{10'000'000}}) {
    if (size < deliveries) {
      sizes.push_back(size);
    }
  }
  sizes.push_back(deliveries);
  return sizes;
}

struct Part {
  std::string name;
  std::string work;
  size_t deliveries;
  MakeKeeper make;
};

// Throws std::invalid_argument.
std::vector<Part> parts(const Arguments& arguments) {
  const size_t all = std::stoul(arguments.deliveries);
  const size_t some = std::min(all, std::stoul(arguments.others));
  const std::vector<Part> known = {{"etymon", "mixed", all, etymon_keeper},
                                   {"pairs", "new pairs", some, etymon_keeper},
                                   {"sqlite", "mixed", some, sqlite_keeper},
                                   {"balboa", "mixed", some, balboa_keeper}};
  std::vector<Part> chosen;
  std::istringstream names(arguments.only);
  for (std::string name; std::getline(names, name, ',');) {
    const auto part = std::ranges::find(known, name, &Part::name);
    if (part == known.end()) {
      throw std::invalid_argument(kUsage);
    }
    chosen.push_back(*part);
  }
  return chosen;
}

class Report {
 public:
  void add(const nlohmann::json& row) {
    note(print_history_row(row));
    rows_.push_back(row);
  }
  // Of the rows from the `first` on.
  void compare_from(size_t first) {
    if (rows_.size() > first + 1) {
      note(print_growth(rows_.at(first), rows_.back()));
    }
  }
  size_t rows() const { return rows_.size(); }
  void add_restart(const nlohmann::json& row) {
    note(print_restart(row));
    restarts_.push_back(row);
  }
  void write(const std::string& file) const {
    std::ofstream(file) << nlohmann::json{{"histories", rows_}, {"restarts", restarts_}}.dump(2)
                        << '\n';
  }
  // The exit status: EXIT_FAILURE where a promise was broken, and it is said which.
  int end() const {
    for (const std::string& one : broken_) {
      std::printf("\nbroken: %s", one.c_str());
    }
    std::printf(broken_.empty() ? "\nevery promise holds\n" : "\n");
    return broken_.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
  }

 private:
  void note(const Broken& broken) { broken_.insert(broken_.end(), broken.begin(), broken.end()); }

  Broken broken_;
  nlohmann::json rows_ = nlohmann::json::array();
  nlohmann::json restarts_ = nlohmann::json::array();
};

void run_part(const Part& part, const Arguments& arguments, const std::string& folder,
              Report& report) {
  if (part.name == "balboa" && !balboa_is_installed()) {
    std::printf("balboa is not installed: left out\n");
    return;
  }
  HistoryPlan plan;
  plan.work = part.work;
  plan.sizes = sizes_up_to(part.deliveries);
  plan.per_second = std::stod(arguments.rate);
  std::filesystem::create_directories(folder);
  const size_t first = report.rows();
  run_history(plan, part.make, folder, [&](const nlohmann::json& row) { report.add(row); });
  report.compare_from(first);
  if (part.name == "etymon" || part.name == "pairs") {
    report.add_restart(measure_restart(folder, part.work));
  }
}

// Gives the exit status.
int run(const Arguments& arguments) {
  const testing::TemporaryFolder folder;
  Report report;
  for (const Part& part : parts(arguments)) {
    const std::string own = folder.path() + "/" + part.name;
    run_part(part, arguments, own, report);
    std::filesystem::remove_all(own);
  }
  if (!arguments.json.empty()) {
    report.write(arguments.json);
  }
  return report.end();
}

}  // namespace
}  // namespace etymon::bench

int main(int argc, char** argv) {
  try {
    if (argc == 4 && std::string_view(argv[1]) == etymon::bench::kFillTail) {
      return etymon::bench::fill_tail(argv[2], argv[3]);
    }
    return etymon::bench::run(etymon::bench::parse(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
}

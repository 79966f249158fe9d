// Writes the fixture store of the present format: run it once when the format changes, keep what
// it wrote in tests/unit/store/fixtures/format-N for all later versions to open.
//
// The store is one that was never closed, as a crash leaves it: then the turn log is in use, too.
//
// usage: make_store_fixture FOLDER
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/unit/store/fixture_story.h"
#include "tests/unit/store/image.h"

namespace etymon::store {
namespace {

// What RocksDB writes beside the data: its own diary and an empty lock.
void remove_clutter(const std::string& folder) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = file.path().filename();
    if (name.starts_with("LOG") || name == "LOCK") {
      std::filesystem::remove(file.path());
    }
  }
}

int make(const std::string& folder) {
  testing::TemporaryFolder beside;
  testing::ManualClock clock(kStoryStart);
  Options options;
  options.path = beside.path() + "/store";
  options.record_wait = Milliseconds(1000);
  options.sync_every = Milliseconds(60'000);
  const auto store = Store::open(options, clock);
  const Status told = store ? tell_story(**store, clock) : Status(store.error());
  if (!told) {
    std::fprintf(stderr, "make_store_fixture: %s\n", told.error().message.c_str());
    return 1;
  }
  take_image(options.path, folder);
  remove_clutter(folder);
  return 0;
}

}  // namespace
}  // namespace etymon::store

int main(int count, char** arguments) {
  return count == 2 ? etymon::store::make(arguments[1]) : 2;
}

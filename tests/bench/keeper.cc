#include "tests/bench/keeper.h"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <vector>

namespace etymon::bench {
namespace {

// Files may come and go meanwhile.
void for_each_file(const std::string& folder,
                   const std::function<void(const std::string& path, uint64_t size)>& visit) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    const bool is_file = it->is_regular_file(gone);
    const uint64_t size = is_file ? it->file_size(gone) : 0;
    if (is_file && !gone) {
      visit(it->path(), size);
    }
  }
}

}  // namespace

const char* to_text(QuestionKind kind) {
  switch (kind) {
    case QuestionKind::kAddress:
      return "address, client, moment";
    case QuestionKind::kAddresses:
      return "prefix, moment";
    case QuestionKind::kPrefix:
      return "prefix in an hour";
    case QuestionKind::kName:
      return "name in an hour";
    case QuestionKind::kSubtree:
      return "subtree in an hour";
    case QuestionKind::kClient:
      return "client in an hour";
  }
  return "?";
}

std::unique_ptr<Keeper> Keeper::copy(const std::string&) {
  return nullptr;
}

double processor_seconds_of(pid_t process) {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("a process has ended too early");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

uint64_t bytes_below(const std::string& folder) {
  uint64_t bytes = 0;
  for_each_file(folder, [&](const std::string&, uint64_t size) { bytes += size; });
  return bytes;
}

void drop_pages_below(const std::string& folder) {
  for_each_file(folder, [](const std::string& path, uint64_t) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
      ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
      ::close(file);
    }
  });
}

void read_pages_below(const std::string& folder) {
  std::vector<char> piece(1 << 20);
  for_each_file(folder, [&](const std::string& path, uint64_t) {
    std::ifstream file(path, std::ios::binary);
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size()))) {
    }
  });
}

}  // namespace etymon::bench

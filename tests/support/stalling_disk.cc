// A library to preload into a program: its writes to a store's journal, and syncs of it, wait for
// as long as the file that $ETYMON_STALL_WHILE names exists. That is what a disk that hangs looks
// like.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr useconds_t kLookAgainAfterUs = 2000;

bool is_journal(int descriptor) {
  char path[4096] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  return readlink(link.c_str(), path, sizeof path - 1) > 0 && std::strstr(path, "/journal/");
}

void wait_for_disk(int descriptor) {
  const char* const switch_file = std::getenv("ETYMON_STALL_WHILE");
  while (switch_file != nullptr && access(switch_file, F_OK) == 0 && is_journal(descriptor)) {
    usleep(kLookAgainAfterUs);
  }
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {  // with the names that unistd.h gives the parameters

ssize_t write(int fd, const void* buf, size_t n) {
  static auto* const next = real<ssize_t(int, const void*, size_t)>("write");
  wait_for_disk(fd);
  return next(fd, buf, n);
}

int fdatasync(int fildes) {
  static auto* const next = real<int(int)>("fdatasync");
  wait_for_disk(fildes);
  return next(fildes);
}

}  // extern "C"

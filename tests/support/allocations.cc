#include "tests/support/allocations.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

// The C library's own. NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

constinit thread_local uint64_t of_this_thread = 0;
constinit std::atomic<uint64_t> of_all_threads = 0;

void count() {
  ++of_this_thread;
  of_all_threads.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {

void* malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void* calloc(size_t nmemb, size_t size) {
  count();
  return __libc_calloc(nmemb, size);
}

void* realloc(void* ptr, size_t size) {
  count();
  return __libc_realloc(ptr, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void* memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** memptr, size_t alignment, size_t size) {
  count();
  *memptr = __libc_memalign(alignment, size);
  return *memptr != nullptr ? 0 : ENOMEM;
}

}  // extern "C"

namespace etymon::testing {

uint64_t allocations_of_this_thread() {
  return of_this_thread;
}

uint64_t allocations_of_all_threads() {
  return of_all_threads.load();
}

}  // namespace etymon::testing

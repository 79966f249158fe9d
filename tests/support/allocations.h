// How often memory was asked for: malloc and its relatives, operator new among them, counted.
//
// A program that links this has its own malloc, which counts and hands on to the C library's (glibc
// names it __libc_malloc). Not for programs under a sanitizer, which bring their own. Thread-safe;
// counting takes no lock.
#pragma once

#include <cstdint>

namespace etymon::testing {

// Since the thread began.
uint64_t allocations_of_this_thread();
// Since the process began, all threads.
uint64_t allocations_of_all_threads();

}  // namespace etymon::testing

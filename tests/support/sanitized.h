// What a test leaves to other builds, because it takes very long in this one.
#pragma once

namespace etymon::testing {

// For tests that fail each call of something in turn, which take minutes with a sanitizer
// (ThreadSanitizer took 156 s for one of them): with those every fifth is failed, to see how locks
// and memory are handled there. The released code is asked about each.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr int kCallStep = 5;
#else
inline constexpr int kCallStep = 1;
#endif

}  // namespace etymon::testing

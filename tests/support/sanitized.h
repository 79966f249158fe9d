// What a test leaves to other builds, because it takes very long in this one.
#pragma once

namespace etymon::testing {

// For tests that fail each call of something in turn: ThreadSanitizer, under which one of them took
// 156 s, fails every fifth. It looks at how locks and memory are handled there, not at each result.
#if defined(__SANITIZE_THREAD__)
inline constexpr int kCallStep = 5;
#else
inline constexpr int kCallStep = 1;
#endif

}  // namespace etymon::testing

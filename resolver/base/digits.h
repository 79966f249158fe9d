// Digits of a fixed number, as times have them. A pure function, any thread.
#pragma once

#include <cstdint>

namespace etymon {

// `digits` digits of `number` at `at`, zeros in front; gives the place behind them. What has more
// is cut off at the front.
inline char* put_padded(char* at, uint32_t number, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return at + digits;
}

}  // namespace etymon

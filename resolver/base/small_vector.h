// SmallVector: a vector whose first few elements need no memory of their own (Abseil's
// InlinedVector). For the many lists that nearly always have one element. A plain value; use as
// std::vector.
#pragma once

#include <absl/container/inlined_vector.h>

#include <cstddef>

namespace etymon {

template <class T, size_t kInline>
using SmallVector = absl::InlinedVector<T, kInline>;

}  // namespace etymon

// Format: for whom an answer is written, people or programs. A value.
#pragma once

namespace etymon::cli {

enum class Format { kText, kJson };

}  // namespace etymon::cli

// How much memory an arena takes at a time for the messages of a stream. A pure function, any
// thread.
//
// Some hundred questions or answers live and end together: an arena frees them at once, where the
// parts of each would be allocated and freed by themselves, those of a oneof even where a message
// is used again.
#pragma once

#include <google/protobuf/arena.h>

namespace etymon {

inline google::protobuf::ArenaOptions message_memory() {
  constexpr size_t kBlock = 32 << 10;  // what the allocator keeps at hand for a thread at most
  google::protobuf::ArenaOptions options;
  options.start_block_size = kBlock;
  options.max_block_size = kBlock;
  return options;
}

}  // namespace etymon

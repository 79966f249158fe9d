// NumberedUpstream: a recursive resolver that knows the numbered names, and nothing else.
//
// Listens on 127.0.0.1, UDP, in a thread of its own that ends with the object and runs where the
// thread that made it does.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "resolver/net/socket.h"
#include "tests/support/numbered_names.h"

namespace etymon::bench {

class NumberedUpstream {
 public:
  explicit NumberedUpstream(const testing::NumberedTtls& ttls = {});
  ~NumberedUpstream();
  NumberedUpstream(const NumberedUpstream&) = delete;
  NumberedUpstream& operator=(const NumberedUpstream&) = delete;

  // "127.0.0.1:40123".
  std::string address() const;

 private:
  void serve();

  const testing::NumberedTtls ttls_;
  net::FileDescriptor socket_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace etymon::bench

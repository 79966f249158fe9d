// NeighbourSocket: rtnetlink's word on who the kernel's neighbours are, asked for and as it
// changes.
//
// Belongs to one thread. Needs no privilege. The kernel drops news when they come faster than they
// are read; it says so, and the table is to be asked for anew.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/hosts/neighbour_message.h"

namespace etymon::hosts {

class NeighbourSocket {
 public:
  // Of the network namespace of this process. Error kIo: this system has no rtnetlink.
  static Result<std::unique_ptr<NeighbourSocket>> open();
  ~NeighbourSocket();
  NeighbourSocket(const NeighbourSocket&) = delete;
  NeighbourSocket& operator=(const NeighbourSocket&) = delete;

  // To wait for: readable when there is news.
  int descriptor() const { return fd_; }

  // Asks for the whole table; it comes as news.
  Status request_all();

  // What has come up to now, without waiting. `failed` of it: something was lost, ask again.
  NeighbourNews read(WallTime now);

 private:
  explicit NeighbourSocket(int fd);

  int fd_;
  uint32_t sequence_ = 0;
  uint32_t ticks_per_second_;
  std::string buffer_;
};

}  // namespace etymon::hosts

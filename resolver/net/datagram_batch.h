// Batches of datagrams: many with one system call (recvmmsg, sendmmsg).
//
// The arrays that the kernel reads are filled once; a call only touches what changes, and nothing
// allocates after construction. An object belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "resolver/base/result.h"
#include "resolver/net/socket.h"

namespace etymon::net {

// One UDP datagram, come or going.
struct Datagram {
  ByteView bytes;
  Endpoint peer;
  IpAddress local;         // ours: the address it came to, or is to leave from
  uint32_t interface = 0;  // scope of a link-local IPv6 peer, else 0
};

// As many as one system call moves. More gain little: the call's fixed cost is spread thin by then.
inline constexpr size_t kBatchMax = 64;

// The largest datagram that is received; a query is far smaller, a longer one is counted and
// dropped.
inline constexpr size_t kDatagramMax = 4096;

// Whether a socket must be told and must tell the local address: on a wildcard it must, else the
// kernel might answer from another address than the one that was asked.
enum class LocalAddress { kFixed, kPerDatagram };

// Whether datagrams of one size that go the same way side by side may leave as one message, a run,
// which the kernel or the network card divides again (UDP_SEGMENT, Linux 4.18 and later). Most of
// what sending costs is then paid once a run. Who captures packets on this machine may see runs
// undivided.
enum class Runs { kApart, kTogether };

// Room for the control messages that carry the local address, IP_PKTINFO or IPV6_PKTINFO, and the
// size that a run is divided by.
struct ControlBuffer {
  static constexpr size_t kLocalAddress = CMSG_SPACE(sizeof(in6_pktinfo));
  static constexpr size_t kRun = CMSG_SPACE(sizeof(uint16_t));
  alignas(cmsghdr) std::array<uint8_t, kLocalAddress + kRun> octets{};
};

// A slot ends one cache line past a multiple of 4096: the beginnings of all slots would otherwise
// compete for the same few lines of the first-level cache.
inline constexpr size_t kSlotSize = kDatagramMax + 64;

class ReceiveBatch {
 public:
  // For a socket bound to `bound`.
  ReceiveBatch(const Endpoint& bound, LocalAddress local);

  // What has arrived, without waiting; empty when nothing has. Valid until the next call.
  std::span<const Datagram> receive(int fd);
  // Datagrams dropped because they were longer than kDatagramMax.
  uint64_t oversized() const { return oversized_; }

 private:
  void prepare_again(size_t count);
  void read_slot(size_t slot, Datagram& out) const;

  LocalAddress local_;
  IpAddress bound_;
  uint64_t oversized_ = 0;
  size_t used_ = 0;
  std::unique_ptr<uint8_t[]> slots_;
  std::array<mmsghdr, kBatchMax> headers_{};
  std::array<iovec, kBatchMax> vectors_{};
  std::array<SocketAddress, kBatchMax> peers_{};
  std::array<ControlBuffer, kBatchMax> controls_{};
  std::array<Datagram, kBatchMax> datagrams_{};
};

// For connected sockets, whose peer is known: many of them may share one.
class ReplyBatch {
 public:
  // More than the questions that share a socket; what else has come is for the next call.
  static constexpr size_t kRepliesMax = 16;

  ReplyBatch();

  // What has arrived, without waiting; empty when nothing has. Valid until the next call, for
  // whichever socket. A datagram longer than kDatagramMax is cut to that. Errors: what the kernel
  // has learnt of the peer, such as kUnavailable when nobody listens there.
  Result<std::span<const ByteView>> receive(int fd);

 private:
  std::unique_ptr<uint8_t[]> slots_;
  std::array<mmsghdr, kRepliesMax> headers_{};
  std::array<iovec, kRepliesMax> vectors_{};
  std::array<ByteView, kRepliesMax> replies_{};
};

class SendBatch {
 public:
  // Where this kernel cannot divide runs, all leave apart.
  explicit SendBatch(LocalAddress local, Runs runs = Runs::kApart);

  // Sends all of them in order, without waiting. Returns how many the kernel took; the others are
  // lost, as datagrams may be: the send buffer was full, or the way there is blocked.
  size_t send(int fd, std::span<const Datagram> datagrams);

  // The same for a connected socket, which may wait. On error those behind the one that could not
  // be sent are not sent either. REQUIRES: at most kBatchMax.
  Status send(int fd, std::span<const ByteView> datagrams);

 private:
  size_t send_batch(int fd, std::span<const Datagram> datagrams);
  // Puts a datagram behind the `count` ones that are there; true when it begins a run of its own.
  bool add(size_t count, ByteView bytes, bool same_way);
  bool fits_last_run(size_t size) const;
  bool goes_with(const Datagram& datagram, const Datagram& before) const;
  void set_way(mmsghdr& run, const Datagram& datagram);
  void close_runs();

  const LocalAddress local_;
  const Runs together_;
  size_t runs_ = 0;
  // By run.
  std::array<mmsghdr, kBatchMax> headers_{};
  std::array<SocketAddress, kBatchMax> peers_{};
  std::array<ControlBuffer, kBatchMax> controls_{};
  // By datagram.
  std::array<iovec, kBatchMax> vectors_{};
};

}  // namespace etymon::net

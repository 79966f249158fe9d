#include "resolver/net/datagram_batch.h"

#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace etymon::net {
namespace {

IpAddress address_of(const in_addr& address) {
  return IpAddress::v4(ntohl(address.s_addr));
}

IpAddress address_of(const in6_addr& address) {
  return IpAddress::v6(std::span<const uint8_t, 16>(address.s6_addr));
}

template <class Info>
Info control_data(const cmsghdr& control) {
  Info info;
  std::memcpy(&info, CMSG_DATA(&control), sizeof(info));
  return info;
}

// The address of ours that a datagram came to, from its control message.
IpAddress local_address(const msghdr& header) {
  const cmsghdr* control = CMSG_FIRSTHDR(&header);
  if (control == nullptr) {
    return {};
  }
  if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
    return address_of(control_data<in_pktinfo>(*control).ipi_spec_dst);
  }
  if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
    return address_of(control_data<in6_pktinfo>(*control).ipi6_addr);
  }
  return {};
}

// As one message may have, with the largest headers (RFC 768: a length of 16 bits).
constexpr size_t kRunOctetsMax = 65'000;

// Adds a control message to the header, whose buffer has room for it.
template <class Info>
void add_control(msghdr& header, int level, int type, const Info& info) {
  auto* control =
      reinterpret_cast<cmsghdr*>(static_cast<uint8_t*>(header.msg_control) + header.msg_controllen);
  header.msg_controllen += CMSG_SPACE(sizeof(info));
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof(info));
  std::memcpy(CMSG_DATA(control), &info, sizeof(info));
}

void add_local_address(msghdr& header, const Datagram& datagram) {
  if (datagram.local.is_v4()) {
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(datagram.local.v4_host_order());
    add_control(header, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    info.ipi6_ifindex = datagram.interface;
    std::memcpy(&info.ipi6_addr, datagram.local.octets().data(), sizeof(info.ipi6_addr));
    add_control(header, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

bool kernel_divides_runs() {
  const Result<FileDescriptor> fd = open_socket(IpAddress::v4(INADDR_LOOPBACK), SOCK_DGRAM);
  int size = 0;
  socklen_t room = sizeof(size);
  return fd.ok() && getsockopt(fd->get(), IPPROTO_UDP, UDP_SEGMENT, &size, &room) == 0;
}

// The datagrams of a run that the kernel will not divide, because the way there is no good for runs
// (it leads through an IPsec tunnel, say, or to a network where they would be fragmented). How many
// have left; errno says why not more.
size_t send_one_by_one(int fd, const msghdr& run, int flags) {
  msghdr one = run;
  one.msg_iovlen = 1;
  one.msg_controllen -= ControlBuffer::kRun;
  size_t sent = 0;
  while (sent < run.msg_iovlen) {
    if (sendmsg(fd, &one, flags) >= 0) {
      ++sent;
      ++one.msg_iov;
    } else if (errno != EINTR) {
      break;
    }
  }
  return sent;
}

}  // namespace

ReceiveBatch::ReceiveBatch(const Endpoint& bound, LocalAddress local)
    : local_(local),
      bound_(bound.address),
      slots_(std::make_unique<uint8_t[]>(kBatchMax * kSlotSize)) {
  for (size_t i = 0; i < kBatchMax; ++i) {
    vectors_[i] = {slots_.get() + i * kSlotSize, kDatagramMax};
    msghdr& header = headers_[i].msg_hdr;
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    header.msg_name = &peers_[i];
    header.msg_control = local == LocalAddress::kPerDatagram ? &controls_[i] : nullptr;
  }
  prepare_again(kBatchMax);
}

// The kernel writes the sizes of what it filled in over the sizes of the room that it had.
void ReceiveBatch::prepare_again(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    headers_[i].msg_hdr.msg_namelen = sizeof(SocketAddress);
    headers_[i].msg_hdr.msg_controllen =
        local_ == LocalAddress::kPerDatagram ? sizeof(ControlBuffer) : 0;
  }
}

std::span<const Datagram> ReceiveBatch::receive(int fd) {
  prepare_again(used_);
  const int count = recvmmsg(fd, headers_.data(), kBatchMax, MSG_DONTWAIT, nullptr);
  used_ = count > 0 ? static_cast<size_t>(count) : 0;
  size_t kept = 0;
  for (size_t slot = 0; slot < used_; ++slot) {
    if ((headers_[slot].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++oversized_;
    } else {
      read_slot(slot, datagrams_[kept++]);
    }
  }
  return std::span(datagrams_).first(kept);
}

void ReceiveBatch::read_slot(size_t slot, Datagram& out) const {
  const SocketAddress& peer = peers_[slot];
  out.bytes = {slots_.get() + slot * kSlotSize, headers_[slot].msg_len};
  out.peer = to_endpoint(peer);
  out.interface = peer.any.sa_family == AF_INET6 ? peer.v6.sin6_scope_id : 0;
  out.local = local_ == LocalAddress::kFixed ? bound_ : local_address(headers_[slot].msg_hdr);
}

ReplyBatch::ReplyBatch() : slots_(std::make_unique<uint8_t[]>(kRepliesMax * kSlotSize)) {
  for (size_t i = 0; i < kRepliesMax; ++i) {
    vectors_[i] = {slots_.get() + i * kSlotSize, kDatagramMax};
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
}

Result<std::span<const ByteView>> ReplyBatch::receive(int fd) {
  int count = recvmmsg(fd, headers_.data(), kRepliesMax, MSG_DONTWAIT, nullptr);
  while (count < 0 && errno == EINTR) {
    count = recvmmsg(fd, headers_.data(), kRepliesMax, MSG_DONTWAIT, nullptr);
  }
  if (count < 0 && errno != EAGAIN) {
    return system_error("cannot receive an answer", errno);
  }
  const size_t received = count > 0 ? static_cast<size_t>(count) : 0;
  for (size_t slot = 0; slot < received; ++slot) {
    replies_[slot] = {slots_.get() + slot * kSlotSize, headers_[slot].msg_len};
  }
  return std::span<const ByteView>(replies_).first(received);
}

SendBatch::SendBatch(LocalAddress local, Runs runs)
    : local_(local),
      together_(runs == Runs::kTogether && kernel_divides_runs() ? Runs::kTogether : Runs::kApart) {
}

size_t SendBatch::send(int fd, std::span<const Datagram> datagrams) {
  size_t taken = 0;
  while (!datagrams.empty()) {
    const auto batch = datagrams.first(std::min(datagrams.size(), kBatchMax));
    taken += send_batch(fd, batch);
    datagrams = datagrams.subspan(batch.size());
  }
  return taken;
}

size_t SendBatch::send_batch(int fd, std::span<const Datagram> datagrams) {
  runs_ = 0;
  for (size_t i = 0; i < datagrams.size(); ++i) {
    const bool same_way = i > 0 && goes_with(datagrams[i], datagrams[i - 1]);
    if (add(i, datagrams[i].bytes, same_way)) {
      set_way(headers_[runs_ - 1], datagrams[i]);
    }
  }
  close_runs();
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  size_t taken = 0;
  size_t next = 0;
  while (next < runs_) {
    const auto left = static_cast<unsigned>(runs_ - next);
    const int sent = sendmmsg(fd, &headers_[next], left, kFlags);
    const msghdr& run = headers_[next].msg_hdr;
    for (int i = 0; i < sent; ++i) {
      taken += headers_[next++].msg_hdr.msg_iovlen;
    }
    if (sent > 0) {
      continue;
    }
    if (errno == EAGAIN || errno == ENOBUFS) {
      return taken;  // The buffer is full, so the rest would not fit either.
    }
    if (errno != EINTR) {
      // A single one cannot leave (no route, forbidden); the others may.
      taken += run.msg_iovlen > 1 ? send_one_by_one(fd, run, kFlags) : 0;
      ++next;
    }
  }
  return taken;
}

Status SendBatch::send(int fd, std::span<const ByteView> datagrams) {
  runs_ = 0;
  for (size_t i = 0; i < datagrams.size(); ++i) {
    if (add(i, datagrams[i], true)) {
      headers_[runs_ - 1].msg_hdr.msg_name = nullptr;
      headers_[runs_ - 1].msg_hdr.msg_namelen = 0;
    }
  }
  close_runs();
  size_t next = 0;
  while (next < runs_) {
    const auto left = static_cast<unsigned>(runs_ - next);
    const int sent = sendmmsg(fd, &headers_[next], left, MSG_NOSIGNAL);
    if (sent > 0) {
      next += static_cast<size_t>(sent);
      continue;
    }
    const msghdr& run = headers_[next].msg_hdr;
    if (errno == EINTR) {
      continue;
    }
    if (run.msg_iovlen == 1 || send_one_by_one(fd, run, MSG_NOSIGNAL) < run.msg_iovlen) {
      return system_error("cannot send a question", errno);
    }
    ++next;
  }
  return {};
}

bool SendBatch::add(size_t count, ByteView bytes, bool same_way) {
  const bool begins = !same_way || !fits_last_run(bytes.size());
  // The kernel only reads what sendmmsg is given; iovec just has no const form.
  vectors_[count] = {const_cast<uint8_t*>(bytes.data()), bytes.size()};
  if (begins) {
    msghdr& run = headers_[runs_].msg_hdr;
    run.msg_iov = &vectors_[count];
    run.msg_iovlen = 0;
    run.msg_control = &controls_[runs_];
    run.msg_controllen = 0;
    ++runs_;
  }
  ++headers_[runs_ - 1].msg_hdr.msg_iovlen;
  return begins;
}

// A run's datagrams have one size, but for the last, which may be smaller.
bool SendBatch::fits_last_run(size_t size) const {
  if (together_ == Runs::kApart || runs_ == 0) {
    return false;
  }
  const msghdr& run = headers_[runs_ - 1].msg_hdr;
  const size_t first = run.msg_iov[0].iov_len;
  const size_t last = run.msg_iov[run.msg_iovlen - 1].iov_len;
  return last == first && size > 0 && size <= first &&
         (run.msg_iovlen + 1) * first <= kRunOctetsMax;
}

bool SendBatch::goes_with(const Datagram& datagram, const Datagram& before) const {
  return datagram.peer == before.peer && datagram.interface == before.interface &&
         (local_ == LocalAddress::kFixed || datagram.local == before.local);
}

void SendBatch::set_way(mmsghdr& run, const Datagram& datagram) {
  SocketAddress& peer = peers_[runs_ - 1];
  run.msg_hdr.msg_name = &peer;
  run.msg_hdr.msg_namelen = to_socket_address(datagram.peer, datagram.interface, peer);
  if (local_ == LocalAddress::kPerDatagram) {
    add_local_address(run.msg_hdr, datagram);
  }
}

void SendBatch::close_runs() {
  for (size_t i = 0; i < runs_; ++i) {
    msghdr& run = headers_[i].msg_hdr;
    if (run.msg_iovlen > 1) {
      const auto size = static_cast<uint16_t>(run.msg_iov[0].iov_len);
      add_control(run, IPPROTO_UDP, UDP_SEGMENT, size);
    }
  }
}

}  // namespace etymon::net

#include "resolver/net/datagram_batch.h"

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

// Writes one control message into the header's control buffer.
template <class Info>
void put_control(msghdr& header, void* buffer, int level, int type, const Info& info) {
  header.msg_control = buffer;
  header.msg_controllen = CMSG_SPACE(sizeof(info));
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof(info));
  std::memcpy(CMSG_DATA(control), &info, sizeof(info));
}

void put_local_address(msghdr& header, void* buffer, const Datagram& datagram) {
  if (datagram.local.is_v4()) {
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(datagram.local.v4_host_order());
    put_control(header, buffer, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    info.ipi6_ifindex = datagram.interface;
    std::memcpy(&info.ipi6_addr, datagram.local.octets().data(), sizeof(info.ipi6_addr));
    put_control(header, buffer, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
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

SendBatch::SendBatch(LocalAddress local) : local_(local) {
  for (size_t i = 0; i < kBatchMax; ++i) {
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_name = &peers_[i];
  }
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
  for (size_t slot = 0; slot < datagrams.size(); ++slot) {
    fill_slot(slot, datagrams[slot]);
  }
  size_t taken = 0;
  size_t next = 0;
  while (next < datagrams.size()) {
    const auto left = static_cast<unsigned>(datagrams.size() - next);
    const int sent = sendmmsg(fd, headers_.data() + next, left, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      taken += static_cast<size_t>(sent);
      next += static_cast<size_t>(sent);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      return taken;  // The buffer is full, so the rest would not fit either.
    } else if (errno != EINTR) {
      ++next;  // This one cannot leave (no route, forbidden); the others may.
    }
  }
  return taken;
}

void SendBatch::fill_slot(size_t slot, const Datagram& datagram) {
  // The kernel only reads what sendmmsg is given; iovec just has no const form.
  vectors_[slot] = {const_cast<uint8_t*>(datagram.bytes.data()), datagram.bytes.size()};
  msghdr& header = headers_[slot].msg_hdr;
  header.msg_namelen = to_socket_address(datagram.peer, datagram.interface, peers_[slot]);
  if (local_ == LocalAddress::kPerDatagram) {
    put_local_address(header, &controls_[slot], datagram);
  }
}

}  // namespace etymon::net

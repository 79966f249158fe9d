#include "resolver/net/udp_server.h"

#include <utility>

namespace etymon::net {
namespace {

// An answer leaves without DF and whole as far as our own interface goes: what ICMP says about the
// path is not believed, because anybody can forge it to have answers cut into fragments.
void ignore_path_mtu(int fd, const IpAddress& local) {
  if (local.is_v4()) {
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
  } else {
    set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
  }
}

void tell_local_address(int fd, const IpAddress& local) {
  if (local.is_v4()) {
    set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
  } else {
    set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
}

}  // namespace

Result<std::unique_ptr<UdpServer>> UdpServer::open(EventLoop& loop, const Endpoint& local,
                                                   const UdpServerOptions& options,
                                                   OnBatch on_batch) {
  Result<FileDescriptor> fd = open_bound_socket(local, SOCK_DGRAM, options.sharing);
  if (!fd) {
    return fd.error();
  }
  set_option(fd->get(), SOL_SOCKET, SO_RCVBUF, options.socket_buffer);
  set_option(fd->get(), SOL_SOCKET, SO_SNDBUF, options.socket_buffer);
  if (options.processor) {
    set_option(fd->get(), SOL_SOCKET, SO_INCOMING_CPU, static_cast<int>(*options.processor));
  }
  ignore_path_mtu(fd->get(), local.address);
  const auto local_address =
      is_wildcard(local.address) ? LocalAddress::kPerDatagram : LocalAddress::kFixed;
  if (local_address == LocalAddress::kPerDatagram) {
    tell_local_address(fd->get(), local.address);
  }
  std::unique_ptr<UdpServer> server(
      new UdpServer(*std::move(fd), local_address, options.runs, std::move(on_batch)));
  Result<FdWatch> watch =
      FdWatch::open(loop, server->fd_.get(), [raw = server.get()](Interest) { raw->receive(); });
  if (!watch) {
    return watch.error();
  }
  server->watch_.emplace(*std::move(watch));
  server->watch_->want(Interest::kRead);
  return server;
}

UdpServer::UdpServer(FileDescriptor fd, LocalAddress local_address, Runs runs, OnBatch on_batch)
    : fd_(std::move(fd)),
      local_(local_endpoint(fd_.get())),
      on_batch_(std::move(on_batch)),
      incoming_(local_, local_address),
      outgoing_(local_address, runs) {}

void UdpServer::receive() {
  const std::span<const Datagram> batch = incoming_.receive(fd_.get());
  counters_.received += batch.size();
  if (!batch.empty()) {
    on_batch_(batch);
  }
}

void UdpServer::send(std::span<const Datagram> datagrams) {
  const size_t sent = outgoing_.send(fd_.get(), datagrams);
  counters_.sent += sent;
  counters_.unsent += datagrams.size() - sent;
}

UdpServerCounters UdpServer::counters() const {
  UdpServerCounters result = counters_;
  result.oversized = incoming_.oversized();
  return result;
}

}  // namespace etymon::net

// Listening: where the API is offered, and who may use a socket file.
//
// We bind and accept ourselves, as gRPC takes a live socket file away from its owner, says little
// about why it cannot listen, and gives a socket up for good when it once lacks a descriptor
// (acceptor.h).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "api/server_address.h"
#include "resolver/base/result.h"

namespace etymon::service {

// Whether other machines may be let in.
enum class Reach { kThisMachine, kAllMachines };

struct FileId {
  dev_t device;
  ino_t inode;

  friend bool operator==(const FileId&, const FileId&) = default;
};

// A socket that listens, and its socket file, which goes with it. One thread.
class Listener {
 public:
  // Port 0 lets the kernel choose. 0.0.0.0 is IPv4 alone, [::] IPv6. The socket file of a process
  // that is gone is removed; the folder of one is made, its last component only, where it
  // is missing: nobody else makes /run/etymon at each boot. Owner and group may connect: the file's
  // mode is the access right. Errors: kInvalidArgument (beyond this machine without TLS),
  // kFailedPrecondition (in use, or a file that is no socket), kPermissionDenied, kIo.
  static Result<Listener> open(const api::ServerAddress& address, Reach reach);

  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;

  // Takes no more connections: whoever waits for one is woken. Any thread.
  void end() const;

  int descriptor() const { return descriptor_; }
  const api::ServerAddress& address() const { return address_; }  // with the port that was found

 private:
  Listener(int descriptor, api::ServerAddress address);

  int descriptor_;  // -1: moved from
  api::ServerAddress address_;
  std::optional<FileId> socket_file_;  // as we made it
};

}  // namespace etymon::service

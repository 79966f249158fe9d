// Listening: what must hold before gRPC may bind an address, and who may use a socket file.
//
// gRPC would take a live socket file away from its owner and says little about why it cannot
// listen; so an address is tried here first, and the reason is one clear line. One thread, at the
// start.
#pragma once

#include <sys/types.h>

#include <string>

#include "api/server_address.h"
#include "resolver/base/result.h"

namespace etymon::service {

// Whether other machines may be let in.
enum class Reach { kThisMachine, kAllMachines };

// The socket file of a process that is gone is removed; the folder of one is made, its last
// component only, where it is missing: nobody else makes /run/etymon at each boot. Errors:
// kInvalidArgument (beyond this machine without TLS), kFailedPrecondition (in use, or a file that
// is no socket), kPermissionDenied, kIo.
Status make_free(const api::ServerAddress& address, Reach reach);

// Owner and group may connect: the file mode is the access right.
Status open_to_group(const std::string& socket_path);

// While it lives, files that this process makes are closed to everybody but owner and group: a
// socket file must not be open to all between its making and open_to_group().
class PrivateFiles {
 public:
  PrivateFiles();
  ~PrivateFiles();
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;

 private:
  mode_t before_;
};

}  // namespace etymon::service

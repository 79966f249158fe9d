// NearbyServer: where this machine's daemon is, when nobody said so. Any thread.
#pragma once

#include "api/server_address.h"

namespace etymon::cli {

// The daemon's socket where we may connect to it, else its port: a socket is for its owner and
// group, and may be what a daemon left behind. Where nobody listens at the port either, the socket
// if it is there, so that the error is about it.
api::ServerAddress nearby_server(const api::ServerAddress& socket, const api::ServerAddress& port);

}  // namespace etymon::cli

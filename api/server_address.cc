#include "api/server_address.h"

#include "resolver/model/loopback.h"

namespace etymon::api {

namespace {

constexpr std::string_view kUnixScheme = "unix:";

// sizeof(sockaddr_un::sun_path) of Linux, less the final NUL.
constexpr size_t kSocketPathMax = 107;

Result<ServerAddress> unix_address(std::string_view path) {
  if (path.empty() || path.size() > kSocketPathMax) {
    return Error{ErrorCode::kInvalidArgument, "'" + std::string(path) +
                                                  "' is not a socket path of 1 to " +
                                                  std::to_string(kSocketPathMax) + " characters"};
  }
  return ServerAddress{std::string(path), {}};
}

}  // namespace

Result<ServerAddress> ServerAddress::from_text(std::string_view text) {
  if (text.starts_with(kUnixScheme)) {
    return unix_address(text.substr(kUnixScheme.size()));
  }
  const Result<Endpoint> endpoint = Endpoint::from_text(text, kDefaultPort);
  if (!endpoint) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + std::string(text) + "' is neither unix:PATH nor ADDRESS:PORT"};
  }
  return ServerAddress{{}, *endpoint};
}

bool ServerAddress::is_local() const {
  return is_unix() || is_loopback(endpoint.address);
}

std::string ServerAddress::text() const {
  return is_unix() ? std::string(kUnixScheme) + socket_path : endpoint.text();
}

}  // namespace etymon::api

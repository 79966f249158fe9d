// etymon: asks etymond which name led to an address.
#include <clocale>
#include <cstdlib>
#include <variant>

#include "api/cli/arguments.h"
#include "api/cli/client.h"
#include "api/cli/commands.h"
#include "api/cli/connection.h"
#include "api/cli/exit_status.h"
#include "api/cli/nearby_server.h"
#include "api/cli/streams.h"
#include "api/command_line.h"
#include "api/server_address.h"
#include "resolver/base/clock.h"

namespace {

using namespace etymon;

api::ServerAddress default_server() {
  return cli::nearby_server({std::string(api::kDefaultSocket), {}},
                            {{}, {IpAddress::v4(0x7F000001), api::kDefaultPort}});
}

Result<cli::ExitStatus> ask(api::Arguments arguments) {
  const SystemClock clock;
  const Result<cli::Invocation> invocation = cli::parse_arguments(
      arguments, {cli::connection_of_environment(), cli::read_connection_file(cli::kConnectionFile),
                  clock.wall()});
  if (!invocation) {
    return invocation.error();
  }
  const bool asks_nobody = std::holds_alternative<cli::Notice>(invocation->command);
  const Result<cli::Identity> identity =
      asks_nobody ? cli::Identity() : cli::read_identity(invocation->connection);
  if (!identity) {
    return identity.error();
  }
  const auto& server = invocation->connection.server;
  cli::Client client(server ? *server : default_server(), *identity);
  return cli::run(invocation->command, {client, clock});
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");  // tells whether the terminal can draw lines
  // gRPC has its own ideas of what belongs on standard error; the one line there is ours.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  const Result<cli::ExitStatus> status = ask(api::arguments_of(argc, argv));
  if (status) {
    return static_cast<int>(*status);
  }
  cli::remark(status.error().message);
  return static_cast<int>(cli::exit_status(status.error().code));
}

// Connection: where the server is, and with what the command shows who asks.
//
// Each setting comes from the first of these that gives it: command line, environment, the file
// /etc/etymon/etymon.conf. Where the file names a server, what else it names is for that one: its
// token is not shown to another. A token is never on the command line, where every user of the
// machine can read it: it is in a file or in the environment. Used by one thread, at the start.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/cli/client.h"
#include "api/server_address.h"
#include "resolver/base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace etymon::cli {

inline constexpr const char* kConnectionFile = "/etc/etymon/etymon.conf";

// Texts, empty where nothing is given.
struct ConnectionTexts {
  std::string server;
  std::string token;       // itself: from the environment only
  std::string token_file;  // paths of PEM files, and of one with a token in its first line
  std::string ca;
  std::string certificate;
  std::string key;
  std::string server_name;  // in the server's certificate

  // What `other` gives and this does not.
  void fill_in(const ConnectionTexts& other);
};

struct Connection {
  std::optional<api::ServerAddress> server;  // nothing: wherever the daemon is by default
  ConnectionTexts texts;
  // An authority or a certificate is named for this very server: it is believed to speak TLS even
  // at a loopback address, as one at the end of a tunnel does.
  bool tls_on_loopback = false;
};

// The options that every verb takes.
void add_connection_options(CLI::App& app, ConnectionTexts& flags);

// $ETYMON_SERVER, $ETYMON_TOKEN, $ETYMON_TOKEN_FILE, $ETYMON_CA, $ETYMON_CERTIFICATE, $ETYMON_KEY,
// $ETYMON_SERVER_NAME.
ConnectionTexts connection_of_environment();

// The text of kConnectionFile, at `path`; empty where there is none. One that is there and cannot
// be read is no such: the server that it names would not count, and another be asked. Errors: kIo,
// kInvalidArgument (too large).
Result<std::string> read_connection_file(const std::string& path);

// Lines of KEY = VALUE, # begins a comment; keys: server, server_name, token_file, ca, certificate,
// key. Error kInvalidArgument names the line.
Result<ConnectionTexts> connection_of_file(std::string_view text);

// Each setting from the first that gives it. Error kInvalidArgument: one line that names where it
// is wrong.
Result<Connection> connection_of(const ConnectionTexts& flags, const ConnectionTexts& environment,
                                 std::string_view file_text);

// Reads the files that are named. Errors: kNotFound, kIo, kInvalidArgument (an empty token, a file
// that is too large).
Result<Identity> read_identity(const Connection& connection);

}  // namespace etymon::cli

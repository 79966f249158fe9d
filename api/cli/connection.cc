#include "api/cli/connection.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace etymon::cli {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// What a header of a call may hold: gRPC aborts the process over other octets.
bool is_visible(char c) {
  return c >= 0x21 && c <= 0x7E;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string* field_of(std::string_view key, ConnectionTexts& texts) {
  const std::array<std::pair<std::string_view, std::string*>, 6> fields{
      {{"server", &texts.server},
       {"server_name", &texts.server_name},
       {"token_file", &texts.token_file},
       {"ca", &texts.ca},
       {"certificate", &texts.certificate},
       {"key", &texts.key}}};
  for (const auto& [name, field] : fields) {
    if (key == name) {
      return field;
    }
  }
  return nullptr;
}

// A token's line, or certificates: a bundle of all the Web's authorities has some 200 KiB.
constexpr size_t kFileMax = 4 << 20;

Error cannot_read(const std::string& path, int why) {
  return {why == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
          path + " cannot be read: " + std::strerror(why)};
}

// A pipe will do: `--token-file <(pass show etymon)`. Errors: kNotFound, kIo, kInvalidArgument.
Result<std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             std::fclose);
  if (file == nullptr) {
    return cannot_read(path, errno);
  }
  std::string text;
  std::array<char, 65'536> chunk{};
  while (const size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    text.append(chunk.data(), got);
    if (text.size() > kFileMax) {
      return Error{ErrorCode::kInvalidArgument, path + " is too large"};
    }
  }
  return std::ferror(file.get()) == 0 ? Result(std::move(text)) : cannot_read(path, errno);
}

// Nothing where no path is given.
Status read_into(std::string& target, const std::string& path) {
  if (path.empty()) {
    return {};
  }
  Result<std::string> text = read_file(path);
  if (!text) {
    return text.error();
  }
  target = *std::move(text);
  return {};
}

bool names_tls(const ConnectionTexts& texts) {
  return !texts.ca.empty() || !texts.certificate.empty();
}

// "--server" or "ETYMON_SERVER", whichever gave it, or the file.
std::string source_of_server(const ConnectionTexts& flags, const ConnectionTexts& environment) {
  if (!flags.server.empty()) {
    return "--server";
  }
  return environment.server.empty() ? kConnectionFile : "ETYMON_SERVER";
}

}  // namespace

void ConnectionTexts::fill_in(const ConnectionTexts& other) {
  // A token file that is nearer than a token stands for it, and the other way round.
  if (token.empty() && token_file.empty()) {
    token = other.token;
    token_file = other.token_file;
  }
  for (std::string ConnectionTexts::*field :
       {&ConnectionTexts::server, &ConnectionTexts::ca, &ConnectionTexts::certificate,
        &ConnectionTexts::key, &ConnectionTexts::server_name}) {
    if ((this->*field).empty()) {
      this->*field = other.*field;
    }
  }
}

void add_connection_options(CLI::App& app, ConnectionTexts& flags) {
  app.add_option("--server", flags.server,
                 "Where etymond is (default $ETYMON_SERVER, else as /etc/etymon/etymon.conf says,\n"
                 "else unix:/run/etymon/api.sock where we may connect to it, else 127.0.0.1:5380)")
      ->type_name("unix:PATH|ADDR:PORT");
  app.add_option("--token-file", flags.token_file,
                 "Show the token in this file ($ETYMON_TOKEN_FILE; $ETYMON_TOKEN is one itself)")
      ->type_name("FILE");
  app.add_option("--ca", flags.ca,
                 "Whom to believe who the server is, PEM ($ETYMON_CA; default the system's)")
      ->type_name("FILE");
  app.add_option("--certificate", flags.certificate,
                 "Our certificate, where the server wants one, PEM ($ETYMON_CERTIFICATE)")
      ->type_name("FILE");
  app.add_option("--key", flags.key, "Its key, PEM ($ETYMON_KEY)")->type_name("FILE");
  app.add_option("--server-name", flags.server_name,
                 "The name in the server's certificate (default its address;\n"
                 "$ETYMON_SERVER_NAME)")
      ->type_name("NAME");
}

ConnectionTexts connection_of_environment() {
  return {environment("ETYMON_SERVER"),      environment("ETYMON_TOKEN"),
          environment("ETYMON_TOKEN_FILE"),  environment("ETYMON_CA"),
          environment("ETYMON_CERTIFICATE"), environment("ETYMON_KEY"),
          environment("ETYMON_SERVER_NAME")};
}

Result<std::string> read_connection_file(const std::string& path) {
  Result<std::string> text = read_file(path);
  return text || text.error().code != ErrorCode::kNotFound ? text : std::string();
}

Result<ConnectionTexts> connection_of_file(std::string_view text) {
  ConnectionTexts texts;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) {
      continue;
    }
    const size_t equals = std::min(line.find('='), line.size());
    std::string* field = field_of(trimmed(line.substr(0, equals)), texts);
    if (field == nullptr || equals == line.size()) {
      return Error{
          ErrorCode::kInvalidArgument,
          std::string(kConnectionFile) + ", line " + std::to_string(number) +
              ": server, server_name, token_file, ca, certificate or key, = and a value are "
              "wanted"};
    }
    *field = trimmed(line.substr(equals + 1));
  }
  return texts;
}

Result<Connection> connection_of(const ConnectionTexts& flags, const ConnectionTexts& environment,
                                 std::string_view file_text) {
  const Result<ConnectionTexts> file = connection_of_file(file_text);
  if (!file) {
    return file.error();
  }
  Connection connection{{}, flags};
  ConnectionTexts& texts = connection.texts;
  texts.fill_in(environment);
  const bool is_files_server = texts.server.empty() || texts.server == file->server;
  connection.tls_on_loopback = names_tls(texts) || (is_files_server && names_tls(*file));
  if (is_files_server || file->server.empty()) {
    texts.fill_in(*file);
  }
  if (texts.certificate.empty() != texts.key.empty()) {
    return Error{ErrorCode::kInvalidArgument, "a certificate and its key belong together"};
  }
  if (texts.server.empty()) {
    return connection;
  }
  const Result<api::ServerAddress> server = api::ServerAddress::from_text(texts.server);
  if (!server) {
    return Error{ErrorCode::kInvalidArgument,
                 source_of_server(flags, environment) + ": " + server.error().message};
  }
  connection.server = *server;
  return connection;
}

Result<Identity> read_identity(const Connection& connection) {
  const ConnectionTexts& texts = connection.texts;
  Identity identity;
  identity.tls_on_loopback = connection.tls_on_loopback;
  identity.token = texts.token;
  identity.server_name = texts.server_name;
  std::string token_text;
  Status read = texts.token.empty() ? read_into(token_text, texts.token_file) : Status();
  for (const auto& [path, target] :
       {std::pair(&texts.ca, &identity.ca), std::pair(&texts.certificate, &identity.certificate),
        std::pair(&texts.key, &identity.key)}) {
    if (read) {
      read = read_into(*target, *path);
    }
  }
  if (!read) {
    return read.error();
  }
  if (texts.token.empty() && !texts.token_file.empty()) {
    identity.token = trimmed(std::string_view(token_text).substr(0, token_text.find('\n')));
    if (identity.token.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   texts.token_file + " has no token in its first line"};
    }
  }
  if (!std::ranges::all_of(identity.token, is_visible)) {
    return Error{ErrorCode::kInvalidArgument,
                 (texts.token.empty() ? texts.token_file : "ETYMON_TOKEN") +
                     ": a token is printable ASCII without blanks"};
  }
  return identity;
}

}  // namespace etymon::cli

// ScriptedResolver: a recursive resolver on loopback that says what a test tells it to say.
//
// Listens on a loopback address, UDP and TCP, on a port of its own or the one it is told, in a
// thread of its own that ends with the object. The script runs in that thread, and meanwhile
// nothing else is answered; everything else may be called from any.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "resolver/base/guarded.h"
#include "resolver/model/record.h"
#include "tests/support/dns_messages.h"

namespace etymon::testing {

struct Asked {
  std::string name;  // canonical text
  RecordType type = RecordType::kA;
  uint16_t id = 0;
  bool over_tcp = false;
  std::string query = {};  // all of it, as it came
  uint16_t port = 0;       // that it came from, of 127.0.0.1
};

// How a resolver gives the question back. Whoever asked may insist on what he sent.
enum class Spelling { kAsAsked, kLowerCase };

struct ResolverOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: one that is free
  Spelling spelling = Spelling::kAsAsked;
};

class ScriptedResolver {
 public:
  // Gives the answer to a question, or nothing to stay silent.
  using Script = std::function<std::optional<MessageBuilder>(const Asked&)>;

  // Throws where another program has the port.
  explicit ScriptedResolver(Script script, ResolverOptions options = {});
  ~ScriptedResolver();
  ScriptedResolver(const ScriptedResolver&) = delete;
  ScriptedResolver& operator=(const ScriptedResolver&) = delete;

  // "127.0.0.1:40123".
  std::string address() const;
  uint16_t port() const { return options_.port; }

  // Over UDP, from its own address and port to this port of 127.0.0.1; false when the kernel did
  // not take it.
  bool send(const std::string& message, uint16_t to_port) const;

  // How often `name` was asked, whatever the type and transport.
  size_t times_asked(const std::string& name) const;

 private:
  void serve();
  void serve_datagram();
  void serve_connection();
  bool serve_question(int connection, uint16_t port);  // false: the connection is over
  std::optional<std::string> answer(ByteView query, bool over_tcp, uint16_t port);

  Script script_;
  ResolverOptions options_;
  int udp_ = -1;
  int tcp_ = -1;
  int stop_ = -1;
  Guarded<std::map<std::string, size_t>> asked_;
  std::thread thread_;
};

// The beginning of an answer to `asked`: the right id, no records yet.
inline MessageBuilder answer_to(const Asked& asked, uint16_t rcode = 0) {
  return response(asked.name, asked.type, rcode).id(asked.id);
}

}  // namespace etymon::testing

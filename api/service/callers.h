// Callers: who may call the API, as a file lists them. Values; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/service/tls.h"
#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"

namespace etymon::service {

enum class Role {
  kAsk,     // lookups, listings, status
  kIngest,  // bring in deliveries, and nothing else
  kAdmin,   // everything
};

// "ask", "ingest" or "admin".
std::optional<Role> role_from_text(std::string_view text);
std::string_view text_of(Role role);

// What those are called who are not in the file; nobody in it may be.
inline constexpr const char* kUnixCaller = "unix";
inline constexpr const char* kLoopbackCaller = "loopback";

struct Caller {
  std::string name;  // as the file calls it; "unix" or "loopback" for those who are not in it
  Role role = Role::kAsk;
  std::vector<IpPrefix> clients;  // kAsk: only about hosts in these blocks; empty: about all

  bool may(Role needed) const { return role == Role::kAdmin || role == needed; }
  bool may_ask_about(const IpAddress& client) const;

  // About some hosts only: such a caller hears nothing of the others.
  bool is_limited() const { return !clients.empty(); }
};

// The callers that a file lists, one a line; # at a line's beginning or behind a blank begins a
// comment:
//   NAME ask|ingest|admin token:SECRET|cert:COMMON-NAME [PREFIX,...]
// A secret has 32 to 256 printable characters (openssl rand -hex 16 makes one). A name may stand in
// several lines, so that a token can be replaced, but not be one of those above; a token or
// certificate only in one. A value.
class Callers {
 public:
  static constexpr size_t kFileMax = 1 << 20;  // octets
  static constexpr size_t kMax = 1000;         // lines; each call looks at all of them

  // Error kInvalidArgument names the line, and no secret.
  static Result<Callers> from_text(std::string_view text);
  // Also: kPermissionDenied: others than owner and group may read it; those of
  // read_regular_file().
  static Result<Callers> from_file(const std::string& path);

  // Takes as long for a wrong secret as for a right one.
  std::optional<Caller> by_secret(std::string_view secret) const;
  std::optional<Caller> by_common_name(std::string_view common_name) const;

  // One who is known by a certificate; null: nobody is.
  const Caller* with_certificate() const;

 private:
  struct Entry {
    Caller caller;
    std::string secret;  // one of these two is empty
    std::string common_name;
  };
  static Result<Entry> read_line(std::string_view line);
  bool has_proof_of(const Entry& entry) const;

  std::vector<Entry> entries_;
};

struct AccessOptions {
  std::string callers_file;    // empty: nobody is known by token or certificate
  Role loopback = Role::kAsk;  // of everybody on a loopback address
};

// The callers that the file lists, for a server with such TLS. Errors: as Callers::from_file(), and
// kInvalidArgument: somebody is known by a certificate, and none is ever asked for.
Result<Callers> read_callers(const std::string& path, const Tls& tls);

}  // namespace etymon::service

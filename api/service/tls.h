// Tls: what the API shows to other machines, and what it wants of them. Values.
#pragma once

#include <string>

namespace etymon::service {

// PEM files, read again when they change.
struct Tls {
  std::string certificate;  // with its chain; empty: no TLS
  std::string key;
  std::string client_ca;  // callers need a certificate that it signed; empty: they need none
};

}  // namespace etymon::service

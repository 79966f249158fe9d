// Tls: what the API shows to other machines, and what it wants of them. Values. The
// check waits for the disk.
#pragma once

#include <string>

#include "resolver/base/result.h"

namespace etymon::service {

// PEM files, read again when they change.
struct Tls {
  std::string certificate;  // with its chain; empty: no TLS
  std::string key;
  std::string client_ca;  // callers need a certificate that it signed; empty: they need none
};

// Whether the files are there, and what they should be, as far as they are set. Errors name the
// setting: kIo (a file cannot be read), kInvalidArgument.
Status check_tls(const Tls& tls);

}  // namespace etymon::service

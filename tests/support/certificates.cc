#include "tests/support/certificates.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/process.h"

namespace etymon::testing {
namespace {

void make(const std::string& key, const std::string& certificate, const std::string& common_name,
          const std::vector<std::string>& more) {
  std::vector<std::string> command = {"openssl",
                                      "req",
                                      "-x509",
                                      "-newkey",
                                      "ec",
                                      "-pkeyopt",
                                      "ec_paramgen_curve:P-256",
                                      "-nodes",
                                      "-days",
                                      "2",
                                      "-keyout",
                                      key,
                                      "-out",
                                      certificate,
                                      "-subj",
                                      "/CN=" + common_name};
  command.insert(command.end(), more.begin(), more.end());
  const Finished made = run(command);
  if (made.status != 0) {
    throw std::runtime_error("openssl: " + made.err);
  }
}

}  // namespace

Certificates::Certificates(std::string folder) : folder_(std::move(folder)) {
  make(key("authority"), file("authority"), "Test authority", {});
}

void Certificates::issue(const std::string& name, const std::string& common_name) const {
  make(key(name), file(name), common_name,
       {"-CA", file("authority"), "-CAkey", key("authority"), "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:" + common_name, "-addext",
        "basicConstraints=critical,CA:FALSE"});
}

}  // namespace etymon::testing

// Certificates that openssl makes in a folder of the test's own: an authority, and what it signs.
#pragma once

#include <string>

namespace etymon::testing {

class Certificates {
 public:
  // `folder` outlives it. Makes the authority, in the file "authority". Throws std::runtime_error.
  explicit Certificates(std::string folder);

  // A key in NAME.key and a certificate for it in NAME, for 127.0.0.1 and `common_name`. Throws.
  void issue(const std::string& name, const std::string& common_name) const;

  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  std::string key(const std::string& name) const { return file(name) + ".key"; }

 private:
  std::string folder_;
};

}  // namespace etymon::testing

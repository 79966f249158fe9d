#include "api/service/tls_credentials.h"

#include <fstream>
#include <iterator>

namespace etymon::service {
namespace {

Result<std::string> read_pem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad() || text.empty()) {
    return Error{ErrorCode::kIo, "cannot read " + path + " for the API's TLS"};
  }
  return text;
}

}  // namespace

Result<std::shared_ptr<grpc::ServerCredentials>> tls_credentials(const Tls& tls) {
  const auto certificate = read_pem(tls.certificate);
  const auto key = read_pem(tls.key);
  const auto client_ca =
      tls.client_ca.empty() ? Result<std::string>(std::string()) : read_pem(tls.client_ca);
  for (const auto* read : {&certificate, &key, &client_ca}) {
    if (!*read) {
      return read->error();
    }
  }
  grpc::SslServerCredentialsOptions options(
      tls.client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                            : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({*key, *certificate});
  options.pem_root_certs = *client_ca;
  return grpc::SslServerCredentials(options);
}

}  // namespace etymon::service

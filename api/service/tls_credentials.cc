#include "api/service/tls_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fstream>
#include <memory>
#include <string>

namespace etymon::service {
namespace {

namespace tls_api = grpc::experimental;  // what Debian's gRPC has for files that change

// How soon new files are used. gRPC looks at their times only.
constexpr unsigned kLookEverySeconds = 1;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Error wrong(const std::string& path, const std::string& what) {
  ERR_clear_error();
  return {ErrorCode::kInvalidArgument, path + " " + what + " for the API's TLS"};
}

Status check_readable(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (file.peek() == std::ifstream::traits_type::eof()) {
    return Error{ErrorCode::kIo, "cannot read " + path + " for the API's TLS"};
  }
  return {};
}

// gRPC would say that only to those who connect.
Status check_content(const Tls& tls) {
  const Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str()) != 1) {
    return wrong(tls.certificate, "has no certificate in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return wrong(tls.key, "is not the key, in PEM, of the certificate " + tls.certificate);
  }
  if (!tls.client_ca.empty() &&
      SSL_CTX_load_verify_file(context.get(), tls.client_ca.c_str()) != 1) {
    return wrong(tls.client_ca, "has no certificate in PEM");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<grpc::ServerCredentials>> tls_credentials(const Tls& tls) {
  for (const std::string& path : {tls.certificate, tls.key, tls.client_ca}) {
    if (const Status readable = path.empty() ? Status() : check_readable(path); !readable) {
      return readable.error();
    }
  }
  if (const Status checked = check_content(tls); !checked) {
    return checked.error();
  }
  tls_api::TlsServerCredentialsOptions options(
      std::make_shared<tls_api::FileWatcherCertificateProvider>(tls.key, tls.certificate,
                                                                tls.client_ca, kLookEverySeconds));
  options.watch_identity_key_cert_pairs();
  if (!tls.client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls_api::TlsServerCredentials(options);
}

}  // namespace etymon::service

#include "api/service/tls_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "resolver/base/regular_file.h"

namespace etymon::service {
namespace {

namespace tls_api = grpc::experimental;  // what Debian's gRPC has for files that change

// How soon new files are used. gRPC looks at their times only.
constexpr unsigned kLookEverySeconds = 1;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

constexpr const char* kCertificate = "api.tls_certificate: ";
constexpr const char* kKey = "api.tls_key: ";
constexpr const char* kClientCa = "api.tls_client_ca: ";

Error wrong(const std::string& what) {
  ERR_clear_error();
  return {ErrorCode::kInvalidArgument, what};
}

// A pipe or a device is waited for neither here nor by gRPC later.
Status check_readable(const std::string& setting, const std::string& path) {
  const Result<std::string> begin = read_regular_file(path, 1);
  return path.empty() || (begin && !begin->empty())
             ? Status()
             : Error{ErrorCode::kIo, setting + path + " cannot be read, or is empty"};
}

// Nobody is asked for the passphrase of a key.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

// gRPC would say that only to those who connect.
Status check_content(const Tls& tls) {
  const Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str()) != 1) {
    return wrong(kCertificate + tls.certificate + " has no certificate in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return wrong(kKey + tls.key + " is not the key, in PEM, of the certificate " + tls.certificate);
  }
  if (!tls.client_ca.empty() &&
      SSL_CTX_load_verify_file(context.get(), tls.client_ca.c_str()) != 1) {
    return wrong(kClientCa + tls.client_ca + " has no certificate in PEM");
  }
  return {};
}

}  // namespace

Status check_tls(const Tls& tls) {
  for (const Status& readable :
       {check_readable(kCertificate, tls.certificate), check_readable(kKey, tls.key),
        check_readable(kClientCa, tls.client_ca)}) {
    if (!readable) {
      return readable;
    }
  }
  return tls.certificate.empty() ? Status() : check_content(tls);
}

Result<std::shared_ptr<grpc::ServerCredentials>> tls_credentials(const Tls& tls) {
  if (const Status checked = check_tls(tls); !checked) {
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

#include "api/service/tls_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "resolver/base/regular_file.h"

namespace etymon::service {
namespace {

namespace tls_api = grpc::experimental;  // what Debian's gRPC has for files that change

// How soon new files are used. gRPC looks at their times only.
constexpr unsigned kLookEverySeconds = 1;

// A chain has some KiB, a bundle of all the Web's authorities some 200.
constexpr size_t kPemMax = 4 << 20;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// What the files hold.
struct Pem {
  std::string certificate;
  std::string key;
  std::string client_ca;
};

constexpr const char* kCertificate = "api.tls_certificate: ";
constexpr const char* kKey = "api.tls_key: ";
constexpr const char* kClientCa = "api.tls_client_ca: ";

Error wrong(const std::string& what) {
  ERR_clear_error();
  return {ErrorCode::kInvalidArgument, what};
}

// The file's text, nothing where no path is given. Neither a pipe nor a device is waited for, now
// or by gRPC later.
Result<std::string> read_pem(const std::string& setting, const std::string& path) {
  if (path.empty()) {
    return std::string();
  }
  Result<std::string> text = read_regular_file(path, kPemMax);
  return text && !text->empty()
             ? std::move(text)
             : Error{ErrorCode::kIo, setting + path + " cannot be read, or is empty"};
}

Bio reader_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

// Nobody is asked for the passphrase of a key.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

// All certificates of the text; nothing when it has none, or what is none.
std::vector<Certificate> certificates_in(const std::string& text) {
  const Bio reader = reader_of(text);
  std::vector<Certificate> found;
  while (X509* read = PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr)) {
    found.emplace_back(read, &X509_free);
  }
  const bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return is_at_end ? std::move(found) : std::vector<Certificate>();
}

bool takes_key(SSL_CTX* context, const std::string& text) {
  const Bio reader = reader_of(text);
  const Key key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr),
                &EVP_PKEY_free);
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

// gRPC would say that only to those who connect.
Status check_content(const Tls& tls, const Pem& pem) {
  const Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  const std::vector<Certificate> chain = certificates_in(pem.certificate);
  if (chain.empty() || SSL_CTX_use_certificate(context.get(), chain.front().get()) != 1) {
    return wrong(kCertificate + tls.certificate + " has no certificate in PEM");
  }
  if (!takes_key(context.get(), pem.key)) {
    return wrong(kKey + tls.key + " is not the key, in PEM, of the certificate " + tls.certificate);
  }
  if (!tls.client_ca.empty() && certificates_in(pem.client_ca).empty()) {
    return wrong(kClientCa + tls.client_ca + " has no certificate in PEM");
  }
  return {};
}

}  // namespace

Status check_tls(const Tls& tls) {
  Pem pem;
  for (const auto& [setting, path, text] :
       {std::tuple(kCertificate, &tls.certificate, &pem.certificate),
        std::tuple(kKey, &tls.key, &pem.key),
        std::tuple(kClientCa, &tls.client_ca, &pem.client_ca)}) {
    Result<std::string> read = read_pem(setting, *path);
    if (!read) {
      return read.error();
    }
    *text = *std::move(read);
  }
  return tls.certificate.empty() ? Status() : check_content(tls, pem);
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

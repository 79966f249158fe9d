// TLS as gRPC wants it. One thread, at the start.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "api/service/tls.h"
#include "resolver/base/result.h"

namespace etymon::service {

// Reads the files. Error kIo: one cannot be read. What is wrong in them gRPC finds when it listens.
Result<std::shared_ptr<grpc::ServerCredentials>> tls_credentials(const Tls& tls);

}  // namespace etymon::service

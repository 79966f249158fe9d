// Client: the command's side of the API.
//
// An object belongs to one thread, except that a LookupStream may be written by one thread and read
// by another. Nothing connects before the first call. Errors: kUnavailable when the server cannot
// be reached, kDeadlineExceeded when it does not answer in time; all others are the server's own
// words, kInvalidArgument where it blames the question, kFailedPrecondition where it has given up a
// call that took too long.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/server_address.h"
#include "etymon/v1/admin.pb.h"
#include "etymon/v1/provenance.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// Whether the server says that it serves.
enum class Health { kServing, kNotServing };

// Questions one way, results the other, in order; a response holds as many as the server likes.
class LookupStream {
 public:
  virtual ~LookupStream() = default;
  // False: the stream has ended; finish() says why.
  virtual bool write(const v1::LookupStreamRequest& request) = 0;
  virtual void writes_done() = 0;
  virtual bool read(v1::LookupStreamResponse& response) = 0;
  // Ends the stream early; what is under way is dropped.
  virtual void cancel() = 0;
  // The stream's end, once nothing more is to be read.
  virtual Status finish() = 0;
};

// Deliveries to the server, which counts them at the end.
class IngestStream {
 public:
  virtual ~IngestStream() = default;
  // False: the stream has ended; finish() says why.
  virtual bool write(const v1::IngestRequest& request) = 0;
  virtual Result<v1::IngestResponse> finish() = 0;
};

// How far a long call has come, 0 to 1.
using OnShare = std::function<void(double share)>;

// Messages of one kind from the server, until it or we end them.
template <class Message>
class ReadStream {
 public:
  virtual ~ReadStream() = default;
  // False: the stream has ended; finish() says why.
  virtual bool read(Message& message) = 0;
  // Ends the stream early; what is under way is dropped.
  virtual void cancel() = 0;
  virtual Status finish() = 0;
};

// Who we are, and whom we trust to be the server. PEM texts, used where TLS is.
struct Identity {
  std::string token;        // empty: none
  std::string ca;           // empty: the system's
  std::string certificate;  // ours, for mutual TLS; empty: none
  std::string key;          // of that
  std::string server_name;  // in the server's certificate; empty: its address
  bool tls_on_loopback = false;
};

class Client {
 public:
  // To this machine as it is; to others with TLS.
  explicit Client(const api::ServerAddress& server, const Identity& identity = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Lookups of wide blocks and summaries read more than others; the server gives them 30 s.
  static constexpr Milliseconds kReadPatience{40'000};
  Result<v1::LookupResponse> lookup(const v1::LookupRequest& question,
                                    Milliseconds patience = kReadPatience);
  Result<v1::GetStatusResponse> status();
  Result<Health> health();
  // Whether the server can be reached and answers, waited for at most so long.
  bool is_reachable(Milliseconds patience);
  // These take as long as they take.
  Result<v1::VerifyReport> verify(const OnShare& on_share);
  Result<v1::BackupReport> back_up(const std::string& folder, const OnShare& on_share);
  Result<v1::ForgetReport> forget(const v1::ForgetRequest& request, const OnShare& on_share);
  Result<v1::FlushCacheResponse> flush_cache(const v1::FlushCacheRequest& request);
  Result<v1::SetRetentionResponse> set_retention(const v1::SetRetentionRequest& request);
  Result<v1::SetLogLevelResponse> set_log_level(v1::LogLevel level);
  Result<v1::SummarizeRecurrenceResponse> recurrence(const v1::SummarizeRecurrenceRequest& request);
  std::unique_ptr<ReadStream<v1::ExportResponse>> export_deliveries(
      const v1::ExportRequest& request);
  std::unique_ptr<ReadStream<v1::WatchResponse>> watch(const v1::WatchRequest& request);
  std::unique_ptr<LookupStream> lookup_stream();
  std::unique_ptr<IngestStream> ingest();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace etymon::cli

#include "tests/bench/client_load.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "etymon/v1/provenance.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/bench/quantile.h"
#include "tests/bench/warm_server.h"

namespace etymon::bench {
namespace {

// Asks again as soon as it is answered, until the time is over.
class Crowd {
 public:
  Crowd(const std::string& server, Call call)
      : call_(call),
        channel_(grpc::CreateChannel(server, grpc::InsecureChannelCredentials())),
        health_(channel_),
        provenance_(channel_) {}

  CallResult run(size_t at_once, Microseconds time) {
    ends_ = clock_.monotonic() + time;
    asking_ = at_once;
    std::vector<Caller> callers(at_once);
    for (Caller& caller : callers) {
      ask(caller);
    }
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return asking_ == 0; });
    CallResult result;
    result.seconds = std::chrono::duration<double>(clock_.monotonic() - (ends_ - time)).count();
    std::vector<uint32_t> latencies;
    for (const Caller& caller : callers) {
      result.answered += caller.latencies_us.size();
      latencies.insert(latencies.end(), caller.latencies_us.begin(), caller.latencies_us.end());
    }
    if (failed_) {
      throw std::runtime_error("a call of the API failed");
    }
    result.p50_us = quantile(latencies, 0.50);
    result.p99_us = quantile(latencies, 0.99);
    return result;
  }

 private:
  // One call at a time, and what it needs.
  struct Caller {
    std::unique_ptr<grpc::ClientContext> context;
    grpc::health::v1::HealthCheckRequest check;
    grpc::health::v1::HealthCheckResponse checked;
    v1::LookupRequest question;
    v1::LookupResponse answer;
    MonotonicTime asked_at;
    std::vector<uint32_t> latencies_us;
  };

  void ask(Caller& caller) {
    caller.context = std::make_unique<grpc::ClientContext>();
    caller.asked_at = clock_.monotonic();
    const auto settle = [this, &caller](const grpc::Status& status) { take(caller, status); };
    if (call_ == Call::kHealth) {
      health_.async()->Check(caller.context.get(), &caller.check, &caller.checked, settle);
      return;
    }
    const uint64_t number = asked_++;
    caller.question.set_client(told_client(number));
    caller.question.set_address(told_address(number));
    provenance_.async()->Lookup(caller.context.get(), &caller.question, &caller.answer, settle);
  }

  // On a thread of gRPC's.
  void take(Caller& caller, const grpc::Status& status) {
    const MonotonicTime now = clock_.monotonic();
    const bool is_right = call_ == Call::kHealth || caller.answer.verdict() == v1::VERDICT_LIVE;
    failed_ = failed_ || !status.ok() || !is_right;
    caller.latencies_us.push_back(static_cast<uint32_t>((now - caller.asked_at).count()));
    if (now < ends_ && !failed_) {
      return ask(caller);
    }
    const std::lock_guard lock(mutex_);
    if (--asking_ == 0) {
      done_.notify_all();
    }
  }

  SystemClock clock_;
  const Call call_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::health::v1::Health::Stub health_;
  v1::ProvenanceService::Stub provenance_;
  MonotonicTime ends_;
  std::atomic<uint64_t> asked_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable done_;
  size_t asking_ = 0;
};

}  // namespace

CallResult saturate_by_client(const std::string& server, Call call, size_t at_once,
                              Microseconds time) {
  return Crowd(server, call).run(at_once, time);
}

}  // namespace etymon::bench

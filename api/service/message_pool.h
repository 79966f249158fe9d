// MessagePool: the requests and answers of unary calls that are over, for the next ones.
//
// Cleared, they keep the memory of their texts, which the next ones are written into. Thread-safe;
// outlives its server's calls.
#pragma once

#include <grpcpp/support/message_allocator.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "api/service/outgoing.h"
#include "resolver/base/guarded.h"

namespace etymon::service {

template <class Request>
class MessagePool final : public grpc::MessageAllocator<Request, Outgoing> {
 public:
  // NOLINTNEXTLINE(readability-identifier-naming)
  grpc::MessageHolder<Request, Outgoing>* AllocateMessages() override {
    auto idle = idle_.lock();
    if (idle->empty()) {
      return new Pair(*this);
    }
    Pair* last = idle->back().release();
    idle->pop_back();
    return last;
  }

 private:
  // As many as one connection may have under way.
  static constexpr size_t kIdleMax = 128;
  // Octets that an answer which is kept may have room for.
  static constexpr size_t kKeptMax = 4096;

  // The call's, which gives it back.
  class Pair final : public grpc::MessageHolder<Request, Outgoing> {
   public:
    explicit Pair(MessagePool& pool) : pool_(pool) {
      this->set_request(&request_);
      this->set_response(&response_);
    }
    // NOLINTNEXTLINE(readability-identifier-naming)
    void Release() override {
      std::unique_ptr<Pair> self(this);
      if (response_.octets.capacity() <= kKeptMax) {
        request_.Clear();
        response_.Clear();
        pool_.keep(std::move(self));
      }
    }

   private:
    MessagePool& pool_;
    Request request_;
    Outgoing response_;
  };

  void keep(std::unique_ptr<Pair> pair) {
    auto idle = idle_.lock();
    if (idle->size() < kIdleMax) {
      idle->push_back(std::move(pair));
    }
  }

  Guarded<std::vector<std::unique_ptr<Pair>>> idle_;
};

}  // namespace etymon::service

// MessagePool: the requests and answers of unary calls that are over, for the next ones.
//
// An answer of one name is some twenty pieces of memory. Cleared, it keeps its candidates and
// texts, and the next answer is written into them. Thread-safe; outlives its server's calls.
#pragma once

#include <grpcpp/support/message_allocator.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "resolver/base/guarded.h"

namespace etymon::service {

template <class Request, class Response>
class MessagePool final : public grpc::MessageAllocator<Request, Response> {
 public:
  // NOLINTNEXTLINE(readability-identifier-naming)
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
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
  // Octets of an answer that is kept, each text of it with the room of the longest that it had.
  static constexpr int kKeptMax = 1024;

  // The call's, which gives it back.
  class Pair final : public grpc::MessageHolder<Request, Response> {
   public:
    explicit Pair(MessagePool& pool) : pool_(pool) {
      this->set_request(&request_);
      this->set_response(&response_);
    }
    // NOLINTNEXTLINE(readability-identifier-naming)
    void Release() override {
      std::unique_ptr<Pair> self(this);
      if (response_.GetCachedSize() <= kKeptMax) {
        request_.Clear();
        response_.Clear();
        pool_.keep(std::move(self));
      }
    }

   private:
    MessagePool& pool_;
    Request request_;
    Response response_;
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

// A server that a test holds in its hand: every address has its own text as its name. And a pipe to
// feed a verb with.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <string_view>

#include "api/cli/client.h"
#include "resolver/base/guarded.h"

namespace etymon::cli {

// Answers each question with a candidate that is named after its address.
class EchoStream final : public LookupStream {
 public:
  bool write(const v1::LookupStreamRequest& request) override {
    if (requests_left_ == 0) {
      return false;
    }
    --requests_left_;
    auto queue = queue_.lock();
    queue->requests.push_back(request);
    changed_.notify_all();
    return true;
  }

  void writes_done() override {
    queue_.lock()->done = true;
    changed_.notify_all();
  }

  bool read(v1::LookupStreamResponse& response) override {
    if (answers_left_ == 0) {
      return false;
    }
    auto queue = queue_.lock();
    changed_.wait(queue.mutex_lock(), [&] { return !queue->requests.empty() || queue->done; });
    if (queue->requests.empty()) {
      return false;
    }
    --answers_left_;
    response.Clear();
    for (const v1::LookupRequest& question : queue->requests.front().questions()) {
      v1::LookupResponse& answer = *response.add_results()->mutable_answer();
      answer.set_verdict(v1::VERDICT_LIVE);
      answer.add_candidates()->set_name(question.address());
    }
    queue->requests.pop_front();
    return true;
  }

  void cancel() override { cancelled_ = true; }

  Status finish() override {
    return requests_left_ == 0 || answers_left_ == 0
               ? Error{ErrorCode::kUnavailable, "the server went away"}
               : Status();
  }

  void end_after(size_t requests) { requests_left_ = requests; }
  // Takes what comes, and ends without a word to more than so many requests.
  void answer_only(size_t requests) { answers_left_ = requests; }
  bool cancelled() const { return cancelled_; }

 private:
  struct Queue {
    std::deque<v1::LookupStreamRequest> requests;
    bool done = false;
  };
  size_t requests_left_ = SIZE_MAX;
  size_t answers_left_ = SIZE_MAX;
  std::atomic<bool> cancelled_ = false;
  Guarded<Queue> queue_;
  std::condition_variable changed_;
};

// Both ends of a pipe; the writing one is closed by hand.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends_[0]);
    end();
  }
  int reading() const { return ends_[0]; }
  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(ends_[1], text.data(), text.size());
      ASSERT_GT(written, 0);
      text.remove_prefix(static_cast<size_t>(written));
    }
  }
  void end() {
    if (ends_[1] >= 0) {
      close(std::exchange(ends_[1], -1));
    }
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace etymon::cli

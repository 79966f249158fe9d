#include "resolver/hosts/host_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <thread>
#include <utility>

#include "resolver/base/regular_file.h"
#include "resolver/base/this_thread.h"
#include "resolver/hosts/lease_file.h"
#include "resolver/hosts/neighbour_socket.h"

namespace etymon::hosts {
namespace {

constexpr Seconds kLookEvery{10};   // for changed lease files
constexpr Seconds kRenewEvery{60};  // the whole neighbour table
// A lost message makes the table be read again, but not more often than this.
constexpr Seconds kReadAgainAfter{1};

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// One lease file, with its older parts, and what was read of it last.
class WatchedLeases {
 public:
  explicit WatchedLeases(std::string path) : path_(std::move(path)) {}

  // Reads the file when it has changed. A file that is not there yet is no failure; of one that is
  // gone, or cannot be read, holds what was last read.
  Status refresh() {
    std::string stamp;
    for (const std::string& part : lease_parts({path_})) {
      stamp += stamp_of(part) + "\n";
    }
    if (stamp == stamp_) {
      return {};
    }
    Status read;
    cut_.clear();
    const auto on_cut = [this](const std::string& what) { cut_ = what; };
    const std::string text = whole_lease_text(path_, [&](const std::string& part) {
      Result<std::string> found = read_lease_file(part, on_cut);
      if (!found && found.error().code != ErrorCode::kNotFound) {
        read = found.error();
      }
      return found ? *std::move(found) : std::string();
    });
    if (read && !(text.empty() && stamp_of(path_).empty())) {
      leases_ = read_leases(text);
    }
    stamp_ = read ? std::optional(std::move(stamp)) : std::nullopt;  // Else it is tried again.
    return read;
  }

  // What is wrong with what was read last; empty: nothing.
  std::string trouble() const { return cut_.empty() ? trouble_with(path_, leases_) : cut_; }
  const LeaseFile& leases() const { return leases_; }

 private:
  std::string path_;
  LeaseFile leases_;
  std::string cut_;
  std::optional<std::string> stamp_;  // of the files as they were read
};

}  // namespace

class HostWatcher::Impl {
 public:
  Impl(Options options, HostLearner& learner, const Clock& clock, Warn warn)
      : options_(std::move(options)),
        learner_(learner),
        clock_(clock),
        warn_(std::move(warn)),
        stop_(eventfd(0, EFD_CLOEXEC)),
        look_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    for (const std::string& path : options_.lease_files) {
      files_.emplace_back(path);
    }
  }

  void start() {
    thread_ = std::thread([this] {
      name_this_thread("host-watcher");
      run();
    });
  }

  void stop() {
    if (thread_.joinable()) {
      signal(stop_);
      thread_.join();
    }
  }

  void look_now() { signal(look_); }

 private:
  static void signal(const Descriptor& event) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(event.get(), &one, sizeof(one));
  }

  void run() {
    open_socket();
    do {
      const MonotonicTime now = clock_.monotonic();
      if (now >= look_at_) {
        look_for_leases();
        look_at_ = now + kLookEvery;
      }
      if (now >= renew_at_) {
        renew();
        renew_at_ = now + kRenewEvery;
      }
    } while (wait());
  }

  void open_socket() {
    if (options_.neighbours == Neighbours::kIgnore) {
      return;
    }
    auto opened = NeighbourSocket::open();
    if (opened) {
      socket_ = *std::move(opened);
    } else {
      warn_(opened.error().message + "; devices are not learned from neighbours");
    }
  }

  // False when stop() wants the thread to end.
  bool wait() {
    std::array<pollfd, 3> waited{{{stop_.get(), POLLIN, 0},
                                  {socket_ ? socket_->descriptor() : -1, POLLIN, 0},
                                  {look_.get(), POLLIN, 0}}};
    const Microseconds left =
        std::max(std::min(look_at_, renew_at_) - clock_.monotonic(), Microseconds(0));
    const auto timeout = std::chrono::ceil<Milliseconds>(left);
    poll(waited.data(), waited.size(), static_cast<int>(timeout.count()));
    if ((waited[1].revents & (POLLIN | POLLERR)) != 0) {
      hear();
    }
    if (uint64_t times = 0; read(look_.get(), &times, sizeof(times)) > 0) {
      look_at_ = renew_at_ = {};
    }
    return waited[0].revents == 0;
  }

  void hear() {
    const NeighbourNews news = socket_->read(clock_.wall());
    learner_.learn(news.sightings);
    if (news.failed) {
      renew_at_ = std::min(renew_at_, clock_.monotonic() + kReadAgainAfter);
    }
  }

  void look_for_leases() {
    std::string problem;
    for (WatchedLeases& file : files_) {
      if (const Status read = file.refresh(); !read) {
        problem = read.error().message;
      } else if (std::string trouble = file.trouble(); !trouble.empty()) {
        problem = std::move(trouble);
      }
      learner_.learn(sightings_of(file.leases(), clock_.wall()));
    }
    if (std::exchange(problem_, problem) != problem && !problem.empty()) {
      warn_(problem);
    }
  }

  void renew() {
    if (socket_ == nullptr) {
      return;
    }
    if (const Status asked = socket_->request_all(); !asked) {
      warn_(asked.error().message);
    }
  }

  const Options options_;
  HostLearner& learner_;
  const Clock& clock_;
  const Warn warn_;
  const Descriptor stop_;
  const Descriptor look_;
  std::vector<WatchedLeases> files_;
  std::unique_ptr<NeighbourSocket> socket_;  // null: not watched
  MonotonicTime look_at_{};
  MonotonicTime renew_at_{};
  std::string problem_;  // the last one with lease files; empty: none
  std::thread thread_;
};

HostWatcher::HostWatcher(Options options, HostLearner& learner, const Clock& clock, Warn warn)
    : impl_(std::make_unique<Impl>(std::move(options), learner, clock, std::move(warn))) {}

HostWatcher::~HostWatcher() {
  stop();
}

void HostWatcher::start() {
  impl_->start();
}

void HostWatcher::stop() {
  impl_->stop();
}

void HostWatcher::look_now() {
  impl_->look_now();
}

}  // namespace etymon::hosts

#include "api/daemon/reverse_finder.h"

#include <utility>

#include "api/service/used_names.h"

namespace etymon::daemon {

class ReverseFinder::Face final : public forward::ReverseNames {
 public:
  Face(ReverseFinder& finder, net::EventLoop& loop) : finder_(finder), loop_(loop) {}

  Taken find(const IpAddress& client, const IpAddress& address, Done done) override {
    if (finder_.waiting_.fetch_add(1) >= kWaitingMax) {
      finder_.waiting_.fetch_sub(1);
      return Taken::kFull;
    }
    finder_.worker_.post([this, client, address, done = std::move(done)] {
      auto found =
          service::used_names(finder_.store_, finder_.clock_, {client, address}, kNamesMax);
      finder_.waiting_.fetch_sub(1);
      loop_.post([done, found = std::move(found)] { done(found); });
    });
    return Taken::kYes;
  }

 private:
  ReverseFinder& finder_;
  net::EventLoop& loop_;
};

std::unique_ptr<forward::ReverseNames> ReverseFinder::face_for(net::EventLoop& loop) {
  return std::make_unique<Face>(*this, loop);
}

}  // namespace etymon::daemon

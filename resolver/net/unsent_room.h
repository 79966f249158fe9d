// UnsentRoom: what the streams of one owner may keep together of octets that wait to be sent.
//
// Belongs to one loop thread and outlives its shares. No stream may hold more than it leaves free:
// one that is not read may fill half of the room, three a quarter each, and there is always some
// left for the answers to those who do read.
#pragma once

#include <cstddef>
#include <utility>

namespace etymon::net {

class UnsentRoom {
 public:
  explicit UnsentRoom(size_t octets_max) : octets_max_(octets_max) {}
  UnsentRoom(const UnsentRoom&) = delete;
  UnsentRoom& operator=(const UnsentRoom&) = delete;

  size_t held() const { return held_; }

  // What one stream holds, until it goes.
  class Share {
   public:
    // Without a room there is no limit.
    explicit Share(UnsentRoom* room) : room_(room) {}
    ~Share() { hold(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // From now on `octets`. False: that is more than is left free, so the stream should give them
    // up; they are counted all the same.
    bool hold(size_t octets) {
      const size_t before = std::exchange(held_, octets);
      return room_ == nullptr || room_->change(before, octets);
    }

   private:
    UnsentRoom* room_;
    size_t held_ = 0;
  };

 private:
  bool change(size_t before, size_t after) {
    held_ += after - before;
    return after == 0 || (held_ <= octets_max_ && after <= octets_max_ - held_);
  }

  size_t octets_max_;
  size_t held_ = 0;
};

}  // namespace etymon::net

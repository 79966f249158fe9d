#include "resolver/upstream/tries.h"

namespace etymon::upstream {

Status UdpTry::join(UdpLinks& links, Random& random) {
  auto link = links.with_room();
  if (!link) {
    return link.error();
  }
  link_ = *std::move(link);
  sent_.id = link_->join(*this, random);
  return {};
}

void UdpTry::close() {
  if (link_) {
    link_->leave(*this);
    link_.reset();
  }
}

void UdpTry::on_link_closed() {
  link_.reset();
  owner_.on_failed(*this);
}

Status StreamTry::join() {
  const Result<uint16_t> id = link_.join(*this);
  if (!id) {
    return id.error();
  }
  sent_.id = *id;
  joined_ = true;
  return {};
}

void StreamTry::close() {
  if (joined_) {
    link_.leave(sent_.id, *this);
    joined_ = false;
  }
}

void StreamTry::lose_patience() {
  if (joined_) {
    link_.lose_patience(sent_.id, *this);
  }
}

void StreamTry::on_link_closed(StreamLink::End end) {
  joined_ = false;
  return end == StreamLink::End::kLeftBehind ? owner_.on_left_behind(*this)
                                             : owner_.on_failed(*this);
}

}  // namespace etymon::upstream

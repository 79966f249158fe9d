#include "tests/support/api_attack.h"

#include <chrono>

#include "tests/support/raw_http2.h"

namespace etymon::testing {
namespace {

constexpr const char* kStream = "/etymon.v1.ProvenanceService/LookupStream";
constexpr const char* kLookup = "/etymon.v1.ProvenanceService/Lookup";
constexpr const char* kExport = "/etymon.v1.ProvenanceService/Export";
constexpr uint32_t kCallsAConnection = 10'000;
constexpr uint32_t kCallsUnheard = 50;  // before what the server says to them is taken
constexpr uint64_t kPushed = 16 << 20;  // beyond it a message of a gibibyte waits for no more room
constexpr std::chrono::milliseconds kUnreadFor{200};

void take_what_is_there(RawHttp2& connection) {
  while (connection.read(0)) {
  }
}

}  // namespace

ApiAttack::ApiAttack(const std::string& server)
    : socket_path_(server.substr(server.find(':') + 1)),
      attackers_{std::thread([this] { reset_calls(); }), std::thread([this] { send_gibibytes(); }),
                 std::thread([this] { send_garbage(); }), std::thread([this] { take_nothing(); })} {
}

ApiAttack::~ApiAttack() {
  stopping_ = true;
  for (std::thread& attacker : attackers_) {
    attacker.join();
  }
}

ApiAttack::Done ApiAttack::done() const {
  return {resets_, gibibytes_, garbage_, unread_};
}

void ApiAttack::reset_calls() {
  while (!stopping_) {
    RawHttp2 connection(socket_path_);
    for (uint32_t call = 0; call < kCallsAConnection && !stopping_; ++call) {
      const uint32_t stream = 2 * call + 1;
      if (!connection.call(stream, kStream) || !connection.reset(stream)) {
        break;
      }
      ++resets_;
      if (call % kCallsUnheard == 0) {
        take_what_is_there(connection);
      }
    }
  }
}

void ApiAttack::send_gibibytes() {
  while (!stopping_) {
    RawHttp2 connection(socket_path_);
    connection.call(1, kStream);
    connection.send({RawHttp2::kData, 0, 1, RawHttp2::message(1 << 30, "")});
    gibibytes_ += connection.push(1, kPushed).octets > 0 ? 1 : 0;
  }
}

void ApiAttack::send_garbage() {
  while (!stopping_) {
    RawHttp2 connection(socket_path_);
    for (uint32_t call = 0; call < kCallsAConnection && !stopping_; ++call) {
      const uint32_t stream = 2 * call + 1;
      if (!connection.call(stream, kLookup) ||
          !connection.send({RawHttp2::kData, RawHttp2::kEndStream, stream,
                            RawHttp2::message(4, "\xFF\xFF\xFF\xFF")}) ||
          !connection.await(RawHttp2::kHeaders)) {
        break;
      }
      ++garbage_;
    }
  }
}

void ApiAttack::take_nothing() {
  while (!stopping_) {
    RawHttp2 connection(socket_path_);
    for (uint32_t stream = 1; stream < 16; stream += 2) {
      const bool is_asked = connection.call(stream, kExport) &&
                            connection.send({RawHttp2::kData, RawHttp2::kEndStream, stream,
                                             RawHttp2::message(0, "")});
      unread_ += is_asked ? 1 : 0;
    }
    std::this_thread::sleep_for(kUnreadFor);
  }
}

}  // namespace etymon::testing

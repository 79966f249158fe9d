// RawHttp2: a client that says what it likes, frame by frame (RFC 9113), to the API's unix socket.
// One thread.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace etymon::testing {

class RawHttp2 {
 public:
  enum Type : uint8_t {
    kData = 0,
    kHeaders = 1,
    kReset = 3,
    kSettings = 4,
    kPing = 6,
    kGoAway = 7,
    kWindowUpdate = 8
  };
  static constexpr uint8_t kAck = 1;
  static constexpr uint8_t kEndStream = 1;
  static constexpr uint8_t kEndHeaders = 4;

  struct Frame {
    uint8_t type = 0;
    uint8_t flags = 0;
    uint32_t stream = 0;
    std::string payload;
  };

  enum class Greeting { kSent, kOwed };

  explicit RawHttp2(const std::string& socket_path, Greeting greeting = Greeting::kSent)
      : descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      throw std::runtime_error("cannot connect to " + socket_path);
    }
    if (greeting == Greeting::kSent) {
      put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      send({kSettings, 0, 0, ""});
    }
  }
  ~RawHttp2() { close(descriptor_); }
  RawHttp2(const RawHttp2&) = delete;
  RawHttp2& operator=(const RawHttp2&) = delete;

  // False: the server has closed the connection.
  bool send(const Frame& frame) {
    std::string out = number(frame.payload.size(), 3);
    out += static_cast<char>(frame.type);
    out += static_cast<char>(frame.flags);
    return put(out + number(frame.stream, 4) + frame.payload);
  }

  // Begins a call of `method`, "/package.Service/Method"; `stream`: odd, and higher than before.
  bool call(uint32_t stream, std::string_view method) {
    std::string headers = "\x83\x86";                                  // :method POST, :scheme http
    headers += field("\x04", method);                                  // :path
    headers += field("\x01", "localhost");                             // :authority
    headers += field(std::string("\x0F\x10", 2), "application/grpc");  // content-type
    headers += std::string(1, '\0') + text("te") + text("trailers");
    return send({kHeaders, kEndHeaders, stream, headers});
  }

  // The whole of a call: `request` is its one message.
  bool ask(uint32_t stream, std::string_view method, std::string_view request) {
    const auto octets = static_cast<uint32_t>(request.size());
    return call(stream, method) && send({kData, kEndStream, stream, message(octets, request)});
  }

  // Of calls that begin from now on no octet of an answer may come (RFC 9113 section 6.9.2).
  bool leave_no_room() {
    constexpr uint64_t kInitialWindow = 4;
    return send({kSettings, 0, 0, number(kInitialWindow, 2) + number(0, 4)});
  }

  bool reset(uint32_t stream) {
    constexpr uint64_t kCancel = 8;  // RFC 9113 section 7
    return send({kReset, 0, stream, number(kCancel, 4)});
  }

  // A message of gRPC's that says it is `claimed` octets long, and has these.
  static std::string message(uint32_t claimed, std::string_view octets) {
    return std::string(1, '\0') + number(claimed, 4) + std::string(octets);
  }

  // Sends octets of a message as fast as the server takes them, until it resets the stream, takes
  // no more for a second, or has taken `most`. Gives how many it took, and whether it reset the
  // stream.
  struct Pushed {
    uint64_t octets = 0;
    bool reset = false;
  };
  Pushed push(uint32_t stream, uint64_t most) {
    const Frame chunk{kData, 0, stream, std::string(kChunk, 'x')};
    Pushed pushed;
    while (pushed.octets < most) {
      if (connection_room_ >= kChunk && stream_room_ >= kChunk) {
        pushed.octets += send(chunk) ? kChunk : most;
        connection_room_ -= kChunk;
        stream_room_ -= kChunk;
        continue;
      }
      const std::optional<Frame> frame = read(1000);
      if (!frame || frame->type == kReset) {
        pushed.reset = frame.has_value();
        return pushed;
      }
      heed(*frame);
    }
    return pushed;
  }

  // What comes next; nothing: the connection is closed, or nothing came in `patience_ms`.
  std::optional<Frame> read(int patience_ms = 20'000) {
    const std::string head = take(9, patience_ms);
    if (head.size() < 9) {
      return std::nullopt;
    }
    Frame frame{static_cast<uint8_t>(head[3]),
                static_cast<uint8_t>(head[4]),
                static_cast<uint32_t>(value(head.substr(5))),
                {}};
    frame.payload = take(value(head.substr(0, 3)), patience_ms);
    return frame;
  }

  // Reads until a frame of this type has come.
  std::optional<Frame> await(Type type) {
    std::optional<Frame> frame = read();
    while (frame && frame->type != type) {
      frame = read();
    }
    return frame;
  }

  // Whether the server closes the connection in good time.
  bool is_closed() {
    while (read()) {
    }
    return closed_;
  }

  static std::string number(uint64_t value, int octets) {
    std::string out;
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
      out += static_cast<char>((value >> shift) & 0xFF);
    }
    return out;
  }

 private:
  static constexpr int64_t kChunk = 16'384;

  void heed(const Frame& frame) {
    if (frame.type == kWindowUpdate) {
      (frame.stream == 0 ? connection_room_ : stream_room_) +=
          static_cast<int64_t>(value(frame.payload));
    } else if (frame.type == kSettings && frame.flags != kAck) {
      heed_settings(frame.payload);
      send({kSettings, kAck, 0, ""});
    } else if (frame.type == kPing && frame.flags != kAck) {
      send({kPing, kAck, 0, frame.payload});
    }
  }

  void heed_settings(const std::string& payload) {
    constexpr uint64_t kInitialWindow = 4;
    for (size_t at = 0; at + 6 <= payload.size(); at += 6) {
      if (value(payload.substr(at, 2)) == kInitialWindow) {
        const auto now = static_cast<int64_t>(value(payload.substr(at + 2, 4)));
        stream_room_ += now - initial_window_;
        initial_window_ = now;
      }
    }
  }

  // HPACK (RFC 7541), without a table and without Huffman's code; lengths below 127.
  static std::string text(std::string_view value) {
    return static_cast<char>(value.size()) + std::string(value);
  }
  static std::string field(const std::string& name, std::string_view value) {
    return name + text(value);
  }

  static uint64_t value(const std::string& octets) {
    uint64_t out = 0;
    for (const char octet : octets) {
      out = out << 8 | static_cast<uint8_t>(octet);
    }
    return out;
  }

  bool put(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t sent = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      octets.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  std::string take(size_t octets, int patience_ms) {
    std::string out;
    while (out.size() < octets) {
      pollfd ready{descriptor_, POLLIN, 0};
      if (poll(&ready, 1, patience_ms) <= 0) {
        return out;
      }
      std::string part(octets - out.size(), '\0');
      const ssize_t got = recv(descriptor_, part.data(), part.size(), 0);
      if (got <= 0) {
        closed_ = true;
        return out;
      }
      out.append(part, 0, static_cast<size_t>(got));
    }
    return out;
  }

  const int descriptor_;
  bool closed_ = false;
  int64_t initial_window_ = 65'535;  // RFC 9113 section 6.9.2
  int64_t connection_room_ = initial_window_;
  int64_t stream_room_ = initial_window_;
};

}  // namespace etymon::testing

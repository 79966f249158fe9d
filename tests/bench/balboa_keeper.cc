// Debian's passive DNS server balboa, with its RocksDB backend, as a Keeper.
//
// It keeps a row for each (address, client, type, name) with a count, the first second and the last
// one; the single moments are gone. The client goes where it has the sensor's name. So it can say
// which names ever led a client to an address, and nothing about a moment or a span. The backend
// speaks MessagePack over TCP: a map of a type and an encoded message, which is a map itself.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string_view>

#include "tests/bench/keeper.h"
#include "tests/support/process.h"

namespace etymon::bench {
namespace {

constexpr const char* kProgram = "balboa-rocksdb";
constexpr int kCannotStart = 127;  // testing::Process

enum class Message : uint8_t {
  kInput = 1,
  kQuery = 2,
  kStreamStart = 130,
  kStreamData = 131,
  kStreamEnd = 132,
};

// The few forms of MessagePack that the backend takes.
class Packer {
 public:
  void map(uint8_t count) { octet(0x80 | count); }
  void boolean(bool value) { octet(value ? 0xC3 : 0xC2); }
  void number(uint32_t value) {
    octet(0xCE);
    big_endian(value);
  }
  void moment(WallTime at) {
    octet(0xD6);  // an extension of four octets
    octet(0xFF);  // of type -1: seconds since 1970
    big_endian(static_cast<uint32_t>(at.time_since_epoch() / Seconds(1)));
  }
  void text(std::string_view text) {
    octet(0xD9);
    octet(static_cast<uint8_t>(text.size()));
    out_ += text;
  }
  void octets(std::string_view octets) {
    octet(0xC5);
    octet(static_cast<uint8_t>(octets.size() >> 8));
    octet(static_cast<uint8_t>(octets.size()));
    out_ += octets;
  }
  const std::string& packed() const { return out_; }

 private:
  void octet(unsigned value) { out_.push_back(static_cast<char>(value)); }
  void big_endian(uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      octet((value >> shift) & 0xFF);
    }
  }

  std::string out_;
};

std::string message(Message type, const Packer& inner) {
  Packer outer;
  outer.map(2);
  outer.text("T");
  outer.number(static_cast<uint8_t>(type));
  outer.text("M");
  outer.octets(inner.packed());
  return outer.packed();
}

class Connection {
 public:
  explicit Connection(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected = testing::eventually([&] {
      return ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    });
    if (!connected) {
      throw std::runtime_error("balboa does not listen");
    }
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
      require(sent > 0);
      octets.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // Reads one message of the backend and says of which type it was.
  Message receive() {
    require(octet() == 0x82 && octet() == 0xA1 && octet() == 'T' && octet() == 0xCC);
    const auto type = static_cast<Message>(octet());
    require(octet() == 0xA1 && octet() == 'M');
    const unsigned form = octet();
    require(form == 0xC4 || form == 0xC5);
    const size_t upper = form == 0xC5 ? octet() : 0U;
    for (size_t left = upper << 8 | octet(); left > 0; --left) {
      octet();
    }
    return type;
  }

 private:
  static void require(bool condition) {
    if (!condition) {
      throw std::runtime_error("balboa broke off, or said what was not expected");
    }
  }

  unsigned octet() {
    if (read_ == filled_) {
      // The backend answers in several small writes, and would wait 40 ms for us after the first.
      const int yes = 1;
      ::setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
      const ssize_t got = ::recv(socket_, buffer_, sizeof buffer_, 0);
      require(got > 0);
      filled_ = static_cast<size_t>(got);
      read_ = 0;
    }
    return static_cast<uint8_t>(buffer_[read_++]);
  }

  int socket_;
  char buffer_[65'536];
  size_t read_ = 0;
  size_t filled_ = 0;
};

class BalboaKeeper final : public Keeper {
 public:
  explicit BalboaKeeper(const KeeperOptions& options) : folder_(options.folder) { start(); }

  std::string name() const override { return "balboa"; }

  void keep(std::span<const Told> told, HistoryWorkload& workload) override {
    std::string messages;
    for (const Told& one : told) {
      const Answer& answer = workload.answer(one.answer);
      for (const AnswerAddress& address : answer.addresses) {
        messages += observation(one, answer.question.name, address.address);
      }
    }
    connection_->send(messages);
    settle();
  }

  // The backend takes what comes over one connection in its order.
  void settle() override { query(IpAddress(), IpAddress()); }
  void compact() override {}

  double processor_seconds() override {
    return processor_seconds_of(::getpid()) + processor_seconds_of(process_->id());
  }

  std::map<std::string, uint64_t> bytes() override { return {{"all", bytes_below(folder_)}}; }

  bool understands(QuestionKind kind) const override { return kind == QuestionKind::kAddress; }

  size_t ask(const HistoryQuestion& question) override {
    return query(question.address.first(), question.client) > 0 ? 1 : 0;
  }

  // What the backend itself holds in memory stays there.
  void go_cold() override { drop_pages_below(folder_); }
  void go_warm() override { read_pages_below(folder_); }

 private:
  void start() {
    const uint16_t port = testing::free_port();
    process_ = std::make_unique<testing::Process>(
        std::vector<std::string>{kProgram, "-d", folder_ + "/balboa", "-p", std::to_string(port)});
    connection_ = std::make_unique<Connection>(port);
  }

  static std::string observation(const Told& told, const DomainName& name,
                                 const IpAddress& address) {
    Packer inner;
    inner.map(7);
    inner.text("C");
    inner.number(1);
    inner.text("F");
    inner.moment(told.at);
    inner.text("L");
    inner.moment(told.at);
    inner.text("D");
    inner.text(address.text());
    inner.text("N");
    inner.text(name.text());
    inner.text("T");
    inner.text("A");
    inner.text("I");
    inner.text(told.client.text());
    return message(Message::kInput, inner);
  }

  size_t query(const IpAddress& address, const IpAddress& client) {
    Packer inner;
    inner.map(9);
    inner.text("Limit");
    inner.number(kRowsMax);
    const auto filter = [&](const char* value_name, const char* flag_name,
                            const std::string& value) {
      inner.text(value_name);
      inner.text(value);
      inner.text(flag_name);
      inner.boolean(!value.empty());
    };
    filter("Qrrname", "Hrrname", "");
    filter("Qrdata", "Hrdata", address.text());
    filter("Qrrtype", "Hrrtype", "");
    filter("QsensorID", "HsensorID", client.text());
    connection_->send(message(Message::kQuery, inner));
    size_t rows = 0;
    while (true) {
      const Message type = connection_->receive();
      if (type == Message::kStreamEnd) {
        return rows;
      }
      rows += type == Message::kStreamData ? 1U : 0U;
    }
  }

  const std::string folder_;
  std::unique_ptr<testing::Process> process_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

bool balboa_is_installed() {
  return testing::run({kProgram, "-h"}).status != kCannotStart;
}

std::unique_ptr<Keeper> balboa_keeper(const KeeperOptions& options) {
  return std::make_unique<BalboaKeeper>(options);
}

}  // namespace etymon::bench

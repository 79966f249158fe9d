#include "tests/scenario/stage.h"

#include <algorithm>
#include <utility>

#include "api/daemon/resolv_conf.h"
#include "resolver/upstream/own_address.h"
#include "resolver/wire/message.h"
#include "tests/support/proxy_octets.h"

namespace etymon::scenario {
namespace {

constexpr uint64_t kHashSeed = 7;
const auto kSilent = [](const std::string&) {};
constexpr uint64_t kNetworkSeed = 7;
constexpr SipKey kCookieSeed = {7};
constexpr uint16_t kClientPort = 40'000;
constexpr uint16_t kEchoed = wire::kFlagRd | wire::kFlagCd | 0x7800;  // and the opcode

std::string question_text(const TextMessage& message) {
  return message.qname + " " + to_text(message.qtype) + " " + to_text(message.qclass);
}

// The fields of "owner TTL class type data".
std::vector<std::string> fields_of(const std::string& record) {
  std::vector<std::string> fields;
  for (size_t begin = 0; fields.size() < 4 && begin < record.size();) {
    const size_t end = std::min(record.find(' ', begin), record.size());
    fields.push_back(record.substr(begin, end - begin));
    begin = end + 1;
  }
  fields.resize(4);
  fields.push_back(record.substr(std::min(record.size(), record.rfind(' ') + 1)));
  return fields;
}

// Those of the system where none are set, as daemon::complete() does it.
daemon::Config with_upstreams(daemon::Config config,
                              const std::map<std::string, std::string>& files) {
  const auto resolv_conf = files.find(daemon::kResolvConf);
  if (config.upstream.servers.empty() && resolv_conf != files.end()) {
    config.upstream.servers = daemon::nameservers(resolv_conf->second);
    config.system_upstreams = true;
  }
  return config;
}

}  // namespace

// Remembers every answer and, until they are sent, the deliveries of the turn.
class Stage::Memory final : public Recorder {
 public:
  AnswerId remember(const Answer& answer) override {
    answers_.push_back(std::move(answer));
    return answers_.size();
  }
  bool knows(AnswerId) const override { return true; }
  using Recorder::record;
  Recorded record(std::span<const Delivery> turn, RecordTicket&) override {
    turn_.assign(turn.begin(), turn.end());
    all_.insert(all_.begin(), turn.begin(), turn.end());
    return Recorded::kYes;
  }
  Recorded give_up(std::span<const Delivery>, RecordTicket&) override { return Recorded::kLost; }

  std::deque<Delivery>& turn() { return turn_; }
  const Answer& answer_of(const Delivery& delivery) const {
    return answers_.at(delivery.answer - 1);
  }
  // Which were asked for, the newest first.
  std::vector<DomainName> names_of(const IpAddress& client, const IpAddress& address) const {
    std::vector<DomainName> names;
    for (const Delivery& delivery : all_) {
      const Answer& answer = answer_of(delivery);
      const auto& told = answer.addresses;
      if (delivery.client == client &&
          std::ranges::find(told, address, &AnswerAddress::address) != told.end() &&
          std::ranges::find(names, answer.question.name) == names.end()) {
        names.push_back(answer.question.name);
      }
    }
    return names;
  }

 private:
  std::deque<Answer> answers_;
  std::deque<Delivery> all_;
  std::deque<Delivery> turn_;
};

class Stage::Clients final : public forward::AnswerSink {
 public:
  explicit Clients(Stage& stage) : stage_(stage) {}
  void send(std::span<const forward::Outgoing> answers) override {
    for (const forward::Outgoing& answer : answers) {
      stage_.receive(answer);
    }
  }

 private:
  Stage& stage_;
};

// The memory, asked in the next turn.
class Stage::Names final : public forward::ReverseNames {
 public:
  explicit Names(const Memory& memory) : memory_(memory) {}
  Taken find(const IpAddress& client, const IpAddress& address, Done done) override {
    asked_.push_back({client, address, std::move(done)});
    return Taken::kYes;
  }
  // False when nobody waits.
  bool answer() {
    for (const auto& [client, address, done] : std::exchange(asked_, {})) {
      done(memory_.names_of(client, address));
      answered_ = true;
    }
    return std::exchange(answered_, false);
  }

 private:
  struct Question {
    IpAddress client;
    IpAddress address;
    Done done;
  };
  const Memory& memory_;
  std::vector<Question> asked_;
  bool answered_ = false;
};

class Stage::Upstream final : public forward::Asker {
 public:
  Upstream(std::vector<Asked>& asked, const std::vector<upstream::Route>& routes) : asked_(asked) {
    route(routes);
  }

  // A group keeps its number for as long as anything may be known of it.
  void route(const std::vector<upstream::Route>& routes) {
    numbers_.clear();
    for (const upstream::Route& route : routes) {
      const auto known = std::ranges::find(known_, route);
      numbers_.push_back(static_cast<uint16_t>(known - known_.begin() + 1));
      if (known == known_.end()) {
        known_.push_back(route);
      }
    }
    routes_.emplace(routes);
  }

  uint16_t group_of(ByteView qname, RecordType qtype) const override {
    const uint16_t group = routes_->group_of(qname, qtype);
    return group == 0 ? group : numbers_[group - 1U];
  }

  void ask(const forward::UpstreamQuestion& question, Done done) override {
    const std::string name = DomainName::from_wire(as_bytes(question.qname))->text();
    const std::string zone = question.group == 0 ? "" : known_.at(question.group - 1U).zone.text();
    asked_.push_back({question, name, zone, std::move(done)});
  }

 private:
  std::vector<Asked>& asked_;
  std::vector<upstream::Route> known_;  // by number, from 1
  std::vector<uint16_t> numbers_;       // of those in force
  std::optional<upstream::Routes> routes_;
};

class Stage::Files final : public daemon::FileSource {
 public:
  explicit Files(const std::map<std::string, std::string>& files) : files_(files) {}

  std::string stamp(const std::string& path) const override {
    return files_.contains(path) ? std::to_string(written_) : "";
  }
  Result<std::string> read(const std::string& path) const override {
    const auto found = files_.find(path);
    return found != files_.end() ? Result(found->second)
                                 : Error{ErrorCode::kInvalidArgument, path + ": not there"};
  }
  void write(const std::string& path, const std::string& text) {
    files_[path] = text;
    ++written_;
  }

 private:
  std::map<std::string, std::string> files_;
  int written_ = 0;
};

Stage::Stage(const daemon::Config& config, const std::map<std::string, std::string>& files)
    : config_(with_upstreams(config, files)),
      files_(std::make_unique<Files>(files)),
      memory_(std::make_unique<Memory>()),
      names_(std::make_unique<Names>(*memory_)),
      clients_(std::make_unique<Clients>(*this)),
      upstream_(std::make_unique<Upstream>(asked_, config.routes)),
      network_(config_.upstream.servers.empty()
                   ? nullptr
                   : std::make_unique<Network>(config_, clock_, kNetworkSeed,
                                               [this](const auto& what) { complain(what); })),
      cache_(config.cache.bytes, kHashSeed, config.cache.keeping),
      gate_(listener::AccessList(config.listen.proxies)),
      admission_(config.listen.admission, kHashSeed),
      turn_(*memory_, clock_),
      forwarder_(
          {turn_, cache_, *memory_,
           network_ ? static_cast<forward::Asker&>(network_->asker()) : *upstream_, names_.get(),
           nullptr, config.client_cookies ? std::optional(kCookieSeed) : std::nullopt},
          daemon::forwarder_options(config)),
      system_upstreams_(
          *files_, config_.upstream.servers,
          [this](const Endpoint& server) {
            return upstream::is_own(server, config_.listen.addresses, {});
          },
          [](const std::string&) {}),
      knowledge_(config, *files_, kHashSeed, {kSilent, kSilent, kSilent}) {
  look_at_files();
}

Stage::~Stage() = default;

// As the listeners do it.
void Stage::send(const IpAddress& client, std::vector<std::string> messages, Transport transport,
                 const std::optional<IpAddress>& via) {
  forward::ReplyTo from;
  from.sink = clients_.get();
  from.peer = {via.value_or(client), kClientPort};
  from.transport = transport;
  for (std::string& message : messages) {
    if (via) {
      message.insert(0, testing::proxy_for(client).octets());
    }
    forward::ReplyTo to = from;
    if (const std::optional<ByteView> inner = gate_.message_in(as_bytes(message), to)) {
      give(*inner, to);
    }
  }
  end_turn();
}

void Stage::give(ByteView message, const forward::ReplyTo& from) {
  const listener::Verdict verdict = judge(message, from);
  if (verdict == listener::Verdict::kDrop) {
    return;
  }
  if (const Result<TextMessage> query = read_message(message); query.ok()) {
    queries_[{from.peer.address, query->id}] = {*query, from.transport};
  }
  switch (verdict) {
    case listener::Verdict::kRefuse:
      forwarder_.turn_away(message, from, forward::TurnAway::kRefuse);
      break;
    case listener::Verdict::kTruncate:
      forwarder_.turn_away(message, from, forward::TurnAway::kTruncate);
      break;
    default:
      forwarder_.handle(message, from);
  }
}

// As UdpListener does; and TcpListener, which closes the connections of strangers.
listener::Verdict Stage::judge(ByteView message, const forward::ReplyTo& from) {
  if (from.transport == Transport::kUdp) {
    return admission_.judge(from.client(), clock_.monotonic(),
                            [&] { return forwarder_.proves_address(message, from); });
  }
  return config_.listen.admission.access.allows(from.client()) ? listener::Verdict::kAdmit
                                                               : listener::Verdict::kDrop;
}

void Stage::answer(size_t asked, Result<forward::UpstreamResponse> response) {
  const forward::Asker::Done done = std::move(asked_.at(asked).done);
  asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(asked));
  done(std::move(response));
  end_turn();
}

void Stage::turn() {
  network_->turn();
  end_turn();
}

void Stage::wait(Microseconds span) {
  const MonotonicTime end = clock_.monotonic() + span;
  for (auto due = next_due(); due && *due <= end; due = next_due()) {
    clock_.advance(std::max(*due - clock_.monotonic(), Microseconds(0)));
    if (forwarder_.next_due() == due) {
      forwarder_.on_time();
    }
    end_turn();
  }
  clock_.advance(end - clock_.monotonic());
}

// Of the forwarder and of the network, whichever is first.
std::optional<MonotonicTime> Stage::next_due() const {
  const std::optional<MonotonicTime> forwarders = forwarder_.next_due();
  const std::optional<MonotonicTime> networks =
      network_ ? network_->next_due() : std::optional<MonotonicTime>();
  return !forwarders ? networks : !networks ? forwarders : std::min(forwarders, networks);
}

void Stage::route(const std::vector<upstream::Route>& routes) {
  upstream_->route(routes);
}

void Stage::write(const std::string& path, const std::string& text) {
  files_->write(path, text);
  look_at_files();
}

// As Daemon::watch() does, and EventLoop's thread with what it makes.
void Stage::look_at_files() {
  if (const auto knowledge = knowledge_.renew(clock_.wall())) {
    forwarder_.know(knowledge);
  }
  if (config_.system_upstreams) {
    if (const auto servers = system_upstreams_.renew()) {
      network_->asker().ask_these(*servers);
    }
  }
}

std::optional<Received> Stage::take(const IpAddress& client) {
  std::deque<Received>& mine = received_[client];
  if (mine.empty()) {
    return std::nullopt;
  }
  Received first = std::move(mine.front());
  mine.pop_front();
  return first;
}

size_t Stage::waiting(const IpAddress& client) const {
  const auto found = received_.find(client);
  return found == received_.end() ? 0 : found->second.size();
}

// A timer that is due at once makes another turn.
void Stage::end_turn() {
  if (network_) {
    network_->end_turn();
  }
  send_answers();
  while (network_ && network_->next_due() && *network_->next_due() <= clock_.monotonic()) {
    network_->turn();
    send_answers();
  }
  if (names_->answer()) {
    end_turn();  // Without a name the question may have gone upstream.
  }
}

void Stage::send_answers() {
  turn_.finish();
  if (!memory_->turn().empty()) {
    complain("a delivery was recorded whose answer never left");
    memory_->turn().clear();
  }
}

void Stage::receive(const forward::Outgoing& outgoing) {
  const Result<TextMessage> message = read_message(outgoing.message);
  if (!message.ok()) {
    return complain("an answer cannot be read: " + message.error().message);
  }
  const IpAddress& client = outgoing.to.client();
  Received received{*message, record_of(outgoing, *message)};
  if (received.delivery) {
    received.answer = memory_->answer_of(*received.delivery);
  }
  const auto query = queries_.find({outgoing.to.peer.address, message->id});
  if (query != queries_.end()) {
    check(query->second, received, outgoing.message.size());
    queries_.erase(query);
  } else if (message->rcode != Rcode::kFormErr) {
    complain("an answer that fits no query of its client");
  }
  received_[client].push_back(received);
}

// Deliveries are recorded in the order in which the answers leave; an answer to a message that was
// not understood has none.
std::optional<Delivery> Stage::record_of(const forward::Outgoing& outgoing,
                                         const TextMessage& message) {
  std::deque<Delivery>& turn = memory_->turn();
  if (turn.empty() || message.qname.empty()) {
    return std::nullopt;
  }
  const Delivery delivery = turn.front();
  const Question& question = memory_->answer_of(delivery).question;
  if (delivery.client != outgoing.to.client() || question.type != message.qtype ||
      question.klass != message.qclass || question.name != *DomainName::from_text(message.qname)) {
    return std::nullopt;
  }
  turn.pop_front();
  return delivery;
}

void Stage::check(const Query& query, const Received& received, size_t size) {
  const TextMessage& asked = query.message;
  const TextMessage& got = received.message;
  if (!got.qname.empty() && question_text(got) != question_text(asked)) {
    complain("the answer's question is " + question_text(got) + ", not " + question_text(asked));
  }
  if (((got.flags ^ asked.flags) & kEchoed) != 0) {
    complain("opcode, RD and CD are not those of the query");
  }
  if ((got.flags & wire::kFlagQr) == 0 || (got.flags & wire::kFlagRa) == 0) {
    complain("an answer without QR or without RA");
  }
  if (got.opt.has_value() != asked.opt.has_value()) {
    complain(got.opt ? "EDNS in the answer to a query without"
                     : "no EDNS in the answer to a query with it");
  }
  if (got.opt && (got.opt->version != 0 || got.opt->udp_size > wire::kEdnsSize)) {
    complain("the answer's EDNS version or size is not ours");
  }
  const size_t size_of_client = asked.opt ? asked.opt->udp_size : 0;
  const size_t limit = std::clamp<size_t>(size_of_client, wire::kPlainUdpMax, wire::kEdnsSize);
  if (query.transport == Transport::kUdp && size > limit) {
    complain("an answer of " + std::to_string(size) + " octets; its client takes " +
             std::to_string(limit));
  }
  check_record(received);
}

// Names that had led to an address: told of what is on record, for this moment only.
bool Stage::is_of_memory(const TextMessage& message) const {
  return config_.answering.reverse != forward::ReversePolicy::kPassOn &&
         message.qtype == RecordType::kPtr &&
         std::ranges::all_of(message.records,
                             [](const TextRecord& r) { return fields_of(r.text)[1] == "0"; });
}

namespace {

// In a record of its own.
bool tells(const TextMessage& message, const IpAddress& address) {
  return std::ranges::any_of(message.records, [&](const TextRecord& record) {
    const std::vector<std::string> fields = fields_of(record.text);
    return (fields[3] == "A" || fields[3] == "AAAA") && *IpAddress::from_text(fields[4]) == address;
  });
}

}  // namespace

// What is recorded is what was said: the rcode, each address, and for how long.
void Stage::check_record(const Received& received) {
  const bool has_records = std::ranges::any_of(
      received.message.records, [](const TextRecord& r) { return r.part == Part::kAnswer; });
  if (!received.delivery) {
    return has_records && !is_of_memory(received.message)
               ? complain("an answer with records that was not recorded")
               : void();
  }
  const Answer& answer = memory_->answer_of(*received.delivery);
  if (answer.rcode != received.message.rcode) {
    complain("recorded as " + to_text(answer.rcode));
  }
  for (const IpAddress& address : answer.withheld) {
    if (std::ranges::find(answer.addresses, address, &AnswerAddress::address) !=
        answer.addresses.end()) {
      complain("recorded as told and as withheld: " + address.text());
    }
  }
  for (const AnswerAddress& told : answer.addresses) {
    const bool is_record = told.via != Via::kSvcbHint && told.via != Via::kMapped;
    if (is_record && !tells(received.message, told.address)) {
      complain("recorded as told, and it was not: " + told.address.text());
    }
  }
  uint32_t ttl_s = UINT32_MAX;
  for (const TextRecord& record : received.message.records) {
    const std::vector<std::string> fields = fields_of(record.text);
    if (record.part != Part::kAnswer || fields[3] == "RRSIG") {
      continue;
    }
    ttl_s = std::min(ttl_s, static_cast<uint32_t>(std::stoul(fields[1])));
    const bool is_address = fields[3] == "A" || fields[3] == "AAAA";
    if (is_address && std::ranges::find(answer.addresses, *IpAddress::from_text(fields[4]),
                                        &AnswerAddress::address) == answer.addresses.end()) {
      complain("an address that was not recorded: " + fields[4]);
    }
  }
  if (has_records && received.delivery->validity_s > ttl_s) {
    complain("recorded as valid for " + std::to_string(received.delivery->validity_s) +
             " s, told to the client for " + std::to_string(ttl_s));
  }
}

}  // namespace etymon::scenario

// SQLite as a Keeper: what a resolver that logs into a database would be if it kept addresses.
//
// A row for each delivery and address, clients and names as numbers, an index for each kind of
// question. It is given every advantage that costs nothing: the row's number is its time, so every
// index ends in the time and none on the time alone is needed; WAL, large transactions, a large
// cache. It keeps no CNAME chain and no upstream.
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

#include "tests/bench/keeper.h"

namespace etymon::bench {
namespace {

constexpr const char* kSchema = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -8388608;  -- KiB: more than all of 50 M takes
  CREATE TABLE IF NOT EXISTS client (id INTEGER PRIMARY KEY, address BLOB UNIQUE);
  CREATE TABLE IF NOT EXISTS name (id INTEGER PRIMARY KEY, sort_key BLOB UNIQUE);
  CREATE TABLE IF NOT EXISTS delivery (
    moment INTEGER PRIMARY KEY,  -- microseconds times 16, plus the place of the address
    client INTEGER, name INTEGER, address BLOB,
    type INTEGER, rcode INTEGER, validity INTEGER, origin INTEGER);
  CREATE INDEX IF NOT EXISTS by_address ON delivery (address, client) WHERE address IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_name ON delivery (name);
  CREATE INDEX IF NOT EXISTS by_client ON delivery (client);
)";

constexpr int64_t kPlaces = 16;  // addresses of one delivery that can be told apart
// Deliveries. Each of them touches other pages of the indexes, and a page is written once in a
// transaction: with 65,536 in one, 25 M deliveries had made 9 KB of writes each.
constexpr size_t kTransaction = 1'000'000;

class Connection {
 public:
  explicit Connection(const std::string& path) {
    check(sqlite3_open(path.c_str(), &connection_));
    run(kSchema);
  }
  ~Connection() { sqlite3_close_v2(connection_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void run(const char* sql) { check(sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr)); }
  void check(int code) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
      throw std::runtime_error(std::string("sqlite: ") + sqlite3_errmsg(connection_));
    }
  }
  sqlite3* get() const { return connection_; }

 private:
  sqlite3* connection_ = nullptr;
};

// A prepared statement; parameters and columns count from 1 and from 0, as SQLite's do.
class Statement {
 public:
  Statement(Connection& connection, const char* sql) : connection_(connection) {
    connection.check(sqlite3_prepare_v2(connection.get(), sql, -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int place, int64_t value) {
    connection_.check(sqlite3_bind_int64(statement_, place, value));
  }
  void bind(int place, std::string_view octets) {
    connection_.check(sqlite3_bind_blob(statement_, place, octets.data(),
                                        static_cast<int>(octets.size()), SQLITE_TRANSIENT));
  }
  void bind_null(int place) { connection_.check(sqlite3_bind_null(statement_, place)); }

  // False: no more rows; the statement can then be used again.
  bool step() {
    const int code = sqlite3_step(statement_);
    connection_.check(code);
    if (code == SQLITE_DONE) {
      sqlite3_reset(statement_);
    }
    return code == SQLITE_ROW;
  }
  size_t count_rows() {
    size_t rows = 0;
    while (step()) {
      ++rows;
    }
    return rows;
  }
  int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const {
    return reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  }

 private:
  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
};

std::string_view octets_of(const IpAddress& address) {
  const auto& octets = address.octets();
  const std::string_view all(reinterpret_cast<const char*>(octets.data()), octets.size());
  return address.is_v4() ? all.substr(12) : all;
}

int64_t first_moment(WallTime at) {
  return at.time_since_epoch().count() * kPlaces;
}
int64_t last_moment(WallTime at) {
  return first_moment(at) + kPlaces - 1;
}

// Everything that is prepared once and used with one connection.
struct Statements {
  explicit Statements(Connection& c)
      : insert(c, "INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
        add_client(c, "INSERT INTO client (id, address) VALUES (?, ?)"),
        add_name(c, "INSERT INTO name (id, sort_key) VALUES (?, ?)"),
        find_client(c, "SELECT id FROM client WHERE address = ?"),
        address(c,
                "SELECT name.sort_key, moment, validity FROM delivery "
                "JOIN name ON name.id = delivery.name WHERE address = ?1 AND client = ?2 "
                "AND moment <= ?3 ORDER BY moment DESC LIMIT 16"),
        addresses(c,
                  "SELECT address, client, name, max(moment) FROM delivery "
                  "WHERE address BETWEEN ?1 AND ?2 AND moment <= ?3 "
                  "GROUP BY address, client, name LIMIT 1000"),
        // The span is read through: in a month, the addresses' index holds far more than an hour.
        prefix(c,
               "SELECT DISTINCT moment / 16, client, name, validity FROM delivery "
               "WHERE +address BETWEEN ?1 AND ?2 AND moment BETWEEN ?3 AND ?4 LIMIT 1000"),
        name(c,
             "SELECT DISTINCT moment / 16, client, validity FROM name "
             "JOIN delivery INDEXED BY by_name ON delivery.name = name.id "
             "WHERE sort_key = ?1 AND moment BETWEEN ?2 AND ?3 LIMIT 1000"),
        subtree(c,
                "SELECT DISTINCT moment / 16, client, validity, name.id FROM name "
                "JOIN delivery INDEXED BY by_name ON delivery.name = name.id "
                "WHERE sort_key >= ?1 AND sort_key < ?4 AND moment BETWEEN ?2 AND ?3 LIMIT 1000"),
        client(c,
               "SELECT DISTINCT moment / 16, name, validity FROM delivery "
               "WHERE client = ?1 AND moment BETWEEN ?2 AND ?3 LIMIT 1000") {}

  Statement insert;
  Statement add_client;
  Statement add_name;
  Statement find_client;
  Statement address;
  Statement addresses;
  Statement prefix;
  Statement name;
  Statement subtree;
  Statement client;
};

class SqliteKeeper final : public Keeper {
 public:
  explicit SqliteKeeper(const KeeperOptions& options) : folder_(options.folder) { open(); }

  std::string name() const override { return "sqlite"; }

  void keep(std::span<const Told> told, HistoryWorkload& workload) override {
    for (const Told& one : told) {
      if (pending_ == 0) {
        connection_->run("BEGIN");
      }
      insert(one, workload.answer(one.answer));
      if (++pending_ == kTransaction) {
        commit();
      }
    }
  }

  void settle() override {
    commit();
    connection_->run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  void compact() override {
    connection_->run("VACUUM");
    connection_->run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  double processor_seconds() override { return processor_seconds_of(::getpid()); }

  std::map<std::string, uint64_t> bytes() override {
    std::map<std::string, uint64_t> bytes;
    // By their pages: of a table of more than 2 GiB dbstat gives a size below zero (SQLite 3.40).
    Statement parts(*connection_,
                    "SELECT name, pageno * (SELECT page_size FROM pragma_page_size) "
                    "FROM dbstat WHERE aggregate = TRUE");
    while (parts.step()) {
      bytes[parts.text(0)] = static_cast<uint64_t>(parts.number(1));
    }
    return bytes;
  }

  bool understands(QuestionKind) const override { return true; }

  size_t ask(const HistoryQuestion& question) override {
    switch (question.kind) {
      case QuestionKind::kAddress:
        return ask_address(question);
      case QuestionKind::kAddresses:
        statements_->addresses.bind(1, octets_of(question.address.first()));
        statements_->addresses.bind(2, octets_of(question.address.last()));
        statements_->addresses.bind(3, last_moment(question.span.end));
        return statements_->addresses.count_rows();
      case QuestionKind::kPrefix:
        statements_->prefix.bind(1, octets_of(question.address.first()));
        statements_->prefix.bind(2, octets_of(question.address.last()));
        return count_span(statements_->prefix, 3, question.span);
      case QuestionKind::kName:
        statements_->name.bind(1, question.name.sort_key());
        return count_span(statements_->name, 2, question.span);
      case QuestionKind::kSubtree:
        statements_->subtree.bind(1, question.name.sort_key());
        statements_->subtree.bind(4, question.name.sort_key() + '\xFF');
        return count_span(statements_->subtree, 2, question.span);
      case QuestionKind::kClient:
        statements_->client.bind(1, client_number(question.client));
        return count_span(statements_->client, 2, question.span);
    }
    return 0;
  }

  void go_cold() override {
    open();
    drop_pages_below(folder_);
  }
  void go_warm() override {
    open();
    read_pages_below(folder_);
  }

 private:
  void open() {
    statements_.reset();
    connection_.reset();
    connection_ = std::make_unique<Connection>(folder_ + "/history.db");
    statements_ = std::make_unique<Statements>(*connection_);
  }

  void commit() {
    if (pending_ > 0) {
      connection_->run("COMMIT");
      pending_ = 0;
    }
  }

  void insert(const Told& told, const Answer& answer) {
    Statement& row = statements_->insert;
    row.bind(2, client_id(told.client));
    row.bind(3, name_id(told.answer, answer.question.name));
    row.bind(5, static_cast<int64_t>(answer.question.type));
    row.bind(6, static_cast<int64_t>(answer.rcode));
    row.bind(7, told.validity_s);
    row.bind(8, static_cast<int64_t>(told.origin));
    int64_t moment = first_moment(told.at);
    if (answer.addresses.empty()) {
      row.bind(1, moment);
      row.bind_null(4);
      row.step();
    }
    for (const AnswerAddress& one : answer.addresses) {
      row.bind(1, moment++);
      row.bind(4, octets_of(one.address));
      row.step();
    }
  }

  int64_t client_id(const IpAddress& client) {
    const auto [known, fresh] =
        clients_.try_emplace(client, static_cast<int64_t>(clients_.size()) + 1);
    if (fresh) {
      statements_->add_client.bind(1, known->second);
      statements_->add_client.bind(2, octets_of(client));
      statements_->add_client.step();
    }
    return known->second;
  }

  int64_t name_id(uint32_t number, const DomainName& name) {
    if (number >= names_.size()) {
      names_.resize(number + 1);
    }
    const int64_t id = int64_t{number} + 1;
    if (!names_[number]) {
      names_[number] = true;
      statements_->add_name.bind(1, id);
      statements_->add_name.bind(2, name.sort_key());
      statements_->add_name.step();
    }
    return id;
  }

  size_t ask_address(const HistoryQuestion& question) {
    Statement& statement = statements_->address;
    statement.bind(1, octets_of(question.address.first()));
    statement.bind(2, client_number(question.client));
    statement.bind(3, last_moment(question.span.end));
    return statement.count_rows() > 0 ? 1 : 0;
  }

  int64_t client_number(const IpAddress& client) {
    statements_->find_client.bind(1, octets_of(client));
    int64_t number = 0;
    while (statements_->find_client.step()) {
      number = statements_->find_client.number(0);
    }
    return number;
  }

  static size_t count_span(Statement& statement, int place, const TimeSpan& span) {
    statement.bind(place, first_moment(span.start));
    statement.bind(place + 1, last_moment(span.end));
    return statement.count_rows();
  }

  const std::string folder_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Statements> statements_;
  std::unordered_map<IpAddress, int64_t, IpAddressHash> clients_;
  std::vector<bool> names_;  // by the workload's number: whether it has a row
  size_t pending_ = 0;       // deliveries of the open transaction
};

}  // namespace

std::unique_ptr<Keeper> sqlite_keeper(const KeeperOptions& options) {
  return std::make_unique<SqliteKeeper>(options);
}

}  // namespace etymon::bench

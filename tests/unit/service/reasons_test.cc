// Every reason that provenance.proto lists: a call that fails for it, with the code that stands
// beside it. And no reason in the sources that is not listed.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "api/service/failure.h"
#include "api/service/reading_desk.h"
#include "api/service/stream_places.h"
#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/unit/service/access_test.h"
#include "tests/unit/service/endless_upkeep.h"
#include "tests/unit/service/held_clock.h"
#include "tests/unit/service/raw_call.h"

namespace etymon::service {
namespace {

namespace fs = std::filesystem;

const std::string kSource = ETYMON_SOURCE_DIR;

// Reason -> code, as the comment at the head of provenance.proto has them.
std::map<std::string, std::string> documented() {
  std::ifstream proto(kSource + "/proto/etymon/v1/provenance.proto");
  const std::regex row("//   ([A-Z_]+)?  +([A-Z0-9_ ]+)");
  std::map<std::string, std::string> reasons;
  std::string code;
  for (std::string line; std::getline(proto, line) && line.starts_with("//");) {
    std::smatch parts;
    if (!std::regex_match(line, parts, row)) {
      continue;
    }
    code = parts[1].matched ? parts[1].str() : code;
    std::istringstream words(parts[2].str());
    for (std::string reason; words >> reason;) {
      reasons[reason] = code;
    }
  }
  return reasons;
}

// Texts in the sources of the API that look like a reason.
std::set<std::string> used() {
  const std::regex text("\"([A-Z]+(_[A-Z]+)+|INTERNAL|STOPPED)\"");
  std::set<std::string> reasons;
  for (const auto& entry : fs::directory_iterator(kSource + "/api/service")) {
    std::ostringstream source;
    source << std::ifstream(entry.path()).rdbuf();
    const std::string all = source.str();
    for (std::sregex_iterator found(all.begin(), all.end(), text), end; found != end; ++found) {
      reasons.insert((*found)[1].str());
    }
  }
  return reasons;
}

template <class Message>
Message message(const std::string& json) {
  Message out;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &out).ok()) << json;
  return out;
}

class EveryReasonTest : public AccessTest {
 protected:
  using Call = std::function<grpc::Status()>;

  // As an admin; requests as JSON.
  static std::unique_ptr<grpc::ClientContext> context() { return context_of(kAdmin); }

  Call lookup(const std::string& json) {
    return [this, json] {
      v1::LookupResponse response;
      return provenance_->Lookup(context().get(), message<v1::LookupRequest>(json), &response);
    };
  }
  Call list(const std::string& json) {
    return [this, json] {
      v1::ListDeliveriesResponse response;
      return provenance_->ListDeliveries(context().get(), message<v1::ListDeliveriesRequest>(json),
                                         &response);
    };
  }
  Call recurrence(const std::string& json) {
    return [this, json] {
      v1::SummarizeRecurrenceResponse response;
      return provenance_->SummarizeRecurrence(
          context().get(), message<v1::SummarizeRecurrenceRequest>(json), &response);
    };
  }
  Call watch(const std::string& json) {
    return [this, json] {
      const auto owner = context();
      return provenance_->Watch(owner.get(), message<v1::WatchRequest>(json))->Finish();
    };
  }
  Call ingest(const std::string& json) {
    return [this, json] {
      const auto owner = context();
      v1::IngestResponse response;
      const auto writer = provenance_->Ingest(owner.get(), &response);
      writer->Write(message<v1::IngestRequest>(json));
      writer->WritesDone();
      return writer->Finish();
    };
  }
  Call forget(const std::string& json) {
    return [this, json] {
      const auto owner = context();
      return admin_->Forget(owner.get(), message<v1::ForgetRequest>(json))->Finish();
    };
  }
  Call backup(const std::string& folder) {
    return [this, folder] {
      const auto owner = context();
      v1::BackupRequest request;
      request.set_folder(folder);
      return admin_->Backup(owner.get(), request)->Finish();
    };
  }
  Call of_token(const std::string& method, const char* token) {
    return [this, method, token] { return call("/etymon.v1." + method, token); };
  }
  // What the store says becomes a status in one place.
  static Call of_store(ErrorCode code) {
    return [code] { return to_status(from_store({code, "said by a test"})); };
  }
  // Of work that was asked to stop.
  static Call of_upkeep(ErrorCode code) {
    return [code] {
      std::stop_source stop;
      stop.request_stop();
      return to_status(from_upkeep({code, "said by a test"}, stop.get_token()));
    };
  }

  std::map<std::string, Call> calls() {
    const std::string address = R"("address": "203.0.113.5")";
    return {
        {"ADDRESS_MISSING", lookup("{}")},
        {"ADDRESS_INVALID", lookup(R"({"address": "nine"})")},
        {"CLIENT_INVALID", lookup("{" + address + R"(, "client": "nine"})")},
        {"TIME_INVALID", [this] { return time_of_no_year(); }},
        {"TOLERANCE_INVALID", lookup("{" + address + R"(, "tolerance": "-1s"})")},
        {"PORT_INVALID", lookup("{" + address + R"(, "port": 65536})")},
        {"PROTO_INVALID", lookup("{" + address + R"(, "proto": "T C P"})")},
        {"MIN_COVERAGE_INVALID", lookup("{" + address + R"(, "min_coverage": "-1s"})")},
        {"DELIVERY_INVALID", ingest(R"({"deliveries": [{"name": "www.example"}]})")},
        {"COVERED_INVALID", ingest(R"({"covered": {}})")},
        {"FOLDER_INVALID", backup("here")},
        {"NAME_INVALID", list(R"({"filter": {"name": "a..b"}})")},
        {"MATCH_INVALID", list(R"({"filter": {"name": "a", "match": 9}})")},
        {"ORDER_INVALID", list(R"({"order": 9})")},
        {"SPAN_INVALID", list(R"({"filter": {"start": "2001-01-02T00:00:00Z",
                                             "end": "2001-01-01T00:00:00Z"}})")},
        {"RCODE_INVALID", list(R"({"filter": {"rcode": 4096}})")},
        {"PAGE_SIZE_INVALID", list(R"({"page_size": -1})")},
        {"PAGE_TOKEN_INVALID", list(R"({"page_token": "x"})")},
        {"RESUME_TOKEN_INVALID", watch(R"({"resume_token": "x"})")},
        {"UTC_OFFSET_INVALID", recurrence(R"({"utc_offset_minutes": 1441})")},
        {"RETENTION_INVALID", [this] { return retention_of_no_time(); }},
        {"LOG_LEVEL_INVALID", of_token("AdminService/SetLogLevel", kAdmin)},
        {"CONDITION_MISSING", forget("{}")},
        {"FOLDER_EXISTS", backup(folder_.path())},
        {"TOKEN_UNKNOWN", of_token("AdminService/GetStatus", "wrong")},
        {"CALLER_UNKNOWN", [this] { return nobody_over_tls(); }},
        {"ROLE_MISSING", of_token("AdminService/Verify", kAsker)},
        {"CLIENT_OUT_OF_BOUNDS", of_token("ProvenanceService/Lookup", kDesk)},
        {"REQUEST_TOO_LARGE", lookup(R"({"address": ")" + std::string(70'000, '9') + R"("})")},
        {"REQUEST_MALFORMED",
         [this] { return raw_call(channel_, "/etymon.v1.ProvenanceService/Lookup", "\x0A"); }},
        {"STORE_EXHAUSTED", of_store(ErrorCode::kResourceExhausted)},
        {"TOO_MANY_READERS", [] { return one_reader_too_many(); }},
        {"TOO_MANY_WATCHERS", [] { return one_too_many_of(&Streams::watches); }},
        {"TOO_MANY_STREAMS", [] { return one_too_many_of(&Streams::lookups); }},
        {"WATCH_TOO_SLOW", [this] { return watch_slowly(); }},
        {"DISK_FULL", of_upkeep(ErrorCode::kResourceExhausted)},
        {"READ_TOO_LONG", [this] { return read_for_ever(); }},
        {"LOOKUP_TOO_WIDE", [this] { return look_up_too_much(); }},
        {"CLIENT_STALLED", [this] { return send_nothing(); }},
        {"STORE_NOT_READY", of_store(ErrorCode::kFailedPrecondition)},
        {"FOLDER_NOT_WRITABLE", backup(folder_.path() + "/none/backup")},
        {"STORE_UNAVAILABLE", of_store(ErrorCode::kIo)},
        {"UPKEEP_BUSY", verify_twice},
        {"RESOLVER_BUSY", [this] { return flush_while_busy(); }},
        {"STOPPED", of_upkeep(ErrorCode::kUnavailable)},
        {"STORE_DAMAGED", of_store(ErrorCode::kDataLoss)},
        {"INTERNAL", of_store(ErrorCode::kInternal)},
    };
  }

  static grpc::Status one_reader_too_many() {
    ReadingDesk desk{Limits()};
    std::vector<ReadingDesk::Place> taken;
    for (;;) {
      auto next = desk.reader("siem");
      if (auto* failure = std::get_if<Failure>(&next)) {
        return to_status(*failure);
      }
      taken.push_back(std::move(std::get<ReadingDesk::Place>(next)));
    }
  }

  static grpc::Status one_too_many_of(StreamPlaces Streams::*kind) {
    constexpr StreamLimit kOne{.caller = 1, .all = 1};
    Limits limits;
    limits.lookup_streams = limits.watches = kOne;
    Streams streams(limits);
    const auto first = (streams.*kind).take("siem");
    return to_status(std::get<Failure>((streams.*kind).take("siem")));
  }

  grpc::Status time_of_no_year() {
    v1::LookupRequest request;
    request.set_address("203.0.113.5");
    request.mutable_at()->set_nanos(-1);
    v1::LookupResponse response;
    return provenance_->Lookup(context().get(), request, &response);
  }

  grpc::Status retention_of_no_time() {
    v1::SetRetentionRequest request;
    request.mutable_keep()->set_seconds(0);
    v1::SetRetentionResponse response;
    return admin_->SetRetention(context().get(), request, &response);
  }

  grpc::Status flush_while_busy() {
    control_.answers = std::nullopt;
    v1::FlushCacheResponse response;
    return admin_->FlushCache(context().get(), {}, &response);
  }

  grpc::Status nobody_over_tls() {
    const testing::Certificates certificates(folder_.path());
    certificates.issue("server", "etymond");
    options_.listen = {api::ServerAddress::from_text("0.0.0.0:0").value()};
    options_.tls = {certificates.file("server"), certificates.key("server"), ""};
    ApiServer server(sources());
    EXPECT_TRUE(server.start(options_).ok());
    grpc::SslCredentialsOptions trust;
    trust.pem_root_certs = read_file(certificates.file("authority"));
    const uint16_t port = server.listening().at(0).endpoint.port;
    const auto stub = v1::AdminService::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::SslCredentials(trust)));
    grpc::ClientContext nobody;
    v1::GetStatusResponse response;
    return stub->GetStatus(&nobody, {}, &response);
  }

  grpc::Status watch_slowly() {
    const auto owner = context();
    const auto reader = provenance_->Watch(owner.get(), {});
    v1::WatchResponse response;
    EXPECT_TRUE(reader->Read(&response));
    Answer answer;
    answer.question.name = DomainName::from_text(std::string(60, 'a') + ".example").value();
    answer.chain = {answer.question.name};
    const AnswerId id = store_->remember(answer);
    const std::vector<Delivery> turn(1000, {clock_.wall(), IpAddress::v4(0x0A000001), id, 60});
    for (size_t told = 0; told < 3 * Feed::kWaitingMax; told += turn.size()) {
      EXPECT_EQ(store_->record(turn), Recorded::kYes);
    }
    while (reader->Read(&response)) {
    }
    return reader->Finish();
  }

  // Of 26 hosts and 4096 addresses.
  grpc::Status look_up_too_much() {
    store::Observed told{.at = clock_.wall() - Seconds(1), .client = {}, .answer = {}};
    told.answer.question.name = *DomainName::from_text("wide.example");
    told.answer.chain = {told.answer.question.name};
    for (uint32_t i = 0; i < 4096; ++i) {
      told.answer.addresses.push_back({IpAddress::v4(0xC6330000 + i), Via::kA});
    }
    for (uint32_t host = 0; host < 26; ++host) {
      told.client = IpAddress::v4(0x0A000000 + host);
      EXPECT_TRUE(store_->ingest({&told, 1}).ok());
    }
    return lookup(R"({"address": "198.51.0.0/16"})")();
  }

  grpc::Status send_nothing() {
    ApiServer server(sources());
    ApiServer::Options options;
    options.listen = {{folder_.path() + "/impatient.sock", {}}};
    options.limits.stall = Milliseconds(100);
    EXPECT_TRUE(server.start(options).ok());
    const auto stub = v1::ProvenanceService::NewStub(
        grpc::CreateChannel(options.listen[0].text(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext sensor;
    v1::IngestResponse response;
    return stub->Ingest(&sensor, &response)->Finish();
  }

  // Holds the reading up for longer and longer, until it has been too long.
  grpc::Status read_for_ever() {
    HeldClock held(clock_);
    ApiServer server({*store_, held, status_, control_, feed_});
    ApiServer::Options options;
    options.listen = {{folder_.path() + "/held.sock", {}}};
    options.limits.read = Milliseconds(1);
    EXPECT_TRUE(server.start(options).ok());
    const auto stub = v1::ProvenanceService::NewStub(
        grpc::CreateChannel(options.listen[0].text(), grpc::InsecureChannelCredentials()));
    grpc::Status status;
    for (Milliseconds time(10); status.ok() && time < testing::kPatience; time *= 4) {
      held.hold();
      std::thread end([&held, time] {
        std::this_thread::sleep_for(time);
        held.let_go();
      });
      grpc::ClientContext caller;
      v1::ListDeliveriesResponse response;
      status = stub->ListDeliveries(&caller, {}, &response);
      end.join();
    }
    return status;
  }

  static grpc::Status verify_twice() {
    EndlessUpkeep service;
    const auto stub = service.client();
    grpc::ClientContext first;
    const auto call = stub->Verify(&first, {});
    service.await(true);
    grpc::ClientContext second;
    grpc::Status status = stub->Verify(&second, {})->Finish();
    first.TryCancel();
    call->Finish();
    service.await(false);
    return status;
  }
};

TEST_F(EveryReasonTest, is_told_with_its_code) {
  const std::map<std::string, std::string> codes = documented();
  const std::map<std::string, Call> all = calls();
  ASSERT_GT(codes.size(), 40U);
  for (const auto& [reason, code] : codes) {
    const auto call = all.find(reason);
    if (call == all.end()) {
      ADD_FAILURE() << reason << " is documented, and no call of this test fails for it";
      continue;
    }
    const grpc::Status status = call->second();
    EXPECT_EQ(error_info(status).reason(), reason) << status.error_message();
    EXPECT_EQ(google::rpc::Code_Name(static_cast<int>(status.error_code())), code) << reason;
    EXPECT_FALSE(status.error_message().empty()) << reason;
    EXPECT_EQ(status.error_message().find('\n'), std::string::npos) << reason;
    EXPECT_EQ(detail_of<google::rpc::BadRequest>(status).field_violations_size(),
              code == "INVALID_ARGUMENT" && error_info(status).metadata().contains("field"))
        << reason;
  }
  for (const auto& [reason, call] : all) {
    EXPECT_TRUE(codes.contains(reason)) << reason << " is not documented";
  }
}

TEST_F(EveryReasonTest, in_the_sources_is_documented) {
  const std::map<std::string, std::string> codes = documented();
  ASSERT_GT(used().size(), 40U);
  for (const std::string& reason : used()) {
    EXPECT_TRUE(codes.contains(reason)) << reason;
  }
  for (const auto& [reason, code] : codes) {
    EXPECT_TRUE(used().contains(reason)) << reason << " is documented, and nothing says it";
  }
}

}  // namespace
}  // namespace etymon::service

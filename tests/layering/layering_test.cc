// The arrows of ARCHITECTURE.md, held against every #include of the project.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layering/include_rules.h"

namespace etymon::layering {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A folder stands below everything it knows. Arrows carry on downward: whoever knows wire knows
// model and base.
const Architecture& architecture() {
  static const Architecture kArchitecture = {
      .folders =
          {
              // folder              knows                                          libraries
              {"resolver/base", {}, {"xxHash", "OpenSSL", "Abseil"}},
              {"resolver/model", {"resolver/base"}, {}},
              {"resolver/hosts", {"resolver/model"}, {"netlink"}},
              {"resolver/wire", {"resolver/model"}, {"ldns"}},
              {"resolver/cache", {"resolver/wire", "resolver/model"}, {}},
              {"resolver/net", {"resolver/base", "resolver/model"}, {"libuv", "OpenSSL"}},
              {"resolver/local", {"resolver/wire", "resolver/model"}, {}},
              {"resolver/forward",
               {"resolver/cache", "resolver/local", "resolver/wire", "resolver/model"},
               {}},
              {"resolver/upstream", {"resolver/net", "resolver/wire"}, {}},
              {"resolver/listener", {"resolver/net", "resolver/forward"}, {}},
              {"store/attribution", {"resolver/model"}, {}},
              {"store/model", {"resolver/model"}, {}},
              {"store/files", {"resolver/model"}, {"RocksDB"}},
              {"store/tables", {"store/model", "store/files"}, {"RocksDB"}},
              {"store/journal", {"store/tables"}, {"RocksDB"}},
              {"store/hosts", {"store/tables"}, {"RocksDB"}},
              {"store/reading", {"store/journal"}, {"RocksDB"}},
              {"store/removal", {"store/reading", "store/hosts"}, {"RocksDB"}},
              {"store/folding", {"store/journal"}, {"RocksDB"}},
              {"store/upkeep", {"store/folding", "store/hosts"}, {"RocksDB"}},
              {"store", {"store/removal", "store/folding", "store/upkeep"}, {"RocksDB"}},
              {"proto", {}, {}},
              {"api", {"resolver/model"}, {"CLI11"}},
              {"api/service",
               {"proto", "store", "store/attribution", "api"},
               {"gRPC", "protobuf", "OpenSSL", "Abseil"}},
              {"api/cli/capture", {"resolver/wire"}, {"libpcap"}},
              {"api/cli/json", {"resolver/base"}, {}},
              {"api/cli/logs", {"resolver/model", "api/cli/json"}, {"RE2"}},
              {"api/cli",
               {"proto", "api/cli/capture", "api/cli/logs", "api"},
               {"CLI11", "gRPC", "protobuf"}},
              {"api/daemon",
               {"resolver/upstream", "resolver/listener", "resolver/hosts", "store", "api/service"},
               {"CLI11", "toml++", "spdlog"}},
          },
      .libraries =
          {
              {"Abseil", {"absl/"}},
              {"ldns", {"ldns/"}},
              {"libuv", {"uv.h"}},
              {"netlink", {"linux/"}},
              {"OpenSSL", {"openssl/"}},
              {"RocksDB", {"rocksdb/"}},
              {"xxHash", {"xxhash.h"}},
              {"gRPC", {"grpc/", "grpcpp/"}},
              {"protobuf", {"google/protobuf/"}},
              {"CLI11", {"CLI/"}},
              {"toml++", {"toml++/"}},
              {"spdlog", {"spdlog/"}},
              {"libpcap", {"pcap.h", "pcap/"}},
              {"RE2", {"re2/"}},
          },
  };
  return kArchitecture;
}

std::vector<std::string> findings_in(const std::string& path, const std::string& text) {
  const std::vector<SourceFile> sources = {{path, text}};
  return forbidden_includes(architecture(), sources);
}

TEST(Layering, sources_include_only_what_their_folder_may_know) {
  const std::vector<SourceFile> sources = read_sources({"resolver", "store", "api"});
  ASSERT_FALSE(sources.empty());
  EXPECT_THAT(forbidden_includes(architecture(), sources), IsEmpty());
}

TEST(Layering, the_table_has_no_circle) {
  EXPECT_THAT(flaws_of(architecture()), IsEmpty());
}

TEST(Layering, a_circle_in_a_table_is_found) {
  const Architecture circle = {.folders = {{"a", {"b"}, {}}, {"b", {"a"}, {}}}, .libraries = {}};
  EXPECT_THAT(flaws_of(circle), ElementsAre("a uses b, which is not listed above it"));
}

TEST(Layering, an_unknown_library_in_a_table_is_found) {
  const Architecture unknown = {.folders = {{"a", {}, {"boost"}}}, .libraries = {}};
  EXPECT_THAT(flaws_of(unknown), ElementsAre("a uses the unknown library boost"));
}

TEST(Layering, an_include_against_the_arrows_is_found_with_its_line) {
  EXPECT_THAT(findings_in("resolver/model/x.h", "#pragma once\n#include \"store/store.h\"\n"),
              ElementsAre("resolver/model/x.h:2: must not know store"));
}

TEST(Layering, a_library_outside_its_folder_is_found) {
  EXPECT_THAT(findings_in("resolver/cache/x.cc", "#include <rocksdb/db.h>\n"),
              ElementsAre("resolver/cache/x.cc:1: RocksDB is not a library of this folder"));
}

TEST(Layering, generated_headers_are_the_protocols) {
  EXPECT_THAT(findings_in("store/x.cc", "#include \"etymon/v1/lookup.pb.h\"\n"),
              ElementsAre("store/x.cc:1: must not know proto"));
  EXPECT_THAT(findings_in("api/service/x.cc", "#include \"etymon/v1/lookup.pb.h\"\n"), IsEmpty());
}

TEST(Layering, a_header_of_no_listed_library_is_found) {
  EXPECT_THAT(findings_in("resolver/net/x.cc", "#include <boost/asio.hpp>\n"),
              ElementsAre(HasSubstr("<boost/asio.hpp> belongs to no library")));
}

TEST(Layering, arrows_carry_on_downward) {
  EXPECT_THAT(findings_in("resolver/listener/x.cc", "#include \"resolver/base/result.h\"\n"),
              IsEmpty());
}

TEST(Layering, the_system_headers_are_free) {
  EXPECT_THAT(findings_in("resolver/base/x.cc", "#include <sys/socket.h>\n#include <vector>\n"),
              IsEmpty());
}

TEST(Layering, the_deepest_folder_rules) {
  EXPECT_THAT(findings_in("api/cli/x.cc", "#include <pcap.h>\n"),
              ElementsAre("api/cli/x.cc:1: libpcap is not a library of this folder"));
  EXPECT_THAT(findings_in("api/cli/capture/x.cc", "#include <pcap.h>\n"), IsEmpty());
}

}  // namespace
}  // namespace etymon::layering

// Whose rows a walk over many addresses may come to next.
#include "store/reading/known_clients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "store/tables/sets.h"
#include "store/tables/tables.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

class KnownClientsTest : public ::testing::Test {
 protected:
  KnownClientsTest() {
    const auto file = tables_->new_file(Table::kByClient);
    for (const char* client : {"10.0.0.1", "10.0.0.2", "10.0.1.255", "2001:db8::1"}) {
      for (const Hour hour : {101U, 100U}) {
        std::string key;
        append_key(key, ClientKey{ip(client), hour});
        std::string value;
        append_activity(value, {1, 4});
        file->add(key, value);
      }
    }
    EXPECT_TRUE(file->finish().ok());
    EXPECT_TRUE(tables_->ingest({file.get()}).ok());
  }

  const testing::TemporaryFolder folder_;
  const std::unique_ptr<Tables> tables_ =
      std::move(*Tables::open(folder_.path() + "/tables", *rocksdb::Env::Default(), 1 << 20));
};

TEST_F(KnownClientsTest, are_all_that_have_rows_each_once) {
  EXPECT_THAT(
      known_clients(*tables_->snapshot(), 4),
      Optional(ElementsAre(ip("10.0.0.1"), ip("10.0.0.2"), ip("10.0.1.255"), ip("2001:db8::1"))));
}

TEST_F(KnownClientsTest, are_none_where_there_are_more_than_are_wanted) {
  EXPECT_EQ(known_clients(*tables_->snapshot(), 3), std::nullopt);
}

}  // namespace
}  // namespace etymon::store

// On which days the addresses of a prefix were told, from rows of which some are no longer kept.
#include "store/reading/address_cells.h"

#include <gtest/gtest.h>

#include "store/store_opener.h"
#include "store/tables/tables.h"
#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

using AddressCellsTest = StoreTest;

// Of a day that is hidden, rows of `by_address` may outlive those for which an answer stays.
TEST_F(AddressCellsTest, asks_for_no_answer_of_a_day_that_is_no_longer_kept) {
  deliver_now(answer_of("www.example", {"192.0.2.1"}), "10.0.0.1");
  deliver_now(answer_of("www.example", {"192.0.2.1"}), "10.0.0.2");
  const Day told = day_of(clock_.wall());
  ASSERT_TRUE(store_->fold().ok());
  store_.reset();
  const auto tables =
      std::move(*Tables::open(options_.path + "/tables", *rocksdb::Env::Default(), 1 << 20));
  const rocksdb::Slice end = to_slice(kBehindAllKeys);
  const auto rows = tables->opened()->scan(Table::kByAddress, end);
  DeliveryQuery query{.span = {WallTime(), clock_.wall()}};
  query.address = IpPrefix(ip("192.0.2.1"));
  const FindWanted is_gone = [](AnswerId) -> Result<KnownAnswerPtr> {
    return Error{ErrorCode::kNotFound, "no answer of this number"};
  };
  const Hour next_day = (told + 1) * kHoursPerDay;
  const Kept of_all_clients{.all = next_day, .clients = {}};
  const auto of_all = read_address_cells(query, of_all_clients, *rows, is_gone);
  EXPECT_TRUE(of_all.ok() && of_all->empty());
  const Kept of_clients{.all = 0,
                        .clients = {{ip("10.0.0.1"), next_day}, {ip("10.0.0.2"), next_day}}};
  const auto of_each = read_address_cells(query, of_clients, *rows, is_gone);
  EXPECT_TRUE(of_each.ok() && of_each->empty());
  EXPECT_FALSE(read_address_cells(query, {}, *rows, is_gone).ok());
}

}  // namespace
}  // namespace etymon::store

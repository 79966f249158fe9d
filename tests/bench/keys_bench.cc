// What the store's keys cost, written and read back.
#include <benchmark/benchmark.h>

#include "store/tables/keys.h"

namespace etymon::store {
namespace {

const IpAddress kClient = IpAddress::v4(0x0A000007U);
const IpAddress kAddress = IpAddress::v4(0xCB007105U);
constexpr AnswerId kAnswer = 123'456;
constexpr Day kDay = 19'675;

DeliveryKey example(const DeliveryKey*) {
  return {.hour = kDay * 24, .client = kClient, .answer = kAnswer};
}
AddressKey example(const AddressKey*) {
  return {.address = kAddress, .client = kClient, .day = kDay, .answer = kAnswer};
}
NameKey example(const NameKey*) {
  return {
      .name = *DomainName::from_text("www.site4711.example.com"), .day = kDay, .answer = kAnswer};
}

template <class Key>
void write_key(benchmark::State& state) {
  const Key key = example(static_cast<const Key*>(nullptr));
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_key(out, key);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(write_key<DeliveryKey>);
BENCHMARK(write_key<AddressKey>);
BENCHMARK(write_key<NameKey>);

template <class Key, auto kRead>
void read_key(benchmark::State& state) {
  std::string key;
  append_key(key, example(static_cast<const Key*>(nullptr)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(kRead(key));
  }
}
BENCHMARK(read_key<DeliveryKey, read_delivery_key>)->Name("read_key<DeliveryKey>");
BENCHMARK(read_key<AddressKey, read_address_key>)->Name("read_key<AddressKey>");
BENCHMARK(read_key<NameKey, read_name_key>)->Name("read_key<NameKey>");

}  // namespace
}  // namespace etymon::store

// No message costs more than a millisecond of processor time, however it is made: whoever sends the
// worst ones as fast as the network lets him must not stop the others' answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "resolver/wire/message.h"
#include "resolver/wire/response.h"
#include "tests/support/dns_messages.h"
#include "tests/unit/worst_message/worst.h"

namespace etymon::wire {
namespace {

using namespace testing;

constexpr size_t kQueryMax = 4'096;  // that the TCP listener reads

void expect_cheap_response(const char* what, const std::string& qname, const std::string& message) {
  const DomainName asked = DomainName::from_text(qname).value();
  const auto took = shortest([&] {
    static_cast<void>(wire::parse_response(as_bytes(message), {.qname = as_bytes(asked.wire())}));
  });
  EXPECT_LE(took, kAllowed) << what;
  ::testing::Test::RecordProperty(what, std::to_string(took.count()));
}

void expect_cheap_query(const char* what, const std::string& message) {
  const auto took = shortest([&] {
    wire::QueryView view;
    static_cast<void>(wire::read_query(as_bytes(message), view));
  });
  EXPECT_LE(took, kAllowed) << what;
  ::testing::Test::RecordProperty(what, std::to_string(took.count()));
}

TEST(WorstResponse, with_as_many_addresses_as_fit) {
  for (const std::string& name : {std::string("a.example"), longest_name()}) {
    expect_cheap_response("different", name, filled(name, [](auto& out, uint32_t number, size_t) {
                            write_pointer(out, kQuestionAt);
                            write_record(out, RecordType::kA, address_of(number));
                          }));
    expect_cheap_response("all_equal", name, filled(name, [](auto& out, uint32_t, size_t) {
                            write_pointer(out, kQuestionAt);
                            write_record(out, RecordType::kA, address_of(1));
                          }));
  }
}

TEST(WorstResponse, whose_owners_are_pointers_to_pointers) {
  size_t before = kQuestionAt;
  expect_cheap_response("chained", longest_name(),
                        filled(longest_name(), [&](auto& out, uint32_t number, size_t at) {
                          write_pointer(out, before);
                          before = at;
                          write_record(out, RecordType::kA, address_of(number));
                        }));
}

TEST(WorstResponse, whose_owners_almost_are_the_name) {
  expect_cheap_response("one_label_more", longest_name().substr(2),
                        filled(longest_name().substr(2), [](auto& out, uint32_t number, size_t) {
                          out.u8(1);
                          out.u8('b');
                          write_pointer(out, kQuestionAt + 2);
                          write_record(out, RecordType::kA, address_of(number));
                        }));
}

TEST(WorstResponse, of_aliases_that_lead_backwards_or_in_circles) {
  const auto alias = [](ByteWriter& out, size_t owner, size_t target) {
    std::string data;
    ByteWriter data_out(data);
    write_pointer(data_out, target);
    write_pointer(out, owner);
    write_record(out, RecordType::kCname, data);
  };
  expect_cheap_response("to_itself", longest_name(),
                        filled(longest_name(), [&](auto& out, uint32_t, size_t) {
                          alias(out, kQuestionAt, kQuestionAt);
                        }));
  // Each name is the end of the one before, and the first record is about the shortest.
  expect_cheap_response("backwards", longest_name(),
                        filled(longest_name(), [&](auto& out, uint32_t number, size_t) {
                          const size_t step = 2 * (number % 126);
                          alias(out, kQuestionAt + 250 - step, kQuestionAt + 252 - step);
                        }));
}

bool is_odd(const IpAddress& address) {
  return (address.octets().back() & 1) != 0;
}

TEST(WorstResponse, half_of_whose_addresses_are_withheld) {
  const std::string message = filled(longest_name(), [](auto& out, uint32_t number, size_t) {
    write_pointer(out, kQuestionAt);
    write_record(out, RecordType::kA, address_of(number));
  });
  const DomainName asked = DomainName::from_text(longest_name()).value();
  const wire::AddressTest odd(is_odd);
  const auto took = shortest([&] {
    static_cast<void>(
        wire::parse_response_without(as_bytes(message), {.qname = as_bytes(asked.wire())}, &odd));
  });
  EXPECT_LE(took, kAllowed) << "it is read, and written anew";
  ::testing::Test::RecordProperty("withheld", std::to_string(took.count()));
}

// As many services at one target as addresses of it: they must not multiply.
TEST(WorstResponse, whose_services_and_addresses_meet_at_one_target) {
  constexpr uint32_t kServices = 1'500;
  const std::string name = "_x._tcp.example";
  std::string message = filled(name, [](auto& out, uint32_t number, size_t) {
    write_pointer(out, kQuestionAt);
    if (number < kServices) {
      std::string data(6, '\0');
      store_u16(reinterpret_cast<uint8_t*>(data.data()) + 4, static_cast<uint16_t>(number));
      ByteWriter target(data);
      write_pointer(target, kQuestionAt);
      write_record(out, RecordType::kSrv, data);
    } else {
      write_record(out, RecordType::kA, address_of(number));
    }
  });
  auto* counts = reinterpret_cast<uint8_t*>(message.data());
  store_u16(counts + 10, static_cast<uint16_t>(load_u16(counts + 6) - kServices));
  store_u16(counts + 6, kServices);
  store_u16(counts + kQuestionAt + 17, static_cast<uint16_t>(RecordType::kSrv));
  const DomainName asked = DomainName::from_text(name).value();
  const wire::AskedQuestion question{.qname = as_bytes(asked.wire()), .qtype = RecordType::kSrv};
  const auto read = wire::parse_response(as_bytes(message), question);
  ASSERT_TRUE(read.ok());
  EXPECT_GT(read->answer.addresses.size(), kServices);
  const auto took =
      shortest([&] { static_cast<void>(wire::parse_response(as_bytes(message), question)); });
  EXPECT_LE(took, kAllowed);
  ::testing::Test::RecordProperty("services", std::to_string(took.count()));
}

TEST(WorstResponse, of_substitutions_that_nearly_fit) {
  // What stands in its one long label looks like labels of one letter.
  const std::string misleading = std::string(31, 'x') + "." + longest_name().substr(64);
  expect_cheap_response("dnames", misleading, filled(misleading, [](auto& out, uint32_t, size_t) {
                          write_pointer(out, kQuestionAt + 2);
                          write_record(out, RecordType::kDname, std::string_view("\0", 1));
                        }));
}

TEST(WorstQuery, with_as_many_options_as_fit) {
  for (const uint16_t code : {uint16_t{8}, uint16_t{10}, uint16_t{65'001}}) {
    std::string options;
    ByteWriter out(options);
    while (options.size() < kQueryMax - 300) {
      out.u16(code);
      out.u16(0);
    }
    expect_cheap_query("options",
                       testing::query("a.example", RecordType::kA).opt(1232, 0, options).wire());
  }
}

TEST(WorstQuery, with_as_many_records_as_fit_all_of_the_longest_name) {
  std::string message = testing::query(longest_name(), RecordType::kA).wire();
  uint16_t count = 0;
  for (; message.size() + 12 <= kQueryMax; ++count) {
    ByteWriter out(message);
    write_pointer(out, kQuestionAt);
    write_record(out, RecordType::kA, {});
  }
  store_u16(reinterpret_cast<uint8_t*>(message.data()) + 10, count);
  expect_cheap_query("records", message);
}

// As the answer to the question that it has, all of it and without half of its addresses.
void expect_cheap_answer(const char* what, const std::string& message) {
  const ByteView octets = as_bytes(message);
  const ByteView rest = octets.subspan(std::min(octets.size(), kQuestionAt));
  const size_t size = wire::plain_name_length(rest);
  if (size == 0 || rest.size() < size + 4) {
    return;
  }
  const wire::AskedQuestion asked{.qname = rest.first(size),
                                  .qtype = RecordType{load_u16(&rest[size])},
                                  .qclass = RecordClass{load_u16(&rest[size + 2])}};
  const wire::AddressTest odd(is_odd);
  const auto took = shortest([&] {
    static_cast<void>(wire::parse_response(octets, asked));
    static_cast<void>(wire::parse_response_without(octets, asked, &odd));
  });
  EXPECT_LE(took, 2 * kAllowed) << what << ": it is read twice here";
}

// Below these folders each file is a message; ETYMON_EXTRA_CORPUS has more, divided by colons.
std::vector<std::string> folders_of_messages() {
  std::vector<std::string> folders;
  for (const char* own : {"query", "response", "reply"}) {
    folders.push_back(std::string(ETYMON_FUZZ_CORPUS "/") + own);
  }
  const char* more = std::getenv("ETYMON_EXTRA_CORPUS");
  std::istringstream names(more == nullptr ? "" : more);
  for (std::string name; std::getline(names, name, ':');) {
    folders.push_back(name);
  }
  return folders;
}

// What others found, or made to be hard to read.
TEST(WorstMessage, among_those_that_fuzzers_found) {
  size_t read = 0;
  for (const std::string& folder : folders_of_messages()) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) {
        continue;
      }
      std::ifstream in(file.path(), std::ios::binary);
      const std::string message{std::istreambuf_iterator<char>(in), {}};
      expect_cheap_query("corpus_query", message);
      expect_cheap_response("corpus_response", "a.example", message);
      expect_cheap_answer(file.path().c_str(), message);
      ++read;
    }
  }
  EXPECT_GE(read, 20U);
  ::testing::Test::RecordProperty("messages", std::to_string(read));
}

}  // namespace
}  // namespace etymon::wire

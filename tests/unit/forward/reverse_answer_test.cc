// Questions for the name of an address, answered from the memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resolver/forward/forwarder.h"
#include "resolver/wire/response.h"
#include "tests/support/dns_messages.h"
#include "tests/support/fakes.h"
#include "tests/support/lone_turn.h"
#include "tests/unit/forward/doubles.h"

namespace etymon::forward {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::query;
using testing::response;

// A memory that answers when the test wants it to, or takes nothing.
class HeldNames final : public ReverseNames {
 public:
  Taken find(const IpAddress& client, const IpAddress& address, Done done) override {
    if (is_full) {
      return Taken::kFull;
    }
    asked.push_back(client.text() + " " + address.text());
    done_.push_back(std::move(done));
    return Taken::kYes;
  }
  void answer(const std::vector<std::string>& names) {
    std::vector<DomainName> read;
    for (const std::string& name : names) {
      read.push_back(DomainName::from_text(name).value());
    }
    done_.back()(read);
  }

  std::vector<std::string> asked;
  bool is_full = false;

 private:
  std::vector<Done> done_;
};

constexpr const char* kReverse = "10.2.0.192.in-addr.arpa";

class ReverseAnswer : public ::testing::Test {
 protected:
  static Forwarder::Options options(ReversePolicy policy) {
    Forwarder::Options options;
    options.reverse = policy;
    return options;
  }

  void ask(const testing::MessageBuilder& message) {
    ReplyTo from;
    from.sink = &sink_;
    from.peer = Endpoint{IpAddress::from_text("192.168.1.7").value(), 5353};
    forwarder_->handle(message.bytes(), from);
    turn_.finish();
  }
  void names(const std::vector<std::string>& names) {
    memory_.answer(names);
    turn_.finish();
  }
  wire::Header header() const { return wire::read_header(as_bytes(sink_.sent.back().second)); }
  // The names of the PTR records of the newest answer.
  std::vector<std::string> told() const {
    const std::string& message = sink_.sent.back().second;
    std::vector<std::string> names;
    size_t at = wire::kHeaderSize + std::string_view(kReverse).size() + 2 + 4;
    for (unsigned i = 0; i < header().ancount; ++i) {
      const ByteView record = as_bytes(message).subspan(at + 2);  // behind the pointer to the owner
      EXPECT_EQ(load_u16(record.data()), 12U);                    // PTR
      EXPECT_EQ(load_u32(record.data() + 4), 0U) << "TTL";
      const size_t size = load_u16(record.data() + 8);
      names.push_back(DomainName::from_wire(record.subspan(10, size)).value().text());
      at += 2 + 10 + size;
    }
    return names;
  }

  void use(ReversePolicy policy) {
    forwarder_.emplace(Forwarder::Parts{turn_, cache_, recorder_, asker_, &memory_},
                       options(policy));
  }

  Events events_;
  ListingRecorder recorder_{events_};
  ListingSink sink_{events_, "sink"};
  HeldAsker asker_;
  HeldNames memory_;
  testing::ManualClock clock_;
  testing::LoneTurn turn_{recorder_, clock_};
  cache::AnswerCache cache_{1 << 20, 7};
  std::optional<Forwarder> forwarder_;
};

TEST_F(ReverseAnswer, has_all_names_of_the_client_best_first_and_lives_for_no_time) {
  use(ReversePolicy::kElsePassOn);
  ask(query(kReverse, RecordType::kPtr, 0x4711));
  EXPECT_THAT(memory_.asked, ElementsAre("192.168.1.7 192.0.2.10"));
  EXPECT_THAT(sink_.sent, IsEmpty());
  names({"best.example", "second.example"});
  EXPECT_EQ(header().id, 0x4711);
  EXPECT_EQ(header().flags & 0xF, 0);
  EXPECT_THAT(told(), ElementsAre("best.example", "second.example"));
  EXPECT_THAT(asker_.asked, IsEmpty());
}

TEST_F(ReverseAnswer, is_never_a_delivery) {
  for (const ReversePolicy policy : {ReversePolicy::kElsePassOn, ReversePolicy::kElseNxDomain}) {
    use(policy);
    ask(query(kReverse, RecordType::kPtr));
    names({"best.example"});
    ask(query(kReverse, RecordType::kPtr));
    if (policy == ReversePolicy::kElseNxDomain) {
      names({});
    }
  }
  EXPECT_EQ(sink_.sent.size(), 3U);
  EXPECT_THAT(recorder_.deliveries(), IsEmpty());
}

TEST_F(ReverseAnswer, says_what_it_is) {
  use(ReversePolicy::kElsePassOn);
  ask(query(kReverse, RecordType::kPtr).opt(1232));
  names({"best.example"});
  EXPECT_THAT(sink_.sent.back().second, HasSubstr("names that led this client to this address"));
}

TEST_F(ReverseAnswer, of_nothing_goes_on_as_every_other_question) {
  use(ReversePolicy::kElsePassOn);
  ask(query(kReverse, RecordType::kPtr));
  names({});
  ASSERT_EQ(asker_.asked.size(), 1U);
  EXPECT_EQ(asker_.asked[0].qtype, RecordType::kPtr);
}

TEST_F(ReverseAnswer, of_nothing_is_nxdomain_where_that_is_wanted) {
  use(ReversePolicy::kElseNxDomain);
  ask(query(kReverse, RecordType::kPtr));
  names({});
  EXPECT_THAT(asker_.asked, IsEmpty());
  EXPECT_EQ(header().flags & 0xF, 3);
}

TEST_F(ReverseAnswer, a_memory_that_is_busy_is_not_waited_for) {
  use(ReversePolicy::kElsePassOn);
  memory_.is_full = true;
  ask(query(kReverse, RecordType::kPtr));
  EXPECT_EQ(asker_.asked.size(), 1U);
}

TEST_F(ReverseAnswer, other_questions_never_reach_the_memory) {
  use(ReversePolicy::kElseNxDomain);
  ask(query(kReverse, RecordType::kA));
  ask(query("2.0.192.in-addr.arpa", RecordType::kPtr));
  ask(query("7.1.168.192.in-addr.arpa", RecordType::kPtr));
  ask(query("www.example", RecordType::kPtr));
  EXPECT_THAT(memory_.asked, IsEmpty());
  EXPECT_EQ(asker_.asked.size(), 4U);
}

TEST_F(ReverseAnswer, is_off_unless_wanted) {
  use(Forwarder::Options{}.reverse);
  ask(query(kReverse, RecordType::kPtr));
  EXPECT_THAT(memory_.asked, IsEmpty());
  EXPECT_EQ(asker_.asked.size(), 1U);
}

}  // namespace
}  // namespace etymon::forward

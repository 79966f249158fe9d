#include "store/journal/entry_writer.h"

#include <string>
#include <utility>

#include "store/journal/journal_entry.h"

namespace etymon::store {
namespace {

// Octets of turns of which one entry is made. More would be a longer wait for the turn that
// completes it: 0.1 ms now. Less would begin the file anew more often, which takes 40 us.
constexpr size_t kEntryOctets = 128 << 10;

}  // namespace

EntryWriter::EntryWriter(const Surroundings& around, std::unique_ptr<JournalDatabase> database,
                         Sequence folded)
    : around_(around), database_(std::move(database)), sequence_(folded) {}

// ---- What there was before.

Status EntryWriter::refill() {
  const Status replayed = replay_entries();
  return replayed ? replay_turns() : replayed;
}

// What the failed write had put on disk after all comes into the tail here, so that both agree. The
// turns of the entry in the making are in the tail: they come first, in the place of an entry that
// was to hold them and more.
Status EntryWriter::mend(std::span<const CoverageRow> coverage) {
  Status mended = database_->reopen();
  if (mended) {
    mended = complete(coverage, durability());
  }
  return mended ? replay_entries() : mended;
}

// All of it goes into one part, however much: an entry defines only the answers that the part
// lacked for which it was written, and where that part began is not on record. Were a part to end
// in between, later entries would name answers that neither it nor, after its fold, anybody knows.
Status EntryWriter::replay_entries() {
  return database_->scan(sequence_, [this](Sequence sequence, std::string_view bytes) {
    return replay(sequence, bytes);
  });
}

Status EntryWriter::replay(Sequence sequence, std::string_view bytes) {
  const Status follows = check_follows(sequence_, sequence);
  const Result<Turn> turn = follows ? read_turn(bytes) : follows.error();
  if (turn) {
    sequence_ = sequence;
    has_arrived_ = has_arrived_ || unwritten_ == sequence;
    enter(turn->definitions, turn->deliveries);
  }
  return turn ? Status() : turn.error();
}

// Of an entry that the end of an earlier process came before.
Status EntryWriter::replay_turns() {
  const auto logged = database_->logged_turns(sequence_ + 1);
  if (!logged) {
    return logged.error();
  }
  if (logged->are_damaged && around_.options.on_loss) {
    around_.options.on_loss("what was recorded right before the end of the last run is damaged: " +
                            std::to_string(logged->turns.size()) +
                            " turns are read, those behind them are lost");
  }
  for (const std::string& bytes : logged->turns) {
    const Result<Turn> turn = read_turn(bytes);
    if (!turn) {
      return turn.error();
    }
    enter(turn->definitions, turn->deliveries);
    draft_.add(turn->definitions, turn->deliveries, bytes.size());
  }
  return {};
}

Result<EntryWriter::Turn> EntryWriter::read_turn(std::string_view bytes) {
  Result<JournalEntry> entry = decode_entry(bytes);
  const TailPart& part = around_.tail.active();
  const Status named =
      entry ? check_named(*entry, [&part](AnswerId id) { return part.knows(id); }) : entry.error();
  if (!named) {
    return named.error();
  }
  Turn turn;
  for (const JournalEntry::Definition& definition : entry->definitions) {
    Result<KnownAnswerPtr> known = around_.book.learn(definition.id, definition.answer);
    if (!known) {
      return known.error();
    }
    turn.definitions.push_back(std::move(*known));
  }
  turn.deliveries = std::move(entry->deliveries);
  for (const Delivery& delivery : turn.deliveries) {
    if (delivery.origin != Origin::kImport) {
      last_live_ = delivery.at;
    }
  }
  return turn;
}

// ---- Turns and entries.

void EntryWriter::Draft::add(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> turn,
                             size_t turn_octets) {
  definitions.insert(definitions.end(), fresh.begin(), fresh.end());
  deliveries.insert(deliveries.end(), turn.begin(), turn.end());
  octets += turn_octets;
}

void EntryWriter::Draft::take_back(size_t fresh, size_t turn) {
  definitions.resize(definitions.size() - fresh);
  deliveries.resize(deliveries.size() - turn);
}

void EntryWriter::Draft::clear() {
  definitions.clear();
  deliveries.clear();
  octets = 0;
}

Result<std::vector<KnownAnswerPtr>> EntryWriter::resolve(std::vector<Delivery>& deliveries) {
  const TailPart& part = around_.tail.active();
  part.fetch(deliveries);
  expected_.clear();
  for (const Delivery& delivery : deliveries) {
    if (!part.knows(delivery.answer)) {
      expected_.push_back(delivery.answer);
    }
  }
  if (!expected_.empty()) {
    around_.book.expect(expected_);
  }
  std::vector<KnownAnswerPtr> fresh;
  FlatSet<AnswerId> defined;
  for (Delivery& delivery : deliveries) {
    if (part.knows(delivery.answer) || defined.contains(delivery.answer)) {
      continue;
    }
    Result<KnownAnswerPtr> known = around_.book.find(delivery.answer);
    if (!known) {
      return known.error();
    }
    delivery.answer = (*known)->id();
    if (!part.knows(delivery.answer) && defined.insert(delivery.answer).second) {
      fresh.push_back(std::move(*known));
    }
  }
  return fresh;
}

// Coverage travels with the deliveries of its time, so that neither is on disk without the other.
Status EntryWriter::write_turn(std::span<const KnownAnswerPtr> fresh,
                               std::span<const Delivery> deliveries,
                               std::span<const CoverageRow> coverage) {
  if (!coverage.empty() || durability() == Durability::kDisk) {
    return write_entry(fresh, deliveries, coverage);
  }
  encode_entry(fresh, deliveries, entry_);
  Status logged = database_->log_turn(sequence_ + 1, entry_);
  if (logged) {
    draft_.add(fresh, deliveries, entry_.size());
    enter(fresh, deliveries);
  }
  return logged;
}

// What is to be written now is the last of the entry in the making.
Status EntryWriter::write_entry(std::span<const KnownAnswerPtr> fresh,
                                std::span<const Delivery> deliveries,
                                std::span<const CoverageRow> coverage) {
  draft_.add(fresh, deliveries, 0);
  Status written = complete(coverage, durability());
  if (written) {
    enter(fresh, deliveries);
  } else {
    draft_.take_back(fresh.size(), deliveries.size());
    unwritten_ = sequence_ + 1;
    has_arrived_ = false;
  }
  return written;
}

Status EntryWriter::complete(std::span<const CoverageRow> coverage, Durability durability) {
  if (draft_.is_empty()) {
    return coverage.empty() ? Status() : database_->write_coverage(coverage, durability);
  }
  encode_entry(draft_.definitions, draft_.deliveries, entry_);
  Status written = database_->write(sequence_ + 1, entry_, coverage, durability);
  if (written) {
    ++sequence_;
    draft_.clear();
  }
  return written;
}

void EntryWriter::enter(std::span<const KnownAnswerPtr> fresh,
                        std::span<const Delivery> deliveries) {
  around_.tail.append(fresh, deliveries);
  active_deliveries_ += deliveries.size();
  if (!active_since_) {
    active_since_ = around_.clock.monotonic();
  }
}

Status EntryWriter::finish(std::span<const CoverageRow> coverage) {
  const Status completed = complete(coverage, Durability::kDisk);
  return completed ? database_->clear_turns(Durability::kDisk) : completed;
}

// ---- The tail.

bool EntryWriter::is_entry_due() const {
  return draft_.octets >= kEntryOctets;
}

bool EntryWriter::is_part_due() const {
  const bool old =
      active_since_ && around_.clock.monotonic() - *active_since_ >= around_.options.fold_after;
  const bool full = active_deliveries_ >= around_.options.tail_deliveries_max ||
                    around_.tail.active().octets() >= around_.options.tail_bytes_max;
  return old || full;
}

bool EntryWriter::tail_has_room(size_t parts) const {
  return around_.tail.delivery_count() < parts * around_.options.tail_deliveries_max &&
         around_.tail.octets() < parts * around_.options.tail_bytes_max;
}

// The turn log would be the one place where what is to be forgotten stays behind a fold.
Status EntryWriter::end_part() {
  Status cleared = database_->clear_turns(Durability::kOperatingSystem);
  if (cleared) {
    around_.tail.freeze(sequence_);
    active_deliveries_ = 0;
    active_since_.reset();
  }
  return cleared;
}

Durability EntryWriter::durability() const {
  const bool each_write = around_.options.sync_every == Milliseconds(0);
  return each_write ? Durability::kDisk : Durability::kOperatingSystem;
}

}  // namespace etymon::store

#include "store/journal/turn_log.h"

#include <algorithm>
#include <utility>

#include "resolver/base/bytes.h"
#include "resolver/base/hash.h"
#include "store/files/database.h"

namespace etymon::store {
namespace {

constexpr size_t kFrameOctets = sizeof(uint32_t) + sizeof(uint64_t);  // before each turn

// Of a number that is damaged, too, no turn fits.
uint64_t checksum(Sequence number, std::string_view turn) {
  return hash_bytes(as_bytes(turn), number);
}

// Nothing: there is no whole turn of this entry here.
std::optional<std::string_view> read_turn(ByteReader& reader, Sequence number) {
  const uint32_t octets = reader.u32();
  const uint64_t expected = reader.u64();
  const std::string_view turn = as_text(reader.bytes(octets));
  const bool is_whole = reader.ok() && checksum(number, turn) == expected;
  return is_whole ? std::optional(turn) : std::nullopt;
}

// Anywhere, as it may be a length that is damaged.
bool has_turn(std::string_view bytes, Sequence number) {
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    ByteReader reader(bytes);
    if (read_turn(reader, number)) {
      return true;
    }
  }
  return false;
}

}  // namespace

rocksdb::IOStatus TurnLog::append(Sequence number, std::string_view turn) {
  frame_.clear();
  ByteWriter writer(frame_);
  if (number != number_) {
    const rocksdb::IOStatus made = clear();
    if (!made.ok()) {
      return made;
    }
    number_ = number;
    writer.u64(number);
  }
  writer.u32(static_cast<uint32_t>(turn.size()));
  writer.u64(checksum(number, turn));
  frame_ += turn;
  return file_->Append(frame_, {}, nullptr);
}

// Another file in its place. Cutting off the one that is there would wait for the disk: ext4 sends
// the octets of a file that was cut to nothing there when it is closed.
rocksdb::IOStatus TurnLog::clear() {
  number_ = 0;
  const std::unique_ptr<rocksdb::FSWritableFile> closed_later = std::move(file_);
  const rocksdb::IOStatus removed = files_.DeleteFile(path_, {}, nullptr);
  const bool is_gone = removed.ok() || removed.IsNotFound() || removed.IsPathNotFound();
  return is_gone ? files_.NewWritableFile(path_, {}, &file_, nullptr) : removed;
}

Result<LoggedTurns> read_turns(const std::string& path, rocksdb::FileSystem& files,
                               std::optional<Sequence> wanted) {
  std::string bytes;
  const rocksdb::IOStatus read = rocksdb::ReadFileToString(&files, path, &bytes);
  if (read.IsPathNotFound() || read.IsNotFound()) {
    return LoggedTurns();
  }
  if (!read.ok()) {
    return to_status(read, "cannot read " + path).error();
  }
  ByteReader reader(bytes);
  const Sequence said = reader.u64();
  LoggedTurns logged{.number = wanted.value_or(said), .turns = {}};
  size_t end = sizeof said;
  while (const auto turn = read_turn(reader, logged.number)) {
    logged.turns.emplace_back(*turn);
    end += kFrameOctets + turn->size();
  }
  logged.are_damaged =
      has_turn(std::string_view(bytes).substr(std::min(end, bytes.size())), logged.number);
  return logged.turns.empty() && !logged.are_damaged ? LoggedTurns() : logged;
}

}  // namespace etymon::store

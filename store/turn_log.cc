#include "store/turn_log.h"

#include <utility>

#include "resolver/base/bytes.h"
#include "resolver/base/hash.h"
#include "store/database.h"

namespace etymon::store {
namespace {

// Of a number that is damaged, too, no turn fits.
uint64_t checksum(Sequence number, std::string_view turn) {
  return hash_bytes(as_bytes(turn), number);
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

Result<LoggedTurns> read_turns(const std::string& path, rocksdb::FileSystem& files) {
  std::string bytes;
  const rocksdb::IOStatus read = rocksdb::ReadFileToString(&files, path, &bytes);
  if (read.IsPathNotFound() || read.IsNotFound()) {
    return LoggedTurns();
  }
  if (!read.ok()) {
    return to_status(read, "cannot read " + path).error();
  }
  ByteReader reader(bytes);
  LoggedTurns logged{.number = reader.u64(), .turns = {}};
  while (!reader.at_end()) {
    const uint32_t octets = reader.u32();
    const uint64_t expected = reader.u64();
    const std::string_view turn = as_text(reader.bytes(octets));
    if (!reader.ok() || checksum(logged.number, turn) != expected) {
      break;
    }
    logged.turns.emplace_back(turn);
  }
  return reader.ok() || !logged.turns.empty() ? logged : LoggedTurns();
}

}  // namespace etymon::store

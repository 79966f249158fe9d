#include "store/files/whole_files.h"

#include <algorithm>

namespace etymon::store {
namespace {

using rocksdb::IOStatus;

class InMemory final : public rocksdb::FSRandomAccessFile {
 public:
  explicit InMemory(std::string octets) : octets_(std::move(octets)) {}

  // Into `scratch`, as from a disk: blocks live on in a cache when the file is closed.
  IOStatus Read(uint64_t offset, size_t size, const rocksdb::IOOptions&, rocksdb::Slice* read,
                char* scratch, rocksdb::IODebugContext*) const override {
    const size_t begin = std::min<size_t>(offset, octets_.size());
    *read = rocksdb::Slice(scratch, octets_.copy(scratch, size, begin));
    return IOStatus::OK();
  }

 private:
  const std::string octets_;
};

IOStatus read_all(const rocksdb::FSRandomAccessFile& file, uint64_t size, std::string& octets) {
  octets.resize(size);
  rocksdb::Slice read;
  const IOStatus done = file.Read(0, size, {}, &read, octets.data(), nullptr);
  if (!done.ok()) {
    return done;
  }
  if (read.size() != size) {
    return IOStatus::IOError("a file became shorter while it was read");
  }
  if (read.data() != octets.data()) {
    octets.assign(read.data(), read.size());
  }
  return IOStatus::OK();
}

}  // namespace

IOStatus WholeFiles::NewRandomAccessFile(const std::string& path,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                         rocksdb::IODebugContext* debug) {
  const IOStatus opened = target()->NewRandomAccessFile(path, options, file, debug);
  if (!opened.ok() || !path.starts_with(inside_)) {
    return opened;
  }
  uint64_t size = 0;
  IOStatus done = target()->GetFileSize(path, {}, &size, debug);
  std::string octets;
  done = done.ok() ? read_all(**file, size, octets) : done;
  if (done.ok()) {
    *file = std::make_unique<InMemory>(std::move(octets));
  } else {
    file->reset();
  }
  return done;
}

}  // namespace etymon::store

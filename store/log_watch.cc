#include "store/log_watch.h"

#include <utility>

namespace etymon::store {

class LogWatch::Log final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Log(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<State> state)
      : FSWritableFileOwnerWrapper(std::move(file)), state_(std::move(state)) {}

  using Options = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const Options& options,
                           Debug* debug) override {
    return watch([&] { return FSWritableFileOwnerWrapper::Append(data, options, debug); });
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const Options& options,
                           const rocksdb::DataVerificationInfo& info, Debug* debug) override {
    return watch([&] { return FSWritableFileOwnerWrapper::Append(data, options, info, debug); });
  }
  rocksdb::IOStatus Flush(const Options& options, Debug* debug) override {
    return watch([&] { return FSWritableFileOwnerWrapper::Flush(options, debug); });
  }
  rocksdb::IOStatus Sync(const Options& options, Debug* debug) override {
    return watch([&] { return FSWritableFileOwnerWrapper::Sync(options, debug); });
  }
  rocksdb::IOStatus Fsync(const Options& options, Debug* debug) override {
    return watch([&] { return FSWritableFileOwnerWrapper::Fsync(options, debug); });
  }
  rocksdb::IOStatus RangeSync(uint64_t offset, uint64_t octets, const Options& options,
                              Debug* debug) override {
    return watch(
        [&] { return FSWritableFileOwnerWrapper::RangeSync(offset, octets, options, debug); });
  }
  // The descriptor is given back in any case.
  rocksdb::IOStatus Close(const Options& options, Debug* debug) override {
    state_->note(FSWritableFileOwnerWrapper::Close(options, debug));
    return rocksdb::IOStatus::OK();
  }

 private:
  template <class Call>
  rocksdb::IOStatus watch(const Call& call) {
    if (state_->failure().ok()) {
      state_->note(call());
    }
    return rocksdb::IOStatus::OK();
  }

  const std::shared_ptr<State> state_;
};

rocksdb::IOStatus LogWatch::NewWritableFile(const std::string& path,
                                            const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* file,
                                            rocksdb::IODebugContext* debug) {
  const rocksdb::IOStatus made = target()->NewWritableFile(path, options, file, debug);
  if (made.ok() && path.ends_with(".log")) {
    *file = std::make_unique<Log>(std::move(*file), state_);
  }
  return made;
}

}  // namespace etymon::store

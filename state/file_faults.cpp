// Some distributions build RocksDB without run-time type information; the subclasses of its types are therefore all in this file
// and file_checksum.cpp, so that only these need -fno-rtti there.
#include "state/file_faults.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "engine/check.hpp"

namespace reckoner {

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus refused(const FileCall& call) { return IOStatus::IOError(call.path, "refused by the file watcher"); }

// Asks, does, tells.
template <typename Do>
IOStatus watched(FileFaults& faults, const FileCall& call, const Do& run) {
  const FileAction action = faults.before(call);
  if (action != FileAction::kProceed && action != FileAction::kPretend) return refused(call);
  IOStatus status = action == FileAction::kPretend ? IOStatus::OK() : run();
  if (status.ok()) faults.after(call);
  return status;
}

class WatchedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, FileFaults& faults)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), faults_(faults) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override { return append(data, options, debug); }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& /*verification*/,
                  IODebugContext* debug) override {
    return append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kTruncate), [&] { return target()->Truncate(size, options, debug); });
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kSync), [&] { return target()->Sync(options, debug); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kSync), [&] { return target()->Fsync(options, debug); });
  }
  // Space reserved beyond the end would make a file's size on the disk differ from what was written to it.
  IOStatus Allocate(std::uint64_t /*offset*/, std::uint64_t /*bytes*/, const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }
  void PrepareWrite(size_t /*offset*/, size_t /*bytes*/, const IOOptions& /*options*/, IODebugContext* /*debug*/) override {}

 private:
  IOStatus append(const Slice& data, const IOOptions& options, IODebugContext* debug) {
    const FileCall appended = call(FileOperation::kAppend);
    const FileAction action = faults_.before(appended);
    if (action == FileAction::kTear) {
      const IOStatus torn = target()->Append(Slice(data.data(), data.size() / 2), options, debug);
      return torn.ok() ? refused(appended) : torn;
    }
    if (action == FileAction::kFail) return refused(appended);
    IOStatus status = action == FileAction::kPretend ? IOStatus::OK() : target()->Append(data, options, debug);
    if (status.ok()) faults_.after(appended);
    return status;
  }

  [[nodiscard]] FileCall call(FileOperation operation) const { return {.operation = operation, .path = path_, .target = {}}; }

  std::string path_;
  FileFaults& faults_;
};

class WatchedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  WatchedDirectory(std::unique_ptr<rocksdb::FSDirectory>&& directory, std::string path, FileFaults& faults)
      : FSDirectoryWrapper(std::move(directory)), path_(std::move(path)), faults_(faults) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(), [&] { return FSDirectoryWrapper::Fsync(options, debug); });
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug, const rocksdb::DirFsyncOptions& directory) override {
    return watched(faults_, call(), [&] { return FSDirectoryWrapper::FsyncWithDirOptions(options, debug, directory); });
  }

 private:
  [[nodiscard]] FileCall call() const { return {.operation = FileOperation::kSyncDirectory, .path = path_, .target = {}}; }

  std::string path_;
  FileFaults& faults_;
};

class WatchedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit WatchedFileSystem(FileFaults& faults) : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(faults) {}

  const char* Name() const override { return "reckoner.WatchedFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    return created(path, file, [&] { return target()->NewWritableFile(path, options, file, debug); });
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    // Opens what is there; only a missing file is a change.
    const bool there = target()->FileExists(path, IOOptions(), debug).ok();
    if (!there) return created(path, file, [&] { return target()->ReopenWritableFile(path, options, file, debug); });
    const IOStatus status = target()->ReopenWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<WatchedFile>(std::move(*file), path, faults_);
    return status;
  }
  // The two below are for recycled logs and for sequence numbers written into finished files; the options turn both off.
  IOStatus ReuseWritableFile(const std::string& path, const std::string& /*old_path*/, const FileOptions& /*options*/,
                             std::unique_ptr<rocksdb::FSWritableFile>* /*file*/, IODebugContext* /*debug*/) override {
    return IOStatus::NotSupported("reusing a file", path);
  }
  IOStatus NewRandomRWFile(const std::string& path, const FileOptions& /*options*/, std::unique_ptr<rocksdb::FSRandomRWFile>* /*file*/,
                           IODebugContext* /*debug*/) override {
    return IOStatus::NotSupported("changing a file in place", path);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options, std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* debug) override {
    const IOStatus status = target()->NewDirectory(path, options, directory, debug);
    if (status.ok()) *directory = std::make_unique<WatchedDirectory>(std::move(*directory), path, faults_);
    return status;
  }

  IOStatus DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kRemove, path), [&] { return target()->DeleteFile(path, options, debug); });
  }
  IOStatus Truncate(const std::string& path, size_t size, const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kTruncate, path), [&] { return target()->Truncate(path, size, options, debug); });
  }
  IOStatus CreateDir(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kMakeDirectory, path), [&] { return target()->CreateDir(path, options, debug); });
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    if (target()->FileExists(path, options, debug).ok()) return IOStatus::OK();
    return watched(faults_, call(FileOperation::kMakeDirectory, path), [&] { return target()->CreateDirIfMissing(path, options, debug); });
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kRemoveDirectory, path), [&] { return target()->DeleteDir(path, options, debug); });
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kRename, from, to), [&] { return target()->RenameFile(from, to, options, debug); });
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options, IODebugContext* debug) override {
    return watched(faults_, call(FileOperation::kLink, from, to), [&] { return target()->LinkFile(from, to, options, debug); });
  }

 private:
  template <typename Create>
  IOStatus created(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile>* file, const Create& create) {
    const IOStatus status = watched(faults_, call(FileOperation::kCreate, path), create);
    if (status.ok()) *file = std::make_unique<WatchedFile>(std::move(*file), path, faults_);
    return status;
  }

  static FileCall call(FileOperation operation, const std::string& path, const std::string& to = {}) {
    return {.operation = operation, .path = path, .target = to};
  }

  FileFaults& faults_;
};

class SleeplessClock final : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "SleeplessClock"; }
  void SleepForMicroseconds(int) override { std::this_thread::yield(); }
};

class SleeplessEnvironment final : public rocksdb::EnvWrapper {
 public:
  SleeplessEnvironment(const std::shared_ptr<rocksdb::FileSystem>& files, std::unique_ptr<rocksdb::Env> other) : EnvWrapper(std::move(other)) {
    file_system_ = files;
    system_clock_ = std::make_shared<SleeplessClock>(rocksdb::SystemClock::Default());
  }
  const char* Name() const override { return "SleeplessEnvironment"; }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> watched_file_system(FileFaults* faults) {
  if (faults == nullptr) return rocksdb::FileSystem::Default();
  return std::make_shared<WatchedFileSystem>(*faults);
}

std::unique_ptr<rocksdb::Env> watched_environment(const std::shared_ptr<rocksdb::FileSystem>& files, const FileFaults* faults) {
  std::unique_ptr<rocksdb::Env> environment = rocksdb::NewCompositeEnv(files);
  if (faults == nullptr) return environment;
  return std::make_unique<SleeplessEnvironment>(files, std::move(environment));
}

}  // namespace reckoner

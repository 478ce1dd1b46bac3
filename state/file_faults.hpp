// Watches, and may refuse, everything that the checkpoint store changes on the disk, RocksDB's own files included. It is how tests fail or
// crash at call n and how they learn what was synced. In service there is none and nothing is in the way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace rocksdb {
class Env;
class FileSystem;
}  // namespace rocksdb

namespace reckoner {

enum class FileOperation : std::uint8_t {
  kCreate,  // a new or emptied file
  kAppend,
  kSync,  // data and length of one file
  kTruncate,
  kRename,  // from `path` to `target`
  kLink,    // `target` becomes a second name of `path`
  kRemove,
  kMakeDirectory,
  kRemoveDirectory,
  kSyncDirectory,
};

struct FileCall {
  FileOperation operation = FileOperation::kAppend;
  std::string path;
  std::string target;
};

enum class FileAction : std::uint8_t {
  kProceed,
  kPretend,  // nothing is done, the caller is told that it was: a disk that is simulated needs no true sync
  kFail,     // nothing is done, the caller gets an I/O error
  kTear,     // of an append the first half is written, the caller gets an I/O error; as kFail otherwise
};

// Called from several threads, RocksDB's own among them.
class FileFaults {
 public:
  virtual ~FileFaults() = default;
  virtual FileAction before(const FileCall& call) = 0;
  virtual void after(const FileCall& call) = 0;  // it was done
};

// The machine's file system with `faults` in front; the bare one for nullptr. `faults` must outlive the result.
[[nodiscard]] std::shared_ptr<rocksdb::FileSystem> watched_file_system(FileFaults* faults);
// The machine with this file system. With `faults` nobody sleeps: RocksDB does for 10 ms after each merge that was called off, and that is most of what
// a test would wait for that meets thousands of them.
[[nodiscard]] std::unique_ptr<rocksdb::Env> watched_environment(const std::shared_ptr<rocksdb::FileSystem>& files, const FileFaults* faults);

}  // namespace reckoner

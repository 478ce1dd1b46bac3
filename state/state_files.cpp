#include "state/state_files.hpp"

#include <fmt/format.h>
#include <rocksdb/file_system.h>
#include <rocksdb/slice.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "state/status_error.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kReadAtOnceBytes = 1U << 20U;

// Calls visit(bytes) for every piece of a file, in order, until it answers false.
template <typename Visit>
rocksdb::IOStatus read_pieces(rocksdb::FileSystem& files, const std::string& path, const Visit& visit) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  rocksdb::IOStatus status = files.NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
  std::vector<char> scratch(kReadAtOnceBytes);
  while (status.ok()) {
    rocksdb::Slice piece;
    status = file->Read(scratch.size(), rocksdb::IOOptions(), &piece, scratch.data(), nullptr);
    if (!status.ok() || piece.empty() || !visit(std::string_view(piece.data(), piece.size()))) break;
  }
  return status;
}

}  // namespace

Result<void> check_sum(const std::string& path, const FileSum& found, const FileSum& written) {
  if (found.bytes != written.bytes)
    return fail(ErrorKind::kCorruption, fmt::format("{}: has {} bytes, {} were written", path, found.bytes, written.bytes));
  if (found.xxh3 != written.xxh3)
    return fail(ErrorKind::kCorruption, fmt::format("{}: has checksum {}, {} was written", path, found.xxh3, written.xxh3));
  return {};
}

Result<std::string> StateFiles::absolute(const std::string& path) const {
  // RocksDB's own GetAbsolutePath answers the working directory for every relative path.
  std::error_code error;
  const std::filesystem::path found = std::filesystem::absolute(path, error);
  if (error) return fail(ErrorKind::kExternal, fmt::format("{}: no absolute path: {}", path, error.message()));
  return found.lexically_normal().string();
}

Result<void> StateFiles::make_directories(const std::string& path) const {
  RECKONER_CHECK(path.starts_with('/'), "{}", path);
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (!exists(part)) {
      if (Result<void> made = make_directory(part); !made) return made;
      const std::size_t parent = part.rfind('/');
      if (Result<void> synced = sync_directory(parent == 0 ? "/" : part.substr(0, parent)); !synced) return synced;
    }
    if (slash == std::string::npos) return {};
  }
}

Result<void> StateFiles::make_directory(const std::string& path) const {
  return to_result(file_system_->CreateDirIfMissing(path, rocksdb::IOOptions(), nullptr), "making the directory", path);
}

Result<void> StateFiles::sync_directory(const std::string& path) const {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  rocksdb::IOStatus status = file_system_->NewDirectory(path, rocksdb::IOOptions(), &directory, nullptr);
  if (status.ok()) status = directory->Fsync(rocksdb::IOOptions(), nullptr);
  return to_result(status, "syncing the directory", path);
}

Result<std::vector<std::string>> StateFiles::list(const std::string& directory) const {
  std::vector<std::string> names;
  const rocksdb::IOStatus status = file_system_->GetChildren(directory, rocksdb::IOOptions(), &names, nullptr);
  if (status.IsNotFound()) return fail(ErrorKind::kExternal, fmt::format("{}: there is no such directory", directory), Retry::kLater);
  if (!status.ok()) return std::unexpected(to_error(status, "listing the directory", directory));
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
  std::sort(names.begin(), names.end());
  return names;
}

bool StateFiles::exists(const std::string& path) const { return file_system_->FileExists(path, rocksdb::IOOptions(), nullptr).ok(); }

Result<void> StateFiles::remove_tree(const std::string& path) const {
  if (!exists(path)) return {};
  const Result<std::vector<std::string>> names = list(path);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const std::string inner = join_path(path, name);
    bool is_directory = false;
    const rocksdb::IOStatus asked = file_system_->IsDirectory(inner, rocksdb::IOOptions(), &is_directory, nullptr);
    if (!asked.ok()) return to_result(asked, "looking at", inner);
    const Result<void> removed = is_directory ? remove_tree(inner) : remove_file(inner);
    if (!removed) return removed;
  }
  return to_result(file_system_->DeleteDir(path, rocksdb::IOOptions(), nullptr), "removing the directory", path);
}

Result<void> StateFiles::rename(const std::string& from, const std::string& to) const {
  return to_result(file_system_->RenameFile(from, to, rocksdb::IOOptions(), nullptr), fmt::format("renaming to {}", to), from);
}

Result<void> StateFiles::link(const std::string& from, const std::string& to) const {
  return to_result(file_system_->LinkFile(from, to, rocksdb::IOOptions(), nullptr), fmt::format("linking as {}", to), from);
}

Result<void> StateFiles::copy(const std::string& from, const std::string& to) const {
  const Result<std::string> bytes = read_whole(from);
  if (!bytes) return std::unexpected(bytes.error());
  return write(to, *bytes, false);
}

Result<void> StateFiles::copy_checked(const std::string& from, const std::string& to, const FileSum& sum, const StopAsked& stop) const {
  if (const Result<std::uint64_t> bytes = size(from); !bytes) return std::unexpected(bytes.error());
  const rocksdb::IOOptions options;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus written = file_system_->NewWritableFile(to, rocksdb::FileOptions(), &file, nullptr);
  if (!written.ok()) return to_result(written, "writing", to);
  ChecksumStream stream;
  FileSum found;
  bool stopped = false;
  const rocksdb::IOStatus status = read_pieces(*file_system_, from, [&](std::string_view piece) {
    stream.add(piece);
    found.bytes += piece.size();
    written = file->Append(rocksdb::Slice(piece.data(), piece.size()), options, nullptr);
    stopped = stop();
    return written.ok() && !stopped;
  });
  if (!status.ok()) return std::unexpected(to_error(status, "reading", from));
  if (written.ok() && stopped) return fail(ErrorKind::kExternal, fmt::format("{}: given up while it was copied", from), Retry::kLater);
  found.xxh3 = fmt::format("{:016x}", stream.value());
  if (!written.ok()) return to_result(written, "writing", to);
  if (Result<void> same = check_sum(from, found, sum); !same) return same;
  written = file->Sync(options, nullptr);
  if (written.ok()) written = file->Close(options, nullptr);
  return to_result(written, "writing", to);
}

Result<void> StateFiles::remove_file(const std::string& path) const {
  return to_result(file_system_->DeleteFile(path, rocksdb::IOOptions(), nullptr), "removing", path);
}

Result<void> StateFiles::write_synced(const std::string& path, std::string_view bytes) const { return write(path, bytes, true); }

Result<void> StateFiles::write(const std::string& path, std::string_view bytes, bool synced) const {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const rocksdb::IOOptions options;
  rocksdb::IOStatus status = file_system_->NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (status.ok()) status = file->Append(rocksdb::Slice(bytes.data(), bytes.size()), options, nullptr);
  if (status.ok() && synced) status = file->Sync(options, nullptr);
  if (status.ok()) status = file->Close(options, nullptr);
  return to_result(status, "writing", path);
}

Result<std::string> StateFiles::read_whole(const std::string& path) const {
  const Result<std::uint64_t> bytes = size(path);
  if (!bytes) return std::unexpected(bytes.error());
  if (*bytes > kReadBytesMax)
    return fail(ErrorKind::kCorruption, fmt::format("{}: {} bytes, at most {} are expected here", path, *bytes, kReadBytesMax));
  std::string whole;
  const rocksdb::IOStatus status = read_pieces(*file_system_, path, [&](std::string_view piece) {
    whole += piece;
    return true;
  });
  if (!status.ok()) return std::unexpected(to_error(status, "reading", path));
  return whole;
}

std::int64_t StateFiles::modified_ms(const std::string& path) const {
  std::uint64_t seconds = 0;
  if (!file_system_->GetFileModificationTime(path, rocksdb::IOOptions(), &seconds, nullptr).ok()) return 0;
  return static_cast<std::int64_t>(seconds) * 1000;
}

Result<std::uint64_t> StateFiles::size(const std::string& path) const {
  std::uint64_t bytes = 0;
  const rocksdb::IOStatus status = file_system_->GetFileSize(path, rocksdb::IOOptions(), &bytes, nullptr);
  if (status.ok()) return bytes;
  if (!exists(path)) return fail(ErrorKind::kCorruption, fmt::format("{}: is missing", path));
  return std::unexpected(to_error(status, "looking at", path));
}

Result<FileSum> StateFiles::sum(const std::string& path, const StopAsked& stop) const {
  ChecksumStream stream;
  FileSum sum;
  bool stopped = false;
  const rocksdb::IOStatus status = read_pieces(*file_system_, path, [&](std::string_view piece) {
    stream.add(piece);
    sum.bytes += piece.size();
    stopped = stop && stop();
    return !stopped;
  });
  if (stopped) return fail(ErrorKind::kExternal, fmt::format("{}: given up while it was read", path), Retry::kLater);
  if (!status.ok()) return std::unexpected(to_error(status, "reading", path));
  sum.xxh3 = fmt::format("{:016x}", stream.value());
  return sum;
}

}  // namespace reckoner

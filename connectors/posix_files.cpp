#include "connectors/posix_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "connectors/posix_error.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr mode_t kFileMode = 0644;

std::unexpected<Error> failed(std::string_view what, const std::string& path) { return std::unexpected(posix_error(what, path, errno)); }

// Closes what it holds. close() is not checked: whatever matters was synced before.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

Descriptor open_descriptor(const std::string& path, int flags) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

template <typename Call>
bool succeeds(Call call) {
  int status = 0;
  do {
    status = call();
  } while (status < 0 && errno == EINTR);
  return status == 0;
}

class PosixAppendFile final : public AppendFile {
 public:
  PosixAppendFile(std::string path, Descriptor descriptor, std::uint64_t size)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), size_(size) {}

  Result<void> append(std::span<const char> bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (count < 0) {
        if (errno == EINTR) continue;
        return failed("append to it", path_);
      }
      size_ += static_cast<std::uint64_t>(count);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<void> sync() override {
    if (!succeeds([this] { return ::fdatasync(descriptor_.number()); })) return failed("sync it", path_);
    return {};
  }

  void let_go_of_cache(std::uint64_t bytes) override {
    if (bytes <= not_cached_) return;
    static_cast<void>(
        ::posix_fadvise(descriptor_.number(), static_cast<off_t>(not_cached_), static_cast<off_t>(bytes - not_cached_), POSIX_FADV_DONTNEED));
    not_cached_ = bytes;
  }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  std::string path_;
  Descriptor descriptor_;
  std::uint64_t size_;
  std::uint64_t not_cached_ = 0;  // from the file's beginning
};

class PosixReadFile final : public ReadFile {
 public:
  PosixReadFile(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t count = ::pread(descriptor_.number(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (count < 0) {
        if (errno == EINTR) continue;
        return failed("read it", path_);
      }
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  [[nodiscard]] Result<std::uint64_t> size() const override {
    struct stat status{};
    if (::fstat(descriptor_.number(), &status) != 0) return failed("get the size of it", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  std::string path_;
  Descriptor descriptor_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

std::string holder_of(const Descriptor& descriptor) {
  std::array<char, 24> text{};
  const ssize_t count = ::pread(descriptor.number(), text.data(), text.size(), 0);
  long pid = 0;
  if (count <= 0 || std::from_chars(text.data(), text.data() + count, pid).ec != std::errc{}) return "another process";
  return fmt::format("process {}", pid);
}

// Makes one directory whose parent is there.
Result<void> make_directory(PosixFiles& files, const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0) {
    if (errno == EEXIST) return {};
    return failed("make the directory", path);
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return files.sync_directory(parent.empty() ? "." : parent);
}

}  // namespace

Result<std::unique_ptr<AppendFile>> PosixFiles::open_append(const std::string& path) {
  Descriptor descriptor = open_descriptor(path, O_WRONLY | O_CREAT);
  struct stat status{};
  if (!descriptor.is_open() || ::fstat(descriptor.number(), &status) != 0) return failed("open it for writing", path);
  return std::make_unique<PosixAppendFile>(path, std::move(descriptor), static_cast<std::uint64_t>(status.st_size));
}

Result<std::unique_ptr<ReadFile>> PosixFiles::open_read(const std::string& path) {
  Descriptor descriptor = open_descriptor(path, O_RDONLY);
  struct stat status{};
  if (!descriptor.is_open() || ::fstat(descriptor.number(), &status) != 0) return failed("open it", path);
  if (S_ISDIR(status.st_mode)) return std::unexpected(posix_error("open it", path, EISDIR));
  ::posix_fadvise(descriptor.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::make_unique<PosixReadFile>(path, std::move(descriptor));
}

Result<void> PosixFiles::truncate(const std::string& path, std::uint64_t bytes) {
  const Descriptor descriptor = open_descriptor(path, O_WRONLY);
  if (!descriptor.is_open()) return failed("open it for writing", path);
  if (!succeeds([&] { return ::ftruncate(descriptor.number(), static_cast<off_t>(bytes)); })) return failed("cut it", path);
  if (!succeeds([&] { return ::fsync(descriptor.number()); })) return failed("sync it", path);
  return {};
}

Result<void> PosixFiles::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed(fmt::format("rename it to {}", to), from);
  return {};
}

Result<void> PosixFiles::remove(const std::string& path) {
  if (std::remove(path.c_str()) != 0 && errno != ENOENT) return failed("remove it", path);
  return {};
}

Result<void> PosixFiles::make_directories(const std::string& path) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : std::filesystem::path(path)) {
    made /= part;
    std::error_code ignored;
    if (std::filesystem::is_directory(made, ignored)) continue;
    if (Result<void> result = make_directory(*this, made.string()); !result) return result;
  }
  std::error_code ignored;
  if (!path.empty() && !std::filesystem::is_directory(path, ignored)) return std::unexpected(posix_error("make the directory", path, ENOTDIR));
  return {};
}

Result<void> PosixFiles::sync_directory(const std::string& path) {
  const Descriptor descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (!descriptor.is_open()) return failed("open the directory", path);
  if (!succeeds([&] { return ::fsync(descriptor.number()); })) return failed("sync the directory", path);
  return {};
}

Result<std::vector<std::string>> PosixFiles::list(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code code;
  std::filesystem::directory_iterator entries(directory.empty() ? "." : directory, code);
  for (; !code && entries != std::filesystem::directory_iterator(); entries.increment(code)) names.push_back(entries->path().filename().string());
  if (code && code != std::errc::no_such_file_or_directory) return std::unexpected(posix_error("list the directory", directory, code.value()));
  std::ranges::sort(names);
  return names;
}

Result<FileInfo> PosixFiles::info(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return failed("find out about it", path);
  const std::int64_t modified_ms = std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
  return FileInfo{S_ISDIR(status.st_mode) ? 0 : static_cast<std::uint64_t>(status.st_size), modified_ms};
}

bool PosixFiles::exists(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

Result<std::unique_ptr<FileLock>> PosixFiles::lock(const std::string& path) {
  Descriptor descriptor = open_descriptor(path, O_RDWR | O_CREAT);
  if (!descriptor.is_open()) return failed("open the lock file", path);
  if (!succeeds([&] { return ::flock(descriptor.number(), LOCK_EX | LOCK_NB); })) {
    if (errno != EWOULDBLOCK) return failed("lock it", path);
    return fail(ErrorKind::kExternal, fmt::format("{}: locked by {}; stop it first, or use another directory", path, holder_of(descriptor)),
                Retry::kLater);
  }
  const std::string holder = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor.number(), 0) != 0 || ::pwrite(descriptor.number(), holder.data(), holder.size(), 0) < 0) {
    return failed("write the process id into it", path);
  }
  return std::make_unique<PosixLock>(std::move(descriptor));
}

}  // namespace reckoner

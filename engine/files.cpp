#include "engine/files.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_and_sync(Files& files, const std::string& path, std::string_view bytes) {
  Result<std::unique_ptr<AppendFile>> file = files.open_append(path);
  if (!file) return std::unexpected(file.error());
  if (Result<void> appended = (*file)->append(bytes); !appended) return appended;
  return (*file)->sync();
}

}  // namespace

Result<void> write_atomically(Files& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  if (Result<void> removed = files.remove(temporary); !removed) return removed;
  if (Result<void> written = write_and_sync(files, temporary, bytes); !written) return written;
  if (Result<void> renamed = files.rename(temporary, path); !renamed) return renamed;
  return files.sync_directory(directory_of(path));
}

Result<std::string> read_whole(Files& files, const std::string& path, std::uint64_t bytes_max) {
  Result<std::unique_ptr<ReadFile>> file = files.open_read(path);
  if (!file) return std::unexpected(file.error());
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  if (*size > bytes_max) {
    return fail(ErrorKind::kData, fmt::format("{}: {} bytes, at most {} are expected here; is it the right file?", path, *size, bytes_max));
  }
  std::string bytes(*size, '\0');
  const Result<std::size_t> count = (*file)->read(0, bytes);
  if (!count) return std::unexpected(count.error());
  bytes.resize(*count);
  return bytes;
}

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  return fmt::format("{}{}{}", directory, directory.back() == '/' ? "" : "/", name);
}

}  // namespace reckoner

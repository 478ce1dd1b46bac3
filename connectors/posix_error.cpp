#include "connectors/posix_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/error.hpp"

namespace reckoner {

namespace {

std::string_view next_step(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free space on that disk or raise the quota, then start again";
    case EFBIG:
      return "the file reached the size limit of the file system or of `ulimit -f`; raise it, then start again";
    case EROFS:
      return "the file system is mounted read-only, often after a disk error: see `dmesg`, mount it writable, then start again";
    case EIO:
      return "the disk failed: see `dmesg`, check the disk, then start again";
    case EACCES:
    case EPERM:
      return "give this user access or use another directory";
    case ENOENT:
      return "check the path";
    case EISDIR:
      return "it is a directory; name the files in it";
    case ENOTDIR:
      return "a part of the path is a file";
    case EMFILE:
    case ENFILE:
      return "raise `ulimit -n`, then start again";
    default:
      return "mend the cause, then start again";
  }
}

}  // namespace

Error posix_error(std::string_view what, const std::string& path, int error_number) {
  const bool passes = error_number == ENOSPC || error_number == EDQUOT || error_number == EMFILE || error_number == ENFILE || error_number == EAGAIN;
  return {ErrorKind::kExternal, passes ? Retry::kLater : Retry::kNever,
          fmt::format("{}: cannot {}: {}; {}", path, what, std::generic_category().message(error_number), next_step(error_number))};
}

}  // namespace reckoner

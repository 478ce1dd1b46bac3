#include "state/status_error.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "engine/check.hpp"

namespace reckoner {

Error to_error(const rocksdb::Status& status, std::string_view doing, const std::string& path) {
  RECKONER_CHECK(!status.ok(), "{} {}", doing, path);
  const std::string what = fmt::format("{}: {}: {}", path, doing, status.ToString());
  if (status.IsCorruption()) {
    return {.kind = ErrorKind::kCorruption, .retry = Retry::kNever, .text = what + "; start again to go back to the copy before, and check the disk"};
  }
  if (status.IsNoSpace()) return {.kind = ErrorKind::kExternal, .retry = Retry::kLater, .text = what + "; free space on this disk, then start again"};
  if (status.IsIOError() || status.IsBusy() || status.IsTimedOut() || status.IsTryAgain() || status.IsAborted()) {
    return {.kind = ErrorKind::kExternal, .retry = Retry::kLater, .text = what + "; check the disk and the permissions, then start again"};
  }
  return {.kind = ErrorKind::kInternal, .retry = Retry::kNever, .text = what + "; please report it with this text"};
}

}  // namespace reckoner

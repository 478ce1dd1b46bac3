// RocksDB's Status as this project's Error: what was being done, where, what went wrong and what to do next.
#pragma once

#include <rocksdb/status.h>

#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

[[nodiscard]] Error to_error(const rocksdb::Status& status, std::string_view doing, const std::string& path);

[[nodiscard]] inline Result<void> to_result(const rocksdb::Status& status, std::string_view doing, const std::string& path) {
  if (status.ok()) return {};
  return std::unexpected(to_error(status, doing, path));
}

}  // namespace reckoner

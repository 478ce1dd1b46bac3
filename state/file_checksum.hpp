// The project's checksum (XXH3-64) in the form in which RocksDB takes one of every table file while it writes it. RocksDB's own, CRC-32C,
// runs from a table in distributions' builds, ten times slower.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace rocksdb {
class FileChecksumGenFactory;
}

namespace reckoner {

inline constexpr const char* kFileChecksumName = "reckoner.xxh3-64";

[[nodiscard]] std::shared_ptr<rocksdb::FileChecksumGenFactory> file_checksum_factory();
// RocksDB keeps checksums as raw bytes; these are the sixteen hexadecimal digits of one.
[[nodiscard]] std::string to_hexadecimal(std::string_view raw);

}  // namespace reckoner

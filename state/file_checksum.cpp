// Subclasses of RocksDB's types: see state/file_faults.cpp.
#include "state/file_checksum.hpp"

#include <fmt/format.h>
#include <rocksdb/file_checksum.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/check.hpp"
#include "engine/checksum.hpp"

namespace reckoner {

namespace {

class Generator final : public rocksdb::FileChecksumGenerator {
 public:
  void Update(const char* data, size_t bytes) override { stream_.add({data, bytes}); }

  void Finalize() override {
    const std::uint64_t value = stream_.value();
    for (unsigned shift = 64; shift > 0; shift -= 8) raw_.push_back(static_cast<char>(static_cast<unsigned char>(value >> (shift - 8))));
  }

  std::string GetChecksum() const override {
    RECKONER_CHECK(raw_.size() == sizeof(std::uint64_t), "{} bytes", raw_.size());
    return raw_;
  }

  const char* Name() const override { return kFileChecksumName; }

 private:
  ChecksumStream stream_;
  std::string raw_;
};

class Factory final : public rocksdb::FileChecksumGenFactory {
 public:
  // Another function can be asked for by name when files come from elsewhere; ours never do.
  std::unique_ptr<rocksdb::FileChecksumGenerator> CreateFileChecksumGenerator(const rocksdb::FileChecksumGenContext& context) override {
    const std::string& asked = context.requested_checksum_func_name;
    if (!asked.empty() && asked != kFileChecksumName) return nullptr;
    return std::make_unique<Generator>();
  }

  const char* Name() const override { return "reckoner.FileChecksumFactory"; }
};

}  // namespace

std::shared_ptr<rocksdb::FileChecksumGenFactory> file_checksum_factory() { return std::make_shared<Factory>(); }

std::string to_hexadecimal(std::string_view raw) {
  std::string text;
  for (const char byte : raw) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace reckoner

// One input file as a partition: blocks of whole records from its text.
//
// The text begins after a UTF-8 byte order mark and after a CSV header row. Blank lines at a block's beginning are skipped. A record whose
// line is longer than kRecordBytesMax is served alone and cut to kRecordBytesMax + 2 bytes and a line end, enough for the decoder to refuse
// it; its position and the one after it stay exact, which is why the source sets block.next_byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "connectors/record_framing.hpp"
#include "connectors/text_reader.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "engine/record_block.hpp"

namespace reckoner {

// Not thread-safe. `files` outlives it.
class FilePartition {
 public:
  struct Form {
    Framing framing;
    bool header = false;  // the first record is a CSV header row
  };

  // `raw_bytes` as for open_text().
  FilePartition(Files& files, PartitionId id, std::string path, std::uint64_t raw_bytes, Form form);

  // As Source::read(). kData when the file's beginning is no text that this program reads, when it changed in a way that loses records,
  // or when it is damaged behind the records served so far.
  [[nodiscard]] Result<bool> read(Position from, std::size_t bytes, RecordBlock& block);

  // Without its line end; empty when the file has none or is empty. kLater while a growing file's header is not complete.
  [[nodiscard]] Result<std::string> header();

  [[nodiscard]] bool is_growing() const { return raw_bytes_ == kGrowing; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_open() const { return reader_ != nullptr; }
  void close();  // gives the file back until the next read

 private:
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<bool> find_begin();
  [[nodiscard]] Result<void> check_resumed(std::uint64_t at);
  [[nodiscard]] Result<bool> read_text(Position from, std::size_t bytes, RecordBlock& block);
  [[nodiscard]] Result<bool> serve_overlong(Position from, RecordBlock& block);
  void serve(Position from, std::size_t text_bytes, std::uint64_t next_byte, RecordBlock& block) const;

  Files& files_;
  PartitionId id_;
  std::string path_;
  std::uint64_t raw_bytes_;
  Form form_;
  std::unique_ptr<TextReader> reader_;
  bool begin_known_ = false;
  std::uint64_t begin_ = 0;  // of record 0
  std::string header_;
  bool resume_checked_ = false;
};

}  // namespace reckoner

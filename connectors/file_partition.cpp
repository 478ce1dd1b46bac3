#include "connectors/file_partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "connectors/record_framing.hpp"
#include "connectors/text_reader.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "engine/record_block.hpp"
#include "engine/schema.hpp"

namespace reckoner {

namespace {

// Small enough that a record over the limit never lies whole in a window, whatever size a caller asks for: it looks the same to all.
constexpr std::size_t kWindowBytesMax = kRecordBytesMax;
constexpr std::size_t kWindowBytesMin = 4096;
// A record of kRecordBytesMax bytes and CR LF fits; what does not is over the limit.
constexpr std::size_t kOverlongBytes = kRecordBytesMax + 2;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::size_t blank_lines(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '\n') {
      ++at;
    } else if (text.substr(at, 2) == "\r\n") {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// Only ever grows here, so that a block that is used again is not filled with zeros again.
std::span<char> window_of(RecordBlock& block, std::size_t bytes) {
  if (block.text.size() < bytes + kTextPadding) block.text.resize(bytes + kTextPadding);
  return std::span(block.text).first(bytes);
}

}  // namespace

FilePartition::FilePartition(Files& files, PartitionId id, std::string path, std::uint64_t raw_bytes, Form form)
    : files_(files), id_(id), path_(std::move(path)), raw_bytes_(raw_bytes), form_(form) {}

void FilePartition::close() { reader_.reset(); }

Result<void> FilePartition::open() {
  if (reader_ != nullptr) return {};
  Result<std::unique_ptr<TextReader>> reader = open_text(files_, path_, raw_bytes_);
  if (!reader) return std::unexpected(reader.error());
  reader_ = std::move(*reader);
  return {};
}

// Where record 0 begins; false while a growing file does not show it.
Result<bool> FilePartition::find_begin() {
  if (begin_known_) return true;
  if (Result<void> opened = open(); !opened) return std::unexpected(opened.error());
  std::string text(form_.header ? kOverlongBytes + kByteOrderMark.size() : kByteOrderMark.size(), '\0');
  const TextReader::Filled filled = reader_->read_at(0, text);
  text.resize(filled.bytes);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return fail(ErrorKind::kData, fmt::format("{}: UTF-16 text; convert it to UTF-8, as with iconv -f UTF-16 -t UTF-8", path_));
  }
  const bool short_of_mark = text.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(text);
  if (is_growing() && short_of_mark) return false;
  const std::size_t mark = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::size_t end = mark;
  if (form_.header) {
    end = record_end(text, mark, form_.framing);
    if (end == std::string::npos || end - mark > kOverlongBytes) {
      if (text.size() - mark >= kOverlongBytes) {
        return fail(ErrorKind::kData,
                    fmt::format("{}: its header row exceeds {} bytes; is it the right file and delimiter?", path_, kRecordBytesMax));
      }
      if (filled.problem) return std::unexpected(*filled.problem);
      if (is_growing()) return false;
      end = text.size();
    }
    header_ = without_line_end(std::string_view(text).substr(mark, end - mark));
  } else if (filled.problem && filled.bytes == 0) {
    return std::unexpected(*filled.problem);
  }
  begin_ = end;
  begin_known_ = true;
  return true;
}

Result<std::string> FilePartition::header() {
  const Result<bool> found = find_begin();
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(ErrorKind::kData, fmt::format("{}: its header row is not complete yet", path_), Retry::kLater);
  return header_;
}

// A last record without a line end was served as whole when the file seemed to have ended. If the file grew inside it, the rest of that
// record would now pass for a record of its own.
Result<void> FilePartition::check_resumed(std::uint64_t at) {
  if (resume_checked_) return {};
  resume_checked_ = true;
  if (at <= begin_) return {};
  std::array<char, 2> around{};
  const TextReader::Filled filled = reader_->read_at(at - 1, around);
  if (filled.bytes < around.size() || around[0] == '\n' || around[1] == '\n' || around[1] == '\r') return {};
  return fail(ErrorKind::kData,
              fmt::format("{}: byte {} was read as the end of a last line without a line end, but the file has grown in that line since; "
                          "restore the file as it was and put new records into another one",
                          path_, at));
}

Result<bool> FilePartition::read(Position from, std::size_t bytes, RecordBlock& block) {
  const Result<bool> begun = find_begin();
  if (!begun || !*begun) return begun;
  if (Result<void> opened = open(); !opened) return std::unexpected(opened.error());
  from.byte = std::max(from.byte, begin_);
  if (Result<void> checked = check_resumed(from.byte); !checked) return std::unexpected(checked.error());
  return read_text(from, std::clamp(bytes, kWindowBytesMin, kWindowBytesMax), block);
}

Result<bool> FilePartition::read_text(Position from, std::size_t bytes, RecordBlock& block) {
  while (true) {
    const std::span<char> window = window_of(block, bytes);
    const TextReader::Filled filled = reader_->read_at(from.byte, window);
    const std::string_view text(window.data(), filled.bytes);
    if (const std::size_t blank = blank_lines(text); blank > 0) {
      from.byte += blank;
      continue;
    }
    std::size_t whole = whole_records_end(text, form_.framing);
    if (whole == 0 && text.size() == window.size()) {
      if (bytes == kOverlongBytes) return serve_overlong(from, block);
      bytes = kOverlongBytes;
      continue;
    }
    if (whole == 0) {
      if (filled.problem) return std::unexpected(*filled.problem);
      if (text.empty() || is_growing()) return false;
      whole = text.size();
    }
    serve(from, whole, from.byte + whole, block);
    return true;
  }
}

// The block's text begins with kOverlongBytes of the record. CSV ends such a record at a line end too, quoted or not (record_framing.hpp).
Result<bool> FilePartition::serve_overlong(Position from, RecordBlock& block) {
  std::string rest(kRecordBytesMax, '\0');
  std::uint64_t at = from.byte + kOverlongBytes;
  while (true) {
    const TextReader::Filled filled = reader_->read_at(at, rest);
    const std::size_t line_end = std::string_view(rest).substr(0, filled.bytes).find('\n');
    if (line_end != std::string_view::npos) {
      at += line_end + 1;
      break;
    }
    at += filled.bytes;
    if (filled.bytes == rest.size()) continue;
    if (filled.problem) return std::unexpected(*filled.problem);
    if (is_growing()) return false;
    break;
  }
  window_of(block, kOverlongBytes + 1)[kOverlongBytes] = '\n';
  serve(from, kOverlongBytes + 1, at, block);
  return true;
}

void FilePartition::serve(Position from, std::size_t text_bytes, std::uint64_t next_byte, RecordBlock& block) const {
  block.partition = id_;
  block.first = from;
  block.text_bytes = text_bytes;
  block.text.resize(text_bytes + kTextPadding);
  std::memset(block.text.data() + text_bytes, 0, kTextPadding);
  block.next_byte = next_byte;
}

}  // namespace reckoner

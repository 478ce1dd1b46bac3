// Where records end in raw text. Shared by whoever cuts text into blocks and by the decoders, so that both see the same records however
// the text was cut. Pure functions, any thread.
//
// Lines: a record ends after its LF. CSV (RFC 4180): after the first LF outside quotes; a quote opens only as the first byte of a field, so
// that a stray one inside a field (5" pipe) does not swallow the records behind it. A quoted field that is never closed would swallow the
// rest of the file: once a record is longer than kRecordBytesMax it ends at the next LF, quoted or not, and the decoder rejects it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reckoner {

enum class FramingKind : std::uint8_t { kLines, kCsv };

struct Framing {
  FramingKind kind = FramingKind::kLines;
  char delimiter = ',';  // kCsv: between fields; one ASCII byte, neither quote nor line end
};

// Offset after the line end of the record that begins at `begin`, or npos when `text` holds no such line end.
[[nodiscard]] std::size_t record_end(std::string_view text, std::size_t begin, Framing framing);

// Offset after the last complete record of `text`, 0 when there is none. `text` begins at a record boundary.
[[nodiscard]] std::size_t whole_records_end(std::string_view text, Framing framing);

}  // namespace reckoner

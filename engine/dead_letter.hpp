// A rejected record as a row: where it was, why it was refused, and its raw bytes, so that it can be mended and read again. A topic's record keeps
// its key, headers and timestamp too.
#pragma once

#include "engine/byte_buffer.hpp"
#include "engine/record_block.hpp"
#include "engine/row_writer.hpp"
#include "engine/schema.hpp"

namespace reckoner {

// `row` is the reject's row in `block`.
void write_dead_letter(const RecordBlock& block, std::uint32_t row, const Schema& schema, ByteBuffer& buffer);

// A record's raw bytes as a field: as text where they are ASCII, else in hexadecimal.
void write_raw(RowWriter& writer, std::string_view raw);

}  // namespace reckoner

#include "state/header_row.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/checkpoint_store.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"

namespace reckoner {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNumberBytes = 8;

void put_number(std::string& out, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift)));
}

std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned index = 0; index < kNumberBytes; ++index) value |= std::uint64_t{static_cast<unsigned char>(bytes[index])} << (8 * index);
  bytes.remove_prefix(kNumberBytes);
  return value;
}

}  // namespace

std::string encode(const HeaderRow& row) {
  const std::string record = encode(row.header.record);
  std::string out(1, kVersion);
  put_number(out, row.number);
  put_number(out, row.header.parts);
  put_number(out, record.size());
  out += record;
  return out + row.header.engine_state;
}

Result<HeaderRow> decode_header_row(std::string_view bytes) {
  if (bytes.size() < 1 + 3 * kNumberBytes || bytes.front() != kVersion) return fail(ErrorKind::kCorruption, "the header row is not of a known form");
  bytes.remove_prefix(1);
  HeaderRow row;
  row.number = take_number(bytes);
  row.header.parts = take_number(bytes);
  const std::uint64_t record_bytes = take_number(bytes);
  if (record_bytes > bytes.size()) return fail(ErrorKind::kCorruption, "the header row ends inside its decision record");
  Result<DecisionRecord> record = decode_decision_record(bytes.substr(0, record_bytes));
  if (!record) return std::unexpected(record.error());
  row.header.record = std::move(*record);
  row.header.engine_state = bytes.substr(record_bytes);
  return row;
}

}  // namespace reckoner

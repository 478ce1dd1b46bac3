#include "engine/record_headers.hpp"

#include <cstdint>
#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::uint32_t kNoValue = ~std::uint32_t{0};  // in place of a value's length

void append_length(std::vector<char>& packed, std::uint32_t length) {
  char bytes[sizeof length];
  std::memcpy(bytes, &length, sizeof length);
  packed.insert(packed.end(), bytes, bytes + sizeof length);
}

std::uint32_t take_length(std::string_view& rest) {
  std::uint32_t length = 0;
  RECKONER_CHECK(rest.size() >= sizeof length, "{} bytes of headers", rest.size());
  std::memcpy(&length, rest.data(), sizeof length);
  rest.remove_prefix(sizeof length);
  return length;
}

std::string_view take(std::string_view& rest, std::uint32_t length) {
  RECKONER_CHECK(rest.size() >= length, "{} bytes of headers, {} wanted", rest.size(), length);
  const std::string_view taken = rest.substr(0, length);
  rest.remove_prefix(length);
  return taken;
}

}  // namespace

void append_header(std::vector<char>& packed, const RecordHeader& header) {
  append_length(packed, static_cast<std::uint32_t>(header.name.size()));
  packed.insert(packed.end(), header.name.begin(), header.name.end());
  append_length(packed, header.value ? static_cast<std::uint32_t>(header.value->size()) : kNoValue);
  if (header.value) packed.insert(packed.end(), header.value->begin(), header.value->end());
}

std::optional<RecordHeader> RecordHeaders::next() {
  if (rest_.empty()) return std::nullopt;
  RecordHeader header;
  header.name = take(rest_, take_length(rest_));
  const std::uint32_t length = take_length(rest_);
  if (length != kNoValue) header.value = take(rest_, length);
  return header;
}

std::optional<RecordHeader> find_header(std::string_view packed, std::string_view name) {
  std::optional<RecordHeader> found;
  RecordHeaders headers(packed);
  while (const std::optional<RecordHeader> header = headers.next()) {
    if (header->name == name) found = header;
  }
  return found;
}

}  // namespace reckoner

// Integers as bytes that sort like the integers: the names of stored parts, and what is in them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/check.hpp"

namespace reckoner {

template <std::unsigned_integral T>
void store_big_endian(char* at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<char>(value >> ((sizeof(T) - 1 - i) * 8) & 0xffU);
}

// A signed number as one that sorts like it, and back.
inline std::uint64_t sortable(std::int64_t value) { return static_cast<std::uint64_t>(value) ^ std::uint64_t{1} << 63U; }
inline std::int64_t from_sortable(std::uint64_t value) { return static_cast<std::int64_t>(value ^ std::uint64_t{1} << 63U); }

template <std::unsigned_integral T>
void append_big_endian(std::string& bytes, T value) {
  char stored[sizeof(T)];
  store_big_endian(stored, value);
  bytes.append(stored, sizeof(T));
}

// Reads one from the front and drops it there.
template <std::unsigned_integral T>
T take_big_endian(std::string_view& bytes) {
  RECKONER_CHECK(bytes.size() >= sizeof(T), "{} bytes left of {}", bytes.size(), sizeof(T));
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(static_cast<std::uint64_t>(value) << 8U | static_cast<unsigned char>(bytes[i]));
  bytes.remove_prefix(sizeof(T));
  return value;
}

// A text behind its length in bytes (32 bits).
inline void append_counted(std::string& bytes, std::string_view text) {
  append_big_endian(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

// A view into the bytes; drops it there.
inline std::string_view take_counted(std::string_view& bytes) {
  const auto length = take_big_endian<std::uint32_t>(bytes);
  RECKONER_CHECK(length <= bytes.size(), "a text of {} bytes in {}", length, bytes.size());
  const std::string_view text = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return text;
}

}  // namespace reckoner

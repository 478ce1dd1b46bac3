#include "engine/word_packing.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
constexpr std::size_t kCountBytes = 2;

static_assert(std::endian::native == std::endian::little);

std::uint64_t load_word(const std::byte* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, kWordBytes);
  return word;
}

std::size_t length_bytes(std::size_t words) { return (words + 1) / 2; }

// Bytes up to the highest that is not zero.
unsigned used_bytes(std::uint64_t word) { return (64U - static_cast<unsigned>(std::countl_zero(word)) + 7U) / 8U; }

}  // namespace

std::span<const char> pack_words(std::span<const std::byte> bytes, std::size_t stride, std::vector<char>& room) {
  const std::size_t words = bytes.size() / kWordBytes;
  RECKONER_CHECK(bytes.size() % kWordBytes == 0 && words <= kPackedWordsMax, "{} bytes to pack", bytes.size());
  const std::size_t bytes_max = kCountBytes + length_bytes(words) + bytes.size() + kWordBytes;  // a word is written whole, wherever it ends
  if (room.size() < bytes_max) room.resize(bytes_max);
  room[0] = static_cast<char>(words & 0xffU);
  room[1] = static_cast<char>(words >> 8U);
  char* length = room.data() + kCountBytes;
  char* at = length + length_bytes(words);
  const auto put = [&](std::size_t i) {
    std::uint64_t word = load_word(bytes.data() + i * kWordBytes);
    if (stride != 0 && i >= stride) word ^= load_word(bytes.data() + (i - stride) * kWordBytes);
    std::memcpy(at, &word, kWordBytes);
    const unsigned used = used_bytes(word);
    at += used;
    return used;
  };
  for (std::size_t i = 0; i + 1 < words; i += 2) {
    const unsigned low = put(i);
    *length++ = static_cast<char>(low | put(i + 1) << 4U);
  }
  if (words % 2 != 0) *length = static_cast<char>(put(words - 1));
  return {room.data(), static_cast<std::size_t>(at - room.data())};
}

std::size_t packed_words(std::string_view packed) {
  RECKONER_CHECK(packed.size() >= kCountBytes, "{} bytes of packed words", packed.size());
  return static_cast<unsigned char>(packed[0]) | std::size_t{static_cast<unsigned char>(packed[1])} << 8U;
}

void unpack_words(std::string_view& packed, std::size_t stride, std::span<std::byte> bytes) {
  const std::size_t words = packed_words(packed);
  RECKONER_CHECK(bytes.size() == words * kWordBytes, "{} packed words into {} bytes", words, bytes.size());
  RECKONER_CHECK(packed.size() >= kCountBytes + length_bytes(words), "{} bytes of {} packed words", packed.size(), words);
  const char* const lengths = packed.data() + kCountBytes;
  packed.remove_prefix(kCountBytes + length_bytes(words));
  for (std::size_t i = 0; i < words; ++i) {
    const std::size_t used = static_cast<unsigned char>(lengths[i / 2]) >> (i % 2 * 4) & 0xfU;
    RECKONER_CHECK(used <= std::min(kWordBytes, packed.size()), "a packed word of {} bytes, {} are left", used, packed.size());
    std::uint64_t word = 0;
    std::memcpy(&word, packed.data(), used);
    packed.remove_prefix(used);
    if (stride != 0 && i >= stride) word ^= load_word(bytes.data() + (i - stride) * kWordBytes);
    std::memcpy(bytes.data() + i * kWordBytes, &word, kWordBytes);
  }
}

}  // namespace reckoner

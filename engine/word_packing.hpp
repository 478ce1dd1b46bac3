// 64-bit words in few bytes: of each word only the low bytes up to its highest that is not zero. Most words of a record are small numbers or
// zero, and a word of a list of entries is close to the one of the entry before: what differs, by exclusive or, is small again.
// Stored in checkpoints: do not change. Number of words (16 bits, little endian), a nibble a word with the number of its bytes (the first
// word's is the low one), then the bytes, low ones first.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace reckoner {

inline constexpr std::size_t kPackedWordsMax = 65'535;

// The packed words, in `room`, until it is used again. `bytes` are whole words, at most kPackedWordsMax of them. Each is stored as what
// differs from the word `stride` words before it; 0 = each by itself.
[[nodiscard]] std::span<const char> pack_words(std::span<const std::byte> bytes, std::size_t stride, std::vector<char>& room);

// Takes what pack_words() made from the front of `packed`; `bytes` has room for exactly as many words as `packed_words()` says.
[[nodiscard]] std::size_t packed_words(std::string_view packed);
void unpack_words(std::string_view& packed, std::size_t stride, std::span<std::byte> bytes);

}  // namespace reckoner

// Keys as bytes, and the pinned hash that says which shard owns a key. Both are on disk: do not change.
//
// A key of one field is the field's text (a number's decimal digits, an enum's name). A key of several fields is each text after its length as
// two bytes, big-endian.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/record_block.hpp"
#include "engine/round.hpp"

namespace reckoner {

inline constexpr std::size_t kKeyPartBytesMax = 65535;

// XXH3-64 of the bytes, seed 0.
[[nodiscard]] std::uint64_t hash_key(std::string_view key);

// Multiply-shift of the mixed hash: every shard gets an equal slice.
[[nodiscard]] inline std::uint32_t shard_of(std::uint64_t hash, std::uint32_t shards) {
  const std::uint64_t mixed = (hash ^ (hash >> 29U)) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::uint32_t>(((mixed >> 32U) * shards) >> 32U);
}

void append_key_part(std::vector<char>& key, std::string_view text);
[[nodiscard]] std::string_view take_key_part(std::string_view& key);

// The keys of a block's records for one key kind: the key's fields in the block's input, none = no record has it.
void make_keys(KeyedBlock& block, std::size_t kind, const Schema& schema, const std::vector<std::uint32_t>& fields);

}  // namespace reckoner

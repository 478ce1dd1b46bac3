// Paths of fields that lie not in a record's row but around it: what a change event says of the change, what a topic's record has beside its
// value. They begin with "$.": $.op, $.source.lsn, $.before.balance, $.headers.NAME, $.timestamp.
#pragma once

#include <string_view>

namespace reckoner {

inline constexpr std::string_view kEnvelope = "$";
inline constexpr std::string_view kEnvelopePath = "$.";
inline constexpr std::string_view kBeforePath = "$.before.";
inline constexpr std::string_view kAfterPath = "$.after.";
inline constexpr std::string_view kHeaderPath = "$.headers.";  // what follows is a header's name, points and all
inline constexpr std::string_view kKeyPath = "$.key";          // the whole key, as text
inline constexpr std::string_view kKeyFieldPath = "$.key.";    // a member of a key that is a JSON object
inline constexpr std::string_view kTimestampPath = "$.timestamp";
inline constexpr std::string_view kPartitionPath = "$.partition";
inline constexpr std::string_view kOffsetPath = "$.offset";

// What a topic's record has beside its value.
[[nodiscard]] constexpr bool is_topic_path(std::string_view path) {
  return path == kKeyPath || path.starts_with(kKeyFieldPath) || path.starts_with(kHeaderPath) || path == kTimestampPath || path == kPartitionPath ||
         path == kOffsetPath;
}

[[nodiscard]] constexpr bool is_envelope_path(std::string_view path) { return path.starts_with(kEnvelopePath); }

}  // namespace reckoner

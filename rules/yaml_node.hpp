// A YAML document as a tree that knows where everything stands. Scalars keep their text and how it was written; what it means is decided
// by whoever reads it (rules/yaml_values.hpp), never by YAML's own rules for plain scalars.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

class SourceText;

inline constexpr std::size_t kYamlDepthMax = 64;

enum class YamlKind : std::uint8_t { kNothing, kScalar, kList, kMap };
enum class ScalarStyle : std::uint8_t { kPlain, kSingleQuoted, kDoubleQuoted, kBlock };

struct YamlNode {
  YamlKind kind = YamlKind::kNothing;
  ScalarStyle style = ScalarStyle::kPlain;
  std::size_t offset = 0;              // of its first byte in the file
  std::string text;                    // kScalar
  std::vector<YamlNode> keys;          // kMap: scalars, each once; same length as items
  std::vector<YamlNode> items;         // kMap, kList
  const SourceText* origin = nullptr;  // the file it is in, where an environment put it there (rules/environments.hpp); null = the tree's own

  [[nodiscard]] bool is_scalar() const { return kind == YamlKind::kScalar; }
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

// Offset in the file of the byte at `position` of a scalar's text; exact for plain and quoted scalars and for block scalars, whether they
// stand on one line or several. A position at the end of the text gives the place after its last visible byte.
[[nodiscard]] std::size_t offset_in_scalar(const SourceText& source, const YamlNode& scalar, std::size_t position);

}  // namespace reckoner

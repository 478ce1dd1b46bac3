// YAML text -> tree, strictly: the part of YAML in which a file means what it looks like. Anchors, aliases, merge keys, tags, directives,
// further documents, duplicate keys, tabs, deep nesting, long lines and large files are findings. yaml-cpp stays inside yaml_reader.cpp.
#pragma once

#include <optional>

#include "rules/source_text.hpp"
#include "rules/yaml_node.hpp"

namespace reckoner {

inline constexpr std::size_t kYamlLineBytesMax = 8192;
inline constexpr std::size_t kYamlNodesMax = 100'000;  // of one file

// Empty when the file has no usable tree; findings then say why. With a tree there may be findings too (a duplicate key, an alias).
[[nodiscard]] std::optional<YamlNode> read_yaml(const SourceText& source, Findings& findings);

// What read_yaml looks at before any parser does: size, UTF-8, control characters, tabs, length of lines. False = findings were added.
[[nodiscard]] bool check_yaml_text(const SourceText& source, Findings& findings);

}  // namespace reckoner

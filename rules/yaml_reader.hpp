// YAML text -> tree, strictly: the part of YAML in which a file means what it looks like. Anchors, aliases, merge keys, tags, directives,
// further documents, duplicate keys, tabs, deep nesting, long lines and large files are findings. yaml-cpp stays inside yaml_reader.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "rules/source_text.hpp"
#include "rules/yaml_node.hpp"

namespace reckoner {

// What one text may hold; those of a file that people write unless given.
struct YamlLimits {
  std::size_t bytes = 1U << 20U;
  std::size_t line_bytes = 8192;
  std::size_t values = 100'000;
};

// Empty when the file has no usable tree; findings then say why. With a tree there may be findings too (a duplicate key, an alias).
[[nodiscard]] std::optional<YamlNode> read_yaml(const SourceText& source, Findings& findings, const YamlLimits& limits = {});

[[nodiscard]] bool is_utf8(std::string_view text);

// What read_yaml looks at before any parser does: size, UTF-8, control characters, tabs, length of lines. False = findings were added.
[[nodiscard]] bool check_yaml_text(const SourceText& source, Findings& findings, const YamlLimits& limits);

}  // namespace reckoner

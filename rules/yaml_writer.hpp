// Trees -> YAML text that read_yaml takes for the same trees.
#pragma once

#include <map>
#include <string>

#include "rules/yaml_node.hpp"

namespace reckoner {

// What stands behind a '#' in the line in which a node's key, or the node in a list, stands.
using YamlComments = std::map<const YamlNode*, std::string>;

// The entries of a mapping, each after a line end and `depth` steps of two blanks, behind what is in `text` already.
void write_yaml_entries(const YamlNode& map, std::size_t depth, std::string& text, const YamlComments& comments = {});

// One item of a list, in the same way.
void write_yaml_item(const YamlNode& item, std::size_t depth, std::string& text, const YamlComments& comments = {});

}  // namespace reckoner

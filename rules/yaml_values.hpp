// Typed values out of YAML nodes: each function takes one form and nothing that only looks like it. A wrong form is a finding and an empty
// result; callers go on and find the rest.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/source_text.hpp"
#include "rules/yaml_node.hpp"

namespace reckoner {

struct MapForm;  // rules/map_forms.hpp

// A text and where it stands. The node and source live as long as the files being loaded (rules/load.hpp).
struct Written {
  std::string text;
  const SourceText* source = nullptr;
  const YamlNode* node = nullptr;
};

class ValueReader {
 public:
  ValueReader(const SourceText& source, Findings& findings) : source_(source), findings_(findings) {}

  // Any text; a plain scalar that other readers take for a boolean or number is refused.
  [[nodiscard]] std::optional<Written> text(const YamlNode& node) const;
  [[nodiscard]] std::optional<Written> name(const YamlNode& node) const;   // of something that expressions can use
  [[nodiscard]] std::optional<Written> label(const YamlNode& node) const;  // letters, digits, '-', '_', '.'; at most 64
  [[nodiscard]] std::optional<Written> expression(const YamlNode& node) const;
  [[nodiscard]] std::optional<bool> truth(const YamlNode& node) const;
  [[nodiscard]] std::optional<std::int64_t> integer(const YamlNode& node, std::int64_t low, std::int64_t high) const;
  [[nodiscard]] std::optional<std::int64_t> duration(const YamlNode& node, std::int64_t low_ms, std::int64_t high_ms) const;
  [[nodiscard]] std::optional<std::uint64_t> size(const YamlNode& node, std::uint64_t low, std::uint64_t high) const;
  [[nodiscard]] std::optional<std::string> one_of(const YamlNode& node, std::span<const std::string> words) const;
  [[nodiscard]] std::vector<Written> texts(const YamlNode& node) const;  // one text, or a list of them
  [[nodiscard]] bool is_map(const YamlNode& node, std::string_view what) const;
  [[nodiscard]] bool is_list(const YamlNode& node, std::string_view what) const;

  void fail(const YamlNode& node, DiagnosticCode code, std::string text, std::string advice = {}) const;
  [[nodiscard]] const SourceText& source() const { return source_; }
  // Where the node stands: the tree's file, unless an environment put it there.
  [[nodiscard]] const SourceText& source_of(const YamlNode& node) const { return node.origin == nullptr ? source_ : *node.origin; }
  [[nodiscard]] Findings& findings() const { return findings_; }

 private:
  [[nodiscard]] bool is_scalar(const YamlNode& node, std::string_view wanted) const;

  const SourceText& source_;
  Findings& findings_;
};

// The keys of one mapping. Those that its table does not have are findings when it is made.
class MapReader {
 public:
  MapReader(const ValueReader& values, const YamlNode& map, const MapForm& form);

  [[nodiscard]] const YamlNode* find(std::string_view key) const;     // empty when absent; a key without a value is a finding
  [[nodiscard]] const YamlNode* require(std::string_view key) const;  // absence is a finding
  [[nodiscard]] const ValueReader& values() const { return values_; }
  [[nodiscard]] const YamlNode& node() const { return map_; }

 private:
  const ValueReader& values_;
  const YamlNode& map_;
  const MapForm& form_;
};

void add_finding(Findings& findings, const Written& place, DiagnosticCode code, std::string text, std::string advice = {});

}  // namespace reckoner

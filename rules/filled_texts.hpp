// Texts of expressions and sentences with macros and parameters filled in: what they say when nothing has to be looked up.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rules/yaml_node.hpp"

namespace reckoner {

class FilledTexts {
 public:
  // Of a ruleset.yaml without findings, which outlives this.
  explicit FilledTexts(const YamlNode& document);

  struct Filled {
    std::string text;
    std::vector<std::string> overridden;  // macros and parameters in it that an environment gave, as "param.limit"
  };
  [[nodiscard]] Filled expression(std::string_view text) const;
  [[nodiscard]] Filled sentence(std::string_view text) const;  // with expressions in braces

 private:
  void fill(std::string_view text, Filled& filled) const;

  std::map<std::string, const YamlNode*, std::less<>> macros_;
  std::map<std::string, const YamlNode*, std::less<>> parameters_;  // as "param.limit"
};

}  // namespace reckoner

// Finds functions by matching braces: outside of functions, a brace after a parameter list opens one.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "tidy/repository.hpp"
#include "tidy/structure.hpp"

namespace reckoner::tidy {
namespace {

enum class Brace { kScope, kFunction, kValue };

// What may stand between a parameter list and the body.
constexpr std::array<std::string_view, 5> kAfterParameters = {"const", "noexcept", "override", "final", "mutable"};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \n") - begin + 1);
}

std::string_view last_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_word_character(text[begin - 1])) --begin;
  return text.substr(begin);
}

// Preprocessor lines, access labels and closed statements before it do not belong to a statement.
std::string_view without_directives(std::string_view statement) {
  statement = trimmed(statement);
  while (statement.starts_with('#')) {
    std::size_t end = statement.find('\n');
    while (end != std::string_view::npos && end > 0 && statement[end - 1] == '\\') end = statement.find('\n', end + 1);
    if (end == std::string_view::npos) return {};
    statement = trimmed(statement.substr(end));
  }
  for (const std::string_view label : {"public:", "private:", "protected:"}) {
    if (statement.starts_with(label)) statement = trimmed(statement.substr(label.size()));
  }
  return statement;
}

Brace kind_of(std::string_view statement, bool in_scope) {
  if (!in_scope) return Brace::kValue;
  const std::string_view text = trimmed(statement);
  const std::string_view word = last_word(text);
  const bool opens_type = text.starts_with("namespace") || text.starts_with("class ") || text.starts_with("struct ") || text.starts_with("enum ") ||
                          text.starts_with("union ") || text.starts_with("extern ");
  const bool is_template_type = text.starts_with("template") && text.find('(') == std::string_view::npos;
  if (text.empty() || opens_type || is_template_type) return Brace::kScope;
  if (text.find(')') == std::string_view::npos || text.ends_with('=') || text.ends_with(',')) return Brace::kValue;
  const bool is_trailer = std::find(kAfterParameters.begin(), kAfterParameters.end(), word) != kAfterParameters.end();
  const bool returns_after = text.rfind("->") != std::string_view::npos;
  // `Name(int a) : a_` with a brace next initializes a member.
  if (!word.empty() && !is_trailer && !returns_after) return Brace::kValue;
  return Brace::kFunction;
}

}  // namespace

std::vector<FunctionLength> function_lengths(const SourceFile& file) {
  const std::string_view code = file.code;
  std::vector<FunctionLength> lengths;
  std::vector<Brace> open;
  std::size_t statement = 0;  // where the statement outside of functions began
  std::size_t function_line = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const bool in_scope = std::all_of(open.begin(), open.end(), [](Brace brace) { return brace == Brace::kScope; });
    if (code[i] == '{') {
      const std::string_view text = without_directives(code.substr(statement, i - statement));
      const Brace kind = kind_of(text, in_scope);
      if (kind == Brace::kFunction) function_line = line_at(code, static_cast<std::size_t>(text.data() - code.data()));
      if (kind == Brace::kScope) statement = i + 1;
      open.push_back(kind);
    } else if (code[i] == '}' && !open.empty()) {
      const Brace kind = open.back();
      open.pop_back();
      if (kind == Brace::kFunction) lengths.push_back({function_line, line_at(code, i) - function_line + 1});
      if (kind != Brace::kValue) statement = i + 1;
    } else if (code[i] == ';' && in_scope) {
      statement = i + 1;
    }
  }
  return lengths;
}

}  // namespace reckoner::tidy

#include "tidy/text_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tidy/repository.hpp"

namespace reckoner::tidy {
namespace {

constexpr std::array<std::string_view, 6> kBannedNames = {"util", "utils", "helper", "helpers", "common", "manager"};
constexpr std::array<std::string_view, 5> kTypeKeywords = {"class", "struct", "enum", "using", "concept"};
// In two halves, so that this file passes its own check.
const std::array<std::string, 3> kUnfinished = {std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X"};

// "KeyTableManager" and "key_table_manager" alike as key, table, manager.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool starts = true;
  for (const char character : name) {
    const bool is_upper = character >= 'A' && character <= 'Z';
    if (!is_word_character(character) || character == '_') {
      starts = true;
      continue;
    }
    if (starts || is_upper) words.emplace_back();
    words.back().push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(character))));
    starts = false;
  }
  return words;
}

bool is_banned(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return std::count(kBannedNames.begin(), kBannedNames.end(), word) > 0; });
}

std::string_view word_from(std::string_view code, std::size_t offset) {
  std::size_t end = offset;
  while (end < code.size() && is_word_character(code[end])) ++end;
  return code.substr(offset, end - offset);
}

std::string_view code_before(std::string_view code, std::size_t offset) { return code.substr(0, offset); }

// The name after `struct`, `enum class` and the like.
std::string_view declared_name(std::string_view code, std::size_t keyword, std::size_t length) {
  std::size_t begin = std::min(code.find_first_not_of(" \n", keyword + length), code.size());
  const std::string_view word = word_from(code, begin);
  if (word == "class" || word == "struct") return declared_name(code, begin, word.size());
  return word;
}

}  // namespace

Findings check_file_sizes(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    const std::size_t lines = lines_of(file.text).size();
    if (lines > kFileLinesMax) findings.push_back(at(file, lines, fmt::format("{} lines, more than {}; split it by idea", lines, kFileLinesMax)));
  }
  return findings;
}

Findings check_whitespace(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    std::size_t number = 0;
    for (const std::string_view line : lines_of(file.text)) {
      ++number;
      if (line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r')) findings.push_back(at(file, number, "trailing blank"));
      const bool is_recipe = file.path == "Makefile" && line.starts_with('\t');
      if (!is_recipe && line.find('\t') != std::string_view::npos) findings.push_back(at(file, number, "tab; use blanks"));
    }
    if (!file.text.empty() && !file.text.ends_with('\n')) findings.push_back(at(file, number, "no line end at the end"));
  }
  return findings;
}

Findings check_header_openings(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (file.extension() != ".hpp") continue;
    if (!file.text.starts_with("// ")) findings.push_back(at(file, 1, "a header opens with a comment that says what it is for"));
    const std::vector<std::string_view> code = lines_of(file.code);
    const auto first =
        std::find_if(code.begin(), code.end(), [](std::string_view line) { return line.find_first_not_of(' ') != std::string_view::npos; });
    if (first == code.end() || *first != "#pragma once") findings.push_back(at(file, 1, "#pragma once comes right after the opening comment"));
  }
  return findings;
}

Findings check_names(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (!file.is_cpp()) continue;
    if (is_banned(std::filesystem::path(file.path).stem().string())) findings.push_back(at(file, 1, "the file's name does not say what is in it"));
    for (const std::string_view keyword : kTypeKeywords) {
      for (const std::size_t offset : find_word(file.code, keyword)) {
        if (code_before(file.code, offset).ends_with("enum ")) continue;  // `enum class`, which counts once
        const std::string_view name = declared_name(file.code, offset, keyword.size());
        if (is_banned(name)) findings.push_back(at(file, line_at(file.code, offset), fmt::format("the name {} does not say what it does", name)));
      }
    }
  }
  return findings;
}

Findings check_finished(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    for (const std::string& word : kUnfinished) {
      for (const std::size_t offset : find_word(file.text, word))
        findings.push_back(at(file, line_at(file.text, offset), word + ": finish it or file it"));
    }
    for (std::size_t offset = file.code.find("#if 0"); offset != std::string::npos; offset = file.code.find("#if 0", offset + 1)) {
      findings.push_back(at(file, line_at(file.code, offset), "code switched off; remove it"));
    }
  }
  return findings;
}

}  // namespace reckoner::tidy

// The project's own files, as the repository's checks see them: text, code without comments and literals, and what is wrong with them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner::tidy {

struct SourceFile {
  std::string path;  // from the project's root, with forward slashes
  std::string text;
  std::string code;  // as long as text: comments and the inside of literals are blanks, line ends stay; C++ files only

  [[nodiscard]] std::string_view folder() const;     // the first part of the path; empty for a file at the root
  [[nodiscard]] std::string_view extension() const;  // with its dot
  [[nodiscard]] bool is_cpp() const;
  [[nodiscard]] bool is_in_layer() const;  // engine, state, operators, rules, connectors, app
};

// A made-up file for the checks' own tests, or a real one.
[[nodiscard]] SourceFile make_source(std::string path, std::string text);

// Every text file of the project in path order; build output, data of tests and hidden folders but .ci are left out.
[[nodiscard]] std::vector<SourceFile> read_repository(const std::filesystem::path& root);

// One line a problem, "path:line: what is wrong; what to do".
using Findings = std::vector<std::string>;

[[nodiscard]] std::string without_comments_and_literals(std::string_view text);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);   // views into text
[[nodiscard]] std::size_t line_at(std::string_view text, std::size_t offset);  // from 1
[[nodiscard]] std::string at(const SourceFile& file, std::size_t line, std::string_view problem);

[[nodiscard]] bool is_word_character(char character);
// Offsets at which the whole word stands.
[[nodiscard]] std::vector<std::size_t> find_word(std::string_view code, std::string_view word);

}  // namespace reckoner::tidy

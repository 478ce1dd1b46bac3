#include "tidy/repository.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

namespace reckoner::tidy {
namespace {

constexpr std::array<std::string_view, 6> kLayers = {"engine", "state", "operators", "rules", "connectors", "app"};
constexpr std::array<std::string_view, 9> kTextExtensions = {".cpp", ".hpp", ".cmake", ".json", ".yaml", ".yml", ".md", ".sh", ".txt"};
// Folders that hold no text of ours: output, what others wrote, and data whose every byte is meant.
constexpr std::array<std::string_view, 6> kSkippedFolders = {"build", "out", "state.local", "shared", "tests/data", "tests/golden"};

template <typename Range>
bool contains(const Range& range, std::string_view value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

// Copies text while replacing what is no code by blanks.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), code_(text) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(code_);
  }

 private:
  void step() {
    if (starts("//")) return blank_until("\n", 0);
    if (starts("/*")) return blank_until("*/", 2);
    if (starts("R\"") && (at_ == 0 || !is_word_character(text_[at_ - 1]))) return raw_string();
    if (text_[at_] == '"') return literal('"');
    // A quote after a digit or letter parts a number's digits.
    if (text_[at_] == '\'' && (at_ == 0 || !is_word_character(text_[at_ - 1]))) return literal('\'');
    ++at_;
  }

  [[nodiscard]] bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void blank_to(std::size_t end) {
    for (; at_ < std::min(end, text_.size()); ++at_) {
      if (text_[at_] != '\n') code_[at_] = ' ';
    }
  }

  void blank_until(std::string_view mark, std::size_t length) {
    const std::size_t found = text_.find(mark, at_ + length);
    blank_to(found == std::string_view::npos ? text_.size() : found + length);
  }

  void literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') end += text_[end] == '\\' ? 2U : 1U;
    ++at_;  // the quotes themselves stay, so that `f("x")` still reads as a call with an argument
    blank_to(end);
    if (at_ < text_.size() && text_[at_] == quote) ++at_;
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    blank_until(close, close.size());
  }

  std::string_view text_;
  std::string code_;
  std::size_t at_ = 0;
};

bool is_skipped(const std::string& path) {
  if (contains(kSkippedFolders, path)) return true;
  const std::string name = std::filesystem::path(path).filename().string();
  return name.starts_with(".") && name != ".ci";
}

bool is_text(const std::filesystem::path& path) {
  return contains(kTextExtensions, path.extension().string()) || path.filename() == "Makefile" || path.parent_path().filename() == ".ci";
}

}  // namespace

std::string_view SourceFile::folder() const {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(path).substr(0, slash);
}

std::string_view SourceFile::extension() const {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::string_view() : std::string_view(path).substr(dot);
}

bool SourceFile::is_cpp() const { return extension() == ".cpp" || extension() == ".hpp"; }
bool SourceFile::is_in_layer() const { return is_cpp() && contains(kLayers, folder()); }

SourceFile make_source(std::string path, std::string text) {
  SourceFile file{std::move(path), std::move(text), {}};
  if (file.is_cpp()) file.code = without_comments_and_literals(file.text);
  return file;
}

std::vector<SourceFile> read_repository(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (auto entry = std::filesystem::recursive_directory_iterator(root); entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    const std::string path = entry->path().lexically_relative(root).generic_string();
    if (is_skipped(path)) {
      if (entry->is_directory()) entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && is_text(entry->path())) {
      std::ifstream stream(entry->path(), std::ios::binary);
      files.push_back(make_source(path, {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()}));
    }
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& left, const SourceFile& right) { return left.path < right.path; });
  return files;
}

std::string without_comments_and_literals(std::string_view text) { return Blanker(text).run(); }

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t line_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

std::string at(const SourceFile& file, std::size_t line, std::string_view problem) { return fmt::format("{}:{}: {}", file.path, line, problem); }

bool is_word_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9') ||
         character == '_';
}

std::vector<std::size_t> find_word(std::string_view code, std::string_view word) {
  std::vector<std::size_t> found;
  for (std::size_t offset = code.find(word); offset != std::string_view::npos; offset = code.find(word, offset + 1)) {
    const std::size_t end = offset + word.size();
    const bool starts = offset == 0 || !is_word_character(code[offset - 1]);
    const bool ends = end == code.size() || !is_word_character(code[end]);
    if (starts && ends) found.push_back(offset);
  }
  return found;
}

}  // namespace reckoner::tidy

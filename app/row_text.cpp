#include "app/row_text.hpp"

#include <fmt/format.h>

namespace reckoner {

namespace {

// Where the value of member `name` begins; npos when there is none. A value never looks like a label, since quotes inside strings are escaped.
std::size_t value_begin(std::string_view row, std::string_view name) {
  const std::string label = fmt::format("\"{}\":", name);
  const std::size_t at = row.find(label);
  return at == std::string_view::npos ? at : at + label.size();
}

// The string whose opening quote is at `begin`; moves `begin` past its end.
std::string take_string(std::string_view row, std::size_t& begin) {
  std::string text;
  for (++begin; begin < row.size() && row[begin] != '"'; ++begin) {
    if (row[begin] == '\\' && begin + 1 < row.size()) ++begin;
    text += row[begin];
  }
  ++begin;
  return text;
}

// Past the object that opens at `begin`.
std::size_t object_end(std::string_view row, std::size_t begin) {
  std::size_t depth = 0;
  for (std::size_t at = begin; at < row.size();) {
    if (row[at] == '"') {
      (void)take_string(row, at);
      continue;
    }
    if (row[at] == '{') ++depth;
    if (row[at] == '}' && --depth == 0) return at + 1;
    ++at;
  }
  return row.size();
}

}  // namespace

std::optional<std::string> text_in_row(std::string_view row, std::string_view name) {
  std::size_t begin = value_begin(row, name);
  if (begin >= row.size() || row[begin] == '{' || row[begin] == '[') return std::nullopt;
  if (row[begin] == '"') return take_string(row, begin);
  return std::string(row.substr(begin, row.find_first_of(",}]", begin) - begin));
}

std::vector<std::string_view> objects_in_row(std::string_view row, std::string_view name) {
  std::vector<std::string_view> objects;
  std::size_t at = value_begin(row, name);
  if (at >= row.size() || row[at] != '[') return objects;
  while (++at < row.size() && row[at] == '{') {
    const std::size_t end = object_end(row, at);
    objects.push_back(row.substr(at, end - at));
    at = end;  // at the comma or the closing bracket
  }
  return objects;
}

std::vector<std::string> strings_in_row(std::string_view row, std::string_view name) {
  std::vector<std::string> strings;
  std::size_t at = value_begin(row, name);
  if (at >= row.size() || row[at] != '[') return strings;
  while (++at < row.size() && row[at] == '"') strings.push_back(take_string(row, at));
  return strings;
}

}  // namespace reckoner

#include "connectors/json_items.hpp"

#include <simdjson.h>

#include <algorithm>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Offset behind the string that begins at `begin`.
std::size_t string_end(std::string_view text, std::size_t begin) {
  std::size_t at = text.find_first_of("\"\\", begin + 1);
  while (text[at] == '\\') at = text.find_first_of("\"\\", at + 2);
  return at + 1;
}

// Offset behind the object or array that begins at `begin`.
std::size_t structure_end(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  std::size_t at = begin;
  do {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
  } while (depth > 0);
  return at;
}

}  // namespace

std::string_view without_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(kSpace) + 1));
  return text;
}

JsonItems::JsonItems(std::string_view token) : keyed_(is_object(token)) {
  if (!keyed_ && !is_array(token)) return;
  rest_ = token.substr(1, token.size() - 2);
  skip_space();
}

void JsonItems::skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size())); }

std::string_view JsonItems::take_value() {
  std::size_t end = 0;
  if (is_string(rest_)) {
    end = string_end(rest_, 0);
  } else if (is_object(rest_) || is_array(rest_)) {
    end = structure_end(rest_, 0);
  } else {
    end = std::min(rest_.find_first_of(", \t\r\n"), rest_.size());
  }
  const std::string_view value = rest_.substr(0, end);
  rest_.remove_prefix(end);
  skip_space();
  return value;
}

std::optional<JsonItem> JsonItems::next() {
  if (rest_.empty()) return std::nullopt;
  JsonItem item;
  if (keyed_) {
    const std::string_view key = take_value();
    item.key = key.substr(1, key.size() - 2);
    rest_.remove_prefix(1);  // the colon
    skip_space();
  }
  item.value = take_value();
  if (rest_.starts_with(',')) {
    rest_.remove_prefix(1);
    skip_space();
  }
  return item;
}

std::string_view find_member(std::string_view object, std::string_view key) {
  if (!is_object(object)) return {};
  JsonItems members(object);
  while (const std::optional<JsonItem> member = members.next()) {
    if (member->key == key) return member->value;
  }
  return {};
}

std::string_view string_content(std::string_view token, std::string& unescaped) {
  const std::string_view content = token.substr(1, token.size() - 2);
  if (content.find('\\') == std::string_view::npos) return content;
  const simdjson::padded_string padded(token);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  std::string_view text;
  RECKONER_CHECK(parser.iterate(padded).get(document) == simdjson::SUCCESS && document.get_string().get(text) == simdjson::SUCCESS,
                 "a string that was validated");
  unescaped = text;
  return unescaped;
}

}  // namespace reckoner

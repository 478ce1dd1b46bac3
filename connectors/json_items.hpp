// The members of an object, or the elements of an array, in JSON text that JsonValidator accepted: views into the text, nothing is built.
// Tokens are without the space around them. Pure functions and views, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reckoner {

// A value's kind, by its first byte.
[[nodiscard]] inline bool is_object(std::string_view token) { return token.starts_with('{'); }
[[nodiscard]] inline bool is_array(std::string_view token) { return token.starts_with('['); }
[[nodiscard]] inline bool is_string(std::string_view token) { return token.starts_with('"'); }
[[nodiscard]] inline bool is_null(std::string_view token) { return token.starts_with('n'); }

struct JsonItem {
  std::string_view key;  // as written between its quotes; empty in an array
  std::string_view value;
};

// Gives the items one after the other. What is neither an object nor an array has none.
class JsonItems {
 public:
  explicit JsonItems(std::string_view token);
  [[nodiscard]] std::optional<JsonItem> next();

 private:
  [[nodiscard]] std::string_view take_value();
  void skip_space();

  std::string_view rest_;
  bool keyed_;
};

// The value of an object's member; empty when there is none. `key` is one that JSON writes without escapes.
[[nodiscard]] std::string_view find_member(std::string_view object, std::string_view key);

// A document without the space around it.
[[nodiscard]] std::string_view without_space(std::string_view text);

// The content of a string token: a view into it, or into `unescaped` where it has escapes.
[[nodiscard]] std::string_view string_content(std::string_view token, std::string& unescaped);

}  // namespace reckoner

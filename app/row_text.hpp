// Values out of rows that this program wrote: one JSON object a line, names without escapes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

// The value of the first member `name`, at any depth: a string without its quotes and escapes, or a number, true, false or null as written.
// Nothing when there is no such member, or it is an object or an array.
[[nodiscard]] std::optional<std::string> text_in_row(std::string_view row, std::string_view name);

// The objects of the array `name` as text, and the strings of the array `name`.
[[nodiscard]] std::vector<std::string_view> objects_in_row(std::string_view row, std::string_view name);
[[nodiscard]] std::vector<std::string> strings_in_row(std::string_view row, std::string_view name);

}  // namespace reckoner

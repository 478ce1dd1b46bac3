// Always-on checks for programmer errors. A failed check prints where and the offending values, then aborts: safe at any moment, since
// nothing of an uncommitted epoch is visible outside. Never use one for bad input or a failing disk; those are values (engine/error.hpp).
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace reckoner {

[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view text);

}  // namespace reckoner

// RECKONER_CHECK(condition) or RECKONER_CHECK(condition, "format", values...): the values that broke it go last.
#define RECKONER_CHECK(condition, ...)                                                               \
  do {                                                                                               \
    if (!(condition)) [[unlikely]]                                                                   \
      ::reckoner::check_failed(__FILE__, __LINE__, #condition, ::reckoner::check_text(__VA_ARGS__)); \
  } while (false)

#define RECKONER_UNREACHABLE(text) ::reckoner::check_failed(__FILE__, __LINE__, "unreachable", text)

namespace reckoner {

inline std::string check_text() { return {}; }

template <typename... Values>
std::string check_text(fmt::format_string<Values...> format, Values&&... values) {
  return fmt::format(format, std::forward<Values>(values)...);
}

}  // namespace reckoner

#include "connectors/secret_value.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace reckoner {

namespace {

constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kFile = "file:";

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

bool stands_elsewhere(std::string_view value) { return value.starts_with(kEnvironment) || value.starts_with(kFile); }

Result<std::string> secret_value(std::string_view value) {
  if (value.starts_with(kEnvironment)) {
    const std::string name(value.substr(kEnvironment.size()));
    const char* const found = std::getenv(name.c_str());
    if (found == nullptr) return fail(ErrorKind::kConfiguration, fmt::format("the environment has no {}", name));
    return std::string(found);
  }
  if (value.starts_with(kFile)) {
    const std::string path(value.substr(kFile.size()));
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(ErrorKind::kConfiguration, fmt::format("{} cannot be read", path));
    std::stringstream text;
    text << in.rdbuf();
    return without_line_end(text.str());
  }
  return std::string(value);
}

}  // namespace reckoner

#include "connectors/file_patterns.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

// Appends to each base what `part` matches in it. The base "" is the current directory.
Result<std::vector<std::string>> match_part(Files& files, const std::vector<std::string>& bases, const std::string& part) {
  std::vector<std::string> matches;
  for (const std::string& base : bases) {
    if (!is_pattern(part)) {
      matches.push_back(join_path(base, part));
      continue;
    }
    const Result<std::vector<std::string>> names = files.list(base.empty() ? "." : base);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      if (fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) matches.push_back(join_path(base, name));
    }
  }
  return matches;
}

}  // namespace

bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

Result<std::vector<std::string>> matching_paths(Files& files, const std::string& pattern) {
  if (!is_pattern(pattern)) return std::vector<std::string>{pattern};
  std::vector<std::string> matches{pattern.starts_with('/') ? "/" : ""};
  std::size_t at = pattern.starts_with('/') ? 1 : 0;
  while (at <= pattern.size()) {
    const std::size_t slash = std::min(pattern.find('/', at), pattern.size());
    const std::string part = pattern.substr(at, slash - at);
    at = slash + 1;
    if (part.empty()) continue;
    Result<std::vector<std::string>> next = match_part(files, matches, part);
    if (!next) return next;
    matches = std::move(*next);
  }
  // Behind a pattern a plain part need not exist.
  std::erase_if(matches, [&](const std::string& path) { return !files.exists(path); });
  std::ranges::sort(matches);
  return matches;
}

}  // namespace reckoner

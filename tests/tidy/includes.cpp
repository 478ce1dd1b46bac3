#include "tidy/includes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidy/repository.hpp"

namespace reckoner::tidy {
namespace {

struct Include {
  std::size_t line = 0;
  std::string_view name;
  bool is_quoted = false;
};

// Names of folders, separated by blanks, with blanks around them all; "*" is every folder.
struct FolderArrow {
  std::string_view folder;
  std::string_view may_include;
};

constexpr std::array kFolderArrows = {
    FolderArrow{"engine", " engine "},
    FolderArrow{"state", " state engine "},
    FolderArrow{"operators", " operators engine "},
    FolderArrow{"connectors", " connectors engine "},
    FolderArrow{"rules", " rules operators engine "},
    FolderArrow{"app", " app engine state operators connectors rules "},
    FolderArrow{"benchmarks", " benchmarks app engine state operators connectors rules "},
};

struct Library {
  std::string_view prefix;   // of the header's name
  std::string_view folders;  // first parts of paths, whole folders or whole files
};

constexpr std::array kLibraries = {
    Library{"fmt/", "*"},
    Library{"xxhash.h", "*"},
    Library{"rocksdb/", " state tests benchmarks "},
    Library{"simdjson.h", " connectors benchmarks "},
    Library{"zlib.h", " connectors tests/connectors "},
    Library{"zstd.h", " connectors tests/connectors "},
    Library{"librdkafka/", " connectors tests/connectors benchmarks "},
    Library{"re2/", " connectors rules tests/connectors "},
    Library{"yaml-cpp/", " rules "},
    Library{"CLI/", " app/command_line.cpp "},
    Library{"spdlog/", " app "},
    Library{"mimalloc", " app benchmarks "},
    Library{"benchmark/", " benchmarks "},
    Library{"catch2/", " tests/support/catch.hpp "},
    Library{"immintrin.h", " engine operators connectors benchmarks tests "},
};

// The operating system's headers: a file that includes one is a port or talks to one. Operators and rules never do.
constexpr std::string_view kSystemFolders = " engine state connectors app tests benchmarks ";
constexpr std::array<std::string_view, 18> kSystemHeaders = {"dirent.h", "dlfcn.h", "fcntl.h",   "fnmatch.h", "glob.h",     "linux/",
                                                             "malloc.h", "poll.h",  "pthread.h", "sched.h",   "signal.h",   "spawn.h",
                                                             "stdlib.h", "sys/",    "termios.h", "time.h",    "ucontext.h", "unistd.h"};

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  const std::vector<std::string_view> code = lines_of(file.code);
  const std::vector<std::string_view> text = lines_of(file.text);
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (!code[i].starts_with("#include")) continue;
    const std::size_t open = text[i].find_first_of("<\"");
    if (open == std::string_view::npos) continue;
    const bool is_quoted = text[i][open] == '"';
    const std::size_t close = text[i].find(is_quoted ? '"' : '>', open + 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({i + 1, text[i].substr(open + 1, close - open - 1), is_quoted});
  }
  return includes;
}

bool lists(std::string_view folders, std::string_view folder) {
  return folders == "*" || folders.find(fmt::format(" {} ", folder)) != std::string_view::npos;
}

std::string_view directory_of(std::string_view path) { return path.substr(0, std::min(path.rfind('/'), path.size())); }

// Where a header may be included; nothing for one that the tables do not know.
std::optional<std::string_view> folders_of(std::string_view header) {
  for (const Library& library : kLibraries) {
    if (header.starts_with(library.prefix)) return library.folders;
  }
  for (const std::string_view system : kSystemHeaders) {
    if (header.starts_with(system)) return kSystemFolders;
  }
  if (header.find_first_of("./") == std::string_view::npos) return "*";  // the standard library
  return std::nullopt;
}

}  // namespace

Findings check_folder_arrows(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    const auto* arrow = std::find_if(kFolderArrows.begin(), kFolderArrows.end(), [&](const FolderArrow& a) { return a.folder == file.folder(); });
    if (!file.is_cpp() || arrow == kFolderArrows.end()) continue;
    for (const Include& include : includes_of(file)) {
      if (!include.is_quoted) continue;
      const std::string_view target = include.name.substr(0, include.name.find('/'));
      if (lists(arrow->may_include, target) && include.name.find('/') != std::string_view::npos) continue;
      findings.push_back(at(file, include.line, fmt::format("{} may not include \"{}\", only:{}", file.folder(), include.name, arrow->may_include)));
    }
  }
  return findings;
}

Findings check_third_party_headers(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (!file.is_cpp()) continue;
    for (const Include& include : includes_of(file)) {
      if (include.is_quoted) continue;
      const std::optional<std::string_view> folders = folders_of(include.name);
      if (!folders) {
        findings.push_back(
            at(file, include.line, fmt::format("<{}> is in no table of tests/tidy/includes.cpp; name its folder there", include.name)));
      } else if (!lists(*folders, file.folder()) && !lists(*folders, directory_of(file.path)) && !lists(*folders, file.path)) {
        findings.push_back(at(file, include.line, fmt::format("<{}> is kept to:{}", include.name, *folders)));
      }
    }
  }
  return findings;
}

}  // namespace reckoner::tidy

#include "tidy/determinism.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidy/repository.hpp"

namespace reckoner::tidy {
namespace {

struct BannedWord {
  std::string_view word;
  bool is_call = false;        // counts only before an opening parenthesis, and not as a member of something
  bool also_in_tests = false;  // a test that fails must fail again
  std::string_view instead;
};

constexpr std::string_view kClock = "take time from the Clock port";
constexpr std::string_view kRandom = "derive it from the input or a seed";
constexpr std::string_view kOrder = "use a map, a sorted vector or the key table";

constexpr std::array kBannedWords = {
    BannedWord{"system_clock", false, false, kClock},
    BannedWord{"steady_clock", false, false, kClock},
    BannedWord{"high_resolution_clock", false, false, kClock},
    BannedWord{"utc_clock", false, false, kClock},
    BannedWord{"file_clock", false, false, kClock},
    BannedWord{"time", true, false, kClock},
    BannedWord{"clock_gettime", false, false, kClock},
    BannedWord{"gettimeofday", false, false, kClock},
    BannedWord{"localtime", false, false, kClock},
    BannedWord{"localtime_r", false, false, kClock},
    BannedWord{"mktime", false, false, kClock},
    BannedWord{"sleep_for", false, false, kClock},
    BannedWord{"sleep_until", false, false, kClock},
    BannedWord{"rand", true, true, kRandom},
    BannedWord{"srand", true, true, kRandom},
    BannedWord{"getrandom", true, true, kRandom},
    BannedWord{"random_device", false, true, kRandom},
    BannedWord{"mt19937", false, false, kRandom},
    BannedWord{"mt19937_64", false, false, kRandom},
    BannedWord{"default_random_engine", false, true, kRandom},
    BannedWord{"uniform_int_distribution", false, false, kRandom},
    BannedWord{"uniform_real_distribution", false, false, kRandom},
    BannedWord{"unordered_map", false, false, kOrder},
    BannedWord{"unordered_set", false, false, kOrder},
    BannedWord{"unordered_multimap", false, false, kOrder},
    BannedWord{"unordered_multiset", false, false, kOrder},
};

bool is_call_at(std::string_view code, std::size_t offset, std::size_t length) {
  const std::size_t next = code.find_first_not_of(' ', offset + length);
  if (next == std::string_view::npos || code[next] != '(') return false;
  const std::string_view before = code.substr(0, offset);
  return !before.ends_with('.') && !before.ends_with("->");
}

bool is_include(std::string_view code, std::size_t offset) {
  const std::size_t begin = code.rfind('\n', offset) + 1;  // npos + 1 is 0
  return code.substr(begin).starts_with("#include");
}

}  // namespace

Allowances parse_allowances(std::string_view text) {
  Allowances allowances;
  std::size_t line = 0;
  for (std::string_view entry : lines_of(text)) {
    ++line;
    if (entry.empty() || entry.starts_with('#')) continue;
    std::array<std::string, 2> words;
    for (std::string& word : words) {
      const std::size_t end = std::min(entry.find(' '), entry.size());
      word = entry.substr(0, end);
      entry.remove_prefix(std::min(entry.find_first_not_of(' ', end), entry.size()));
    }
    // Shorter than this is no reason.
    constexpr std::size_t kReasonBytesMin = 15;
    if (entry.size() < kReasonBytesMin) {
      allowances.malformed.push_back(
          fmt::format("tests/tidy/allowed.txt:{}: write PATH WORD and a reason of at least {} letters", line, kReasonBytesMin));
    } else {
      allowances.entries.push_back({std::move(words[0]), std::move(words[1]), std::string(entry), line});
    }
  }
  return allowances;
}

Findings check_determinism(const std::vector<SourceFile>& files, const std::vector<Allowance>& allowances) {
  Findings findings;
  std::set<std::pair<std::string, std::string>> unused;
  for (const Allowance& allowance : allowances) unused.emplace(allowance.path, allowance.word);
  const auto allowed = unused;
  for (const SourceFile& file : files) {
    for (const BannedWord& banned : kBannedWords) {
      if (!file.is_in_layer() && !(banned.also_in_tests && file.is_cpp())) continue;
      for (const std::size_t offset : find_word(file.code, banned.word)) {
        if (is_include(file.code, offset) || (banned.is_call && !is_call_at(file.code, offset, banned.word.size()))) continue;
        const std::pair<std::string, std::string> use(file.path, banned.word);
        unused.erase(use);
        if (allowed.contains(use)) continue;
        findings.push_back(at(file, line_at(file.code, offset), fmt::format("{} differs between runs; {}", banned.word, banned.instead)));
      }
    }
  }
  for (const auto& [path, word] : unused) findings.push_back(fmt::format("tests/tidy/allowed.txt: {} does not use {}; drop the line", path, word));
  return findings;
}

}  // namespace reckoner::tidy

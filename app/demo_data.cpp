#include "app/demo_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/people_text.hpp"
#include "app/row_text.hpp"
#include "engine/time_text.hpp"

namespace reckoner {

namespace {
constexpr std::uint64_t kFileBytesMax = 1ULL << 30U;
constexpr std::array<std::string_view, 3> kTimeFields = {"occurred_at", "at", "at"};
}  // namespace

std::string demo_data_directory(const std::string& directory) { return join_path(directory, "data"); }

Result<CardFraudCounts> make_demo_data(Files& files, const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  const CardFraudSettings settings;
  auto counts = generate_card_fraud(settings, files, demo_data_directory(directory));
  if (!counts) return counts;
  std::uint64_t lines = 0;
  for (const CardFraudFileCounts& file : counts->files) lines += file.lines;
  fmt::print("{} events of {} accounts over {} days, with {} frauds planted, are in {}\n", with_commas(lines), with_commas(settings.accounts),
             settings.days, counts->incidents, demo_data_directory(directory));
  return counts;
}

Result<std::vector<DemoEvent>> read_demo_events(Files& files, const std::string& directory) {
  struct Timed {
    std::int64_t time_ms;
    DemoEvent event;
  };
  std::vector<Timed> all;
  for (std::size_t input = 0; input < kDemoInputs.size(); ++input) {
    const auto text = read_whole(files, join_path(demo_data_directory(directory), fmt::format("{}.jsonl", kDemoInputs[input])), kFileBytesMax);
    if (!text) return std::unexpected(text.error());
    std::int64_t time_ms = 0;  // never back, so that the file keeps its order
    for (std::size_t begin = 0; begin < text->size();) {
      const std::size_t end = std::min(text->find('\n', begin), text->size());
      const std::string line = text->substr(begin, end - begin);
      begin = end + 1;
      if (const auto written = text_in_row(line, kTimeFields[input])) time_ms = std::max(time_ms, parse_rfc3339(*written).value_or(time_ms));
      all.push_back({time_ms, {input, text_in_row(line, "account_id").value_or("?"), text_in_row(line, kDemoIdFields[input]).value_or(""), line}});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Timed& left, const Timed& right) { return left.time_ms < right.time_ms; });
  std::vector<DemoEvent> events;
  events.reserve(all.size());
  for (Timed& one : all) events.push_back(std::move(one.event));
  return events;
}

}  // namespace reckoner

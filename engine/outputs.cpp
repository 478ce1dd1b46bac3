#include "engine/outputs.hpp"

#include <algorithm>
#include <array>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::array<std::string_view, kOutputs> kOutputNames = {"totals", "scores", "alerts", "late", "dead_letters", "duplicates"};

}  // namespace

std::string_view to_text(OutputId output) { return kOutputNames[static_cast<std::size_t>(output)]; }

void Outputs::end_row(OutputId output, RowOrder order) {
  Lane& lane = lanes_[static_cast<std::size_t>(output)];
  ++lane.rows;
  if (tagged_) lane.tags.push_back({order, lane.bytes.size()});
}

void Outputs::clear() {
  for (Lane& lane : lanes_) {
    lane.bytes.clear();
    lane.tags.clear();
    lane.rows = 0;
  }
}

std::uint64_t merge_rows(std::span<Outputs* const> kinds, std::size_t output, ByteBuffer& into) {
  struct Row {
    RowOrder order;
    std::string_view bytes;
  };
  std::vector<Row> rows;
  for (const Outputs* kind : kinds) {
    const Outputs::Lane& lane = kind->lane(output);
    RECKONER_CHECK(lane.tags.size() == lane.rows, "{} tags of {} rows", lane.tags.size(), lane.rows);
    std::uint64_t begin = 0;
    for (const Outputs::Tag& tag : lane.tags) {
      rows.push_back({tag.order, lane.bytes.text().substr(begin, tag.end - begin)});
      begin = tag.end;
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& left, const Row& right) { return left.order < right.order; });
  for (const Row& row : rows) into.append(row.bytes);
  return rows.size();
}

}  // namespace reckoner

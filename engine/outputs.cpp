#include "engine/outputs.hpp"

#include <array>

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
  std::uint64_t rows = 0;
  if (kinds.size() == 1) {
    const Outputs::Lane& lane = kinds[0]->lane(output);
    into.append(lane.bytes.text());
    return lane.rows;
  }
  std::vector<std::size_t> next(kinds.size());
  const auto order = [&](std::size_t kind) { return kinds[kind]->lane(output).tags[next[kind]].order; };
  for (;;) {
    std::size_t best = kinds.size();
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      if (next[kind] == kinds[kind]->lane(output).tags.size()) continue;
      if (best == kinds.size()) {
        best = kind;
        continue;
      }
      const RowOrder left = order(kind);
      const RowOrder right = order(best);
      if (left.sequence < right.sequence || (left.sequence == right.sequence && left.minor < right.minor)) best = kind;
    }
    if (best == kinds.size()) return rows;
    const Outputs::Lane& lane = kinds[best]->lane(output);
    const std::uint64_t begin = next[best] == 0 ? 0 : lane.tags[next[best] - 1].end;
    into.append(lane.bytes.text().substr(begin, lane.tags[next[best]].end - begin));
    ++next[best];
    ++rows;
  }
}

}  // namespace reckoner

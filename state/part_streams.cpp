#include "state/part_streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "engine/check.hpp"

namespace reckoner {

namespace {

// Their prefixes are of different lists, so that they tell nothing.
bool precedes(const PartReference& left, const PartReference& right) { return CheckpointParts::key(*left.part) < CheckpointParts::key(*right.part); }

}  // namespace

Result<void> PartStreams::add(std::span<const CheckpointPortion> portions) {
  RECKONER_CHECK(streams_.empty() || streams_.size() == portions.size(), "{} portions of {} shards", portions.size(), streams_.size());
  for (std::size_t shard = 0; shard < portions.size(); ++shard) {
    if (shard == streams_.size()) {
      PartFilesPlan plan = plan_;
      plan.name = fmt::format("{}-{:06}", plan_.name, shard);
      streams_.push_back(std::make_unique<Stream>(Stream{.writer = PartFilesWriter(options_, std::move(plan)), .held = {}, .next = 0}));
    }
    Stream& stream = *streams_[shard];
    hold(stream, *portions[shard].early);
    const CheckpointParts& ordered = *portions[shard].ordered;
    for (std::size_t at = 0; at < ordered.size(); ++at) {
      const CheckpointParts::Part& part = ordered.part(at);
      if (Result<void> written = write_held(stream, &part); !written) return written;
      if (Result<void> written = stream.writer.add(part); !written) return written;
    }
  }
  return {};
}

void PartStreams::hold(Stream& stream, const CheckpointParts& early) {
  if (early.size() == 0) return;
  stream.held.erase(stream.held.begin(), stream.held.begin() + static_cast<std::ptrdiff_t>(stream.next));
  stream.next = 0;
  const CheckpointParts* const lists[] = {&early};
  const std::vector<PartReference> more = parts_in_key_order(lists);
  std::vector<PartReference> all;
  all.reserve(stream.held.size() + more.size());
  std::merge(stream.held.begin(), stream.held.end(), more.begin(), more.end(), std::back_inserter(all), precedes);
  stream.held = std::move(all);
}

// Those that come before this one; null = all.
Result<void> PartStreams::write_held(Stream& stream, const CheckpointParts::Part* before) {
  for (; stream.next < stream.held.size(); ++stream.next) {
    const CheckpointParts::Part& part = *stream.held[stream.next].part;
    if (before != nullptr && CheckpointParts::key(part) >= CheckpointParts::key(*before)) break;
    if (Result<void> written = stream.writer.add(part); !written) return written;
  }
  return {};
}

Result<std::vector<BuiltFile>> PartStreams::finish() {
  std::vector<BuiltFile> all;
  for (const std::unique_ptr<Stream>& stream : streams_) {
    if (Result<void> written = write_held(*stream, nullptr); !written) return std::unexpected(written.error());
    Result<std::vector<BuiltFile>> files = stream->writer.finish();
    if (!files) return std::unexpected(files.error());
    std::move(files->begin(), files->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace reckoner

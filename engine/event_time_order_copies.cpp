// What a checkpoint keeps of the records that wait, and back.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/event_time_order.hpp"
#include "engine/handed_record.hpp"
#include "engine/topic_block.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kBlockTextBytes = 256U << 10U;  // of a block of records that are back, about

}  // namespace

// Stored: do not change. A lane goes by the first of its key kinds; its records follow it in the order in which they leave.
std::string EventTimeOrder::name_of(const Lane& lane) const {
  std::string name = prefix_;
  append_big_endian(name, static_cast<std::uint8_t>(std::countr_zero(lane.plan.key_kinds)));
  return name;
}

std::string EventTimeOrder::name_of(const Lane& lane, const Place& place) const {
  std::string name = name_of(lane);
  append(name, place);
  return name;
}

void EventTimeOrder::append(std::string& bytes, const Place& place) {
  append_big_endian(bytes, sortable(place.time_ms));
  append_big_endian(bytes, place.partition.input);
  append_big_endian(bytes, place.partition.partition);
  append_big_endian(bytes, place.record);
}

EventTimeOrder::Place EventTimeOrder::take_place(std::string_view& bytes) {
  Place place;
  place.time_ms = from_sortable(take_big_endian<std::uint64_t>(bytes));
  place.partition.input = take_big_endian<std::uint16_t>(bytes);
  place.partition.partition = take_big_endian<std::uint32_t>(bytes);
  place.record = take_big_endian<std::uint64_t>(bytes);
  return place;
}

void EventTimeOrder::begin_checkpoint(std::string_view prefix, CheckpointParts& parts) {
  prefix_ = prefix;
  for (Lane& lane : lanes_) {
    RECKONER_CHECK(lane.copying.empty() && lane.leaving.empty(), "a checkpoint still gathers");
    lane.copied_at = lane.reached;
    lane.copying.swap(lane.fresh);
    lane.leaving.swap(lane.kept);
    text_.clear();
    append_big_endian(text_, sortable(lane.reached.passed_ms));
    append(text_, lane.reached.last);
    parts.put(name_of(lane), text_);
  }
}

bool EventTimeOrder::gather(std::size_t records_max, CheckpointParts& parts) {
  for (Lane& lane : lanes_) {
    for (; records_max > 0 && !lane.leaving.empty(); lane.leaving.pop_back(), --records_max) {
      const Place& place = lane.leaving.back();
      if (lane.copied_at.is_past(place)) {
        parts.remove(name_of(lane, place));
      } else {
        lane.kept.push_back(place);
      }
    }
    for (; records_max > 0 && !lane.copying.empty(); lane.copying.pop_back(), --records_max) {
      const Waiting& waiting = lane.copying.back();
      if (lane.copied_at.is_past(waiting.place)) continue;
      put(lane, waiting, parts);
      lane.kept.push_back(waiting.place);
    }
    if (!lane.leaving.empty() || !lane.copying.empty()) return true;
  }
  return false;
}

void EventTimeOrder::put(const Lane& lane, const Waiting& waiting, CheckpointParts& parts) {
  HandedRecord record = record_as_read(waiting.block->records, waiting.row);
  record.key_kinds = waiting.meant;
  record.watermark_ms = kNoWatermark;
  text_.clear();
  reckoner::append(text_, record);
  parts.put(name_of(lane, waiting.place), text_);
}

void EventTimeOrder::load(std::string_view name, std::string_view value) {
  const auto kind = take_big_endian<std::uint8_t>(name);
  const auto is_first = [&](const Lane& lane) { return std::countr_zero(lane.plan.key_kinds) == int{kind}; };
  const auto lane = std::find_if(lanes_.begin(), lanes_.end(), is_first);
  RECKONER_CHECK(lane != lanes_.end(), "records wait for key kind {}, which does not ask for an order", kind);
  if (!name.empty()) return load_record(static_cast<std::size_t>(lane - lanes_.begin()), name, value);
  lane->reached.passed_ms = from_sortable(take_big_endian<std::uint64_t>(value));
  lane->reached.last = take_place(value);
}

void EventTimeOrder::load_record(std::size_t lane, std::string_view name, std::string_view value) {
  const HandedRecord record = or_end_epoch(decode_handed_record(value));
  const Place place = take_place(name);
  std::vector<Loading>& all = loading_[record.origin];
  if (all.empty() || all.back().block->records.text_bytes >= kBlockTextBytes) {
    all.push_back({std::make_shared<KeyedBlock>(), {}});
    all.back().block->records.partition = record.origin;
  }
  Loading& loading = all.back();
  append_handed_record(loading.block->records, record, record.record + 1);
  loading.rows.emplace_back(lane, Waiting{place, loading.block, static_cast<std::uint32_t>(loading.rows.size()), record.key_kinds});
  lanes_[lane].kept.push_back(place);
}

void EventTimeOrder::finish_load(Reader& reader) {
  for (auto& [partition, all] : loading_) {
    for (Loading& loading : all) take_loaded(loading, reader);
  }
  loading_.clear();
}

void EventTimeOrder::take_loaded(Loading& loading, Reader& reader) {
  RecordBlock& records = loading.block->records;
  end_topic_block(records);
  reader.decode_again(*loading.block);
  RECKONER_CHECK(records.rows == loading.rows.size(), "{} of {} records that waited", records.rows, loading.rows.size());
  for (auto& [lane, waiting] : loading.rows) {
    if (records.rejected[waiting.row] != 0) {
      throw EpochFailure({ErrorKind::kConfiguration, Retry::kNever,
                          fmt::format("record {} of input '{}', which was read and waits for its turn, is none by this rule set's schema; undo the "
                                      "change of the schema, or begin a new state directory",
                                      waiting.place.record, reader.schema(records.partition.input).input)});
    }
    lanes_[lane].waiting.push_back(std::move(waiting));
    std::push_heap(lanes_[lane].waiting.begin(), lanes_[lane].waiting.end(), leaves_later);
  }
}

}  // namespace reckoner

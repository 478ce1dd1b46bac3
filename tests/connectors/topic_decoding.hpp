// Blocks as a topic's source fills them, for the tests of decoders.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decoding.hpp"
#include "engine/record_headers.hpp"

namespace reckoner::testing {

struct TopicInput {
  std::optional<std::string> value;
  std::optional<std::string> key = std::nullopt;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
  std::int64_t timestamp_ms = TopicRecord::kNoTimestamp;
};

inline TextRef appended(std::vector<char>& text, const std::string& bytes) {
  const TextRef ref{static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(bytes.size())};
  text.insert(text.end(), bytes.begin(), bytes.end());
  return ref;
}

inline RecordBlock block_of(const std::vector<TopicInput>& records, Position first = {}) {
  RecordBlock block;
  block.first = first;
  for (const TopicInput& record : records) {
    TopicRecord& made = block.topic_records.emplace_back();
    made.value = appended(block.text, record.value.value_or(""));
    block.text.push_back('\n');
    made.has_value = record.value.has_value();
    made.key = appended(block.topic_text, record.key.value_or(""));
    made.has_key = record.key.has_value();
    std::vector<char> packed;
    for (const auto& [name, value] : record.headers) append_header(packed, {name, value ? std::optional<std::string_view>(*value) : std::nullopt});
    made.headers = appended(block.topic_text, {packed.begin(), packed.end()});
    made.timestamp_ms = record.timestamp_ms;
  }
  block.text_bytes = block.text.size();
  block.text.resize(block.text_bytes + kTextPadding, 'x');
  block.topic_text.resize(block.topic_text.size() + kTextPadding, 'x');
  return block;
}

inline RecordBlock decoded(const Decoder& decoder, const std::vector<TopicInput>& records, Position first = {}) {
  RecordBlock block = block_of(records, first);
  const auto scratch = decoder.make_scratch();
  decoder.decode(block, kAllWanted, *scratch);
  return block;
}

}  // namespace reckoner::testing

#include "engine/topic_block.hpp"

#include <algorithm>

namespace reckoner {

TopicRecord& append_topic_record(RecordBlock& block, std::optional<std::string_view> key, std::optional<std::string_view> value,
                                 std::int64_t timestamp_ms) {
  const std::string_view text = value.value_or(std::string_view{});
  const std::string_view key_text = key.value_or(std::string_view{});
  const std::size_t needed = block.text_bytes + text.size() + 1 + kTextPadding;
  if (block.text.size() < needed) block.text.resize(std::max(needed, block.text.size() * 2));
  char* const at = block.text.data() + block.text_bytes;
  std::copy(text.begin(), text.end(), at);
  at[text.size()] = '\n';
  TopicRecord& record = block.topic_records.emplace_back();
  record.value = {static_cast<std::uint32_t>(block.text_bytes), static_cast<std::uint32_t>(text.size())};
  record.has_value = value.has_value();
  record.has_key = key.has_value();
  record.key = {static_cast<std::uint32_t>(block.topic_text.size()), static_cast<std::uint32_t>(key_text.size())};
  block.topic_text.insert(block.topic_text.end(), key_text.begin(), key_text.end());
  record.headers = {static_cast<std::uint32_t>(block.topic_text.size()), 0};
  record.timestamp_ms = timestamp_ms;
  block.text_bytes += text.size() + 1;
  return record;
}

void end_topic_block(RecordBlock& block) {
  block.text.resize(block.text_bytes + kTextPadding);
  block.topic_text.resize(block.topic_text.size() + kTextPadding);
}

}  // namespace reckoner

// A block of whole records of a topic, put together one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/record_block.hpp"

namespace reckoner {

// A line end goes behind each value, which no decoder reads: a number's end is then seen as in a file. The record's headers follow by
// whoever appends them to block.topic_text and sets their length; end_topic_block() comes last.
TopicRecord& append_topic_record(RecordBlock& block, std::optional<std::string_view> key, std::optional<std::string_view> value,
                                 std::int64_t timestamp_ms);
void end_topic_block(RecordBlock& block);

}  // namespace reckoner

#include "app/topic_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "app/row_text.hpp"
#include "connectors/kafka_topics.hpp"
#include "engine/time_column.hpp"
#include "rules/literals.hpp"

namespace reckoner {

TopicOutput::TopicOutput(const KafkaLook& job, OutputId output)
    : job_(job), topic_(job.topics.outputs[static_cast<std::size_t>(output)]), time_column_(time_column(output)), next_(job.log.shards) {
  for (std::uint32_t number = 0; number < job.log.shards; ++number)
    partitions_.push_back(std::make_unique<KafkaPartition>(*job.client, topic_, static_cast<std::int32_t>(number)));
}

Result<void> TopicOutput::read_partition(std::size_t number) {
  if (next_[number] == 0) {
    const auto range = offset_range(*job_.client, topic_, static_cast<std::int32_t>(number));
    if (!range) return std::unexpected(range.error());
    next_[number] = range->begin;
  }
  std::int64_t time_ms = std::numeric_limits<std::int64_t>::min();
  const auto next = read_to_end(*partitions_[number], next_[number], [&](const KafkaRecord& record) -> Result<void> {
    const std::string_view row = record.value.value_or(std::string_view{});
    if (text_.size() + row.size() > kTopicRowsBytesMax)
      return fail(ErrorKind::kConfiguration,
                  fmt::format("{}: more than {} GiB of rows; read the topic with a consumer", topic_, kTopicRowsBytesMax >> 30U));
    if (const auto time = time_column_.empty() ? std::nullopt : text_in_row(row, time_column_)) {
      if (const auto parsed = parse_number(*time)) time_ms = parsed->unscaled;
    }
    rows_.push_back({time_ms, text_.size(), static_cast<std::uint32_t>(row.size())});
    text_ += row;
    return {};
  });
  if (!next) return std::unexpected(next.error());
  next_[number] = *next;
  return {};
}

Result<void> TopicOutput::read(const RowVisitor& visit) {
  text_.clear();
  rows_.clear();
  for (std::size_t number = 0; number < partitions_.size(); ++number) {
    if (Result<void> read = read_partition(number); !read) return read;
  }
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& left, const Row& right) { return left.time_ms < right.time_ms; });
  for (const Row& row : rows_) {
    if (Result<void> visited = visit(std::string_view(text_).substr(row.begin, row.bytes)); !visited) return visited;
  }
  return {};
}

}  // namespace reckoner

#include "connectors/kafka_gap.hpp"

#include <fmt/format.h>

#include <charconv>

#include "engine/big_endian.hpp"

namespace reckoner {

namespace {

// docs/formats.md describes the form. Do not change it: a log record's version says which it is.
template <typename T>
bool take(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof(T)) return false;
  value = take_big_endian<T>(bytes);
  return true;
}

bool take(std::string_view& bytes, std::string& text) {
  std::uint32_t length = 0;
  if (!take(bytes, length) || length > bytes.size()) return false;
  text = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return true;
}

bool take(std::string_view& bytes, AcceptedGap& gap) {
  std::uint32_t partition = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  if (!take(bytes, gap.topic) || !take(bytes, partition) || !take(bytes, from) || !take(bytes, to) || !take(bytes, gap.reason)) return false;
  gap.partition = static_cast<std::int32_t>(partition);
  gap.from = static_cast<std::int64_t>(from);
  gap.to = static_cast<std::int64_t>(to);
  return true;
}

// The number before the first `end`, or all there is; taken off with that.
template <typename T>
bool number_before(std::string_view& text, char end, T& number) {
  const std::size_t length = std::min(text.find(end), text.size());
  const auto [last, error] = std::from_chars(text.data(), text.data() + length, number);
  if (error != std::errc{} || last != text.data() + length || number < 0) return false;
  text.remove_prefix(std::min(length + 1, text.size()));
  return true;
}

}  // namespace

std::string range_text(const AcceptedGap& gap) { return fmt::format("{}/{}:{}-{}", gap.topic, gap.partition, gap.from, gap.to); }

Result<AcceptedGap> parse_range(std::string_view text) {
  AcceptedGap gap;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && slash > 0) {
    std::string_view left = text.substr(slash + 1);
    gap.topic = text.substr(0, slash);
    if (number_before(left, ':', gap.partition) && number_before(left, '-', gap.from) && number_before(left, '\0', gap.to) && gap.from <= gap.to)
      return gap;
  }
  return fail(ErrorKind::kConfiguration,
              fmt::format("'{}': write it as TOPIC/PARTITION:FROM-TO, as seed.events/3:120-499, the first and the last offset "
                          "that is gone, as the run that stopped there names them",
                          text));
}

std::string encode(const std::vector<AcceptedGap>& gaps) {
  std::string out;
  append_big_endian(out, static_cast<std::uint32_t>(gaps.size()));
  for (const AcceptedGap& gap : gaps) {
    append_counted(out, gap.topic);
    append_big_endian(out, static_cast<std::uint32_t>(gap.partition));
    append_big_endian(out, static_cast<std::uint64_t>(gap.from));
    append_big_endian(out, static_cast<std::uint64_t>(gap.to));
    append_counted(out, gap.reason);
  }
  return out;
}

Result<std::vector<AcceptedGap>> decode_gaps(std::string_view bytes) {
  std::vector<AcceptedGap> gaps;
  std::uint32_t count = 0;
  bool whole = take(bytes, count);
  for (std::uint32_t i = 0; i < count && whole; ++i) whole = take(bytes, gaps.emplace_back());
  if (whole && bytes.empty()) return gaps;
  return fail(ErrorKind::kCorruption, "a log record about offsets that are gone does not have the length that it says");
}

}  // namespace reckoner

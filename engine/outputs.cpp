#include "engine/outputs.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::array<std::string_view, kOutputs> kOutputNames = {"totals", "scores", "alerts", "late", "dead_letters", "duplicates"};
constexpr std::size_t kNumberBytes = 24;

void append(std::vector<char>& buffer, std::string_view bytes) { buffer.insert(buffer.end(), bytes.begin(), bytes.end()); }

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

}  // namespace

std::string_view to_text(OutputId output) { return kOutputNames[static_cast<std::size_t>(output)]; }

void append_integer(std::vector<char>& buffer, std::int64_t value) {
  std::array<char, kNumberBytes> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  RECKONER_CHECK(error == std::errc{}, "{}", value);
  buffer.insert(buffer.end(), digits.data(), end);
}

void append_decimal(std::vector<char>& buffer, std::int64_t unscaled, int scale) {
  std::array<char, kNumberBytes> digits;
  const std::uint64_t magnitude = unscaled < 0 ? ~static_cast<std::uint64_t>(unscaled) + 1 : static_cast<std::uint64_t>(unscaled);
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude);
  RECKONER_CHECK(error == std::errc{}, "{}", unscaled);
  if (unscaled < 0) buffer.push_back('-');
  const auto count = static_cast<int>(end - digits.data());
  if (scale == 0) return append(buffer, {digits.data(), static_cast<std::size_t>(count)});
  const int whole = count > scale ? count - scale : 0;
  if (whole == 0) buffer.push_back('0');
  buffer.insert(buffer.end(), digits.data(), digits.data() + whole);
  buffer.push_back('.');
  for (int i = count; i < scale; ++i) buffer.push_back('0');
  buffer.insert(buffer.end(), digits.data() + whole, end);
}

void append_escaped(std::vector<char>& buffer, std::string_view text) {
  for (std::size_t from = 0; from < text.size();) {
    std::size_t to = from;
    while (to < text.size() && !needs_escape(text[to])) ++to;
    append(buffer, text.substr(from, to - from));
    if (to == text.size()) return;
    constexpr std::string_view kHex = "0123456789abcdef";
    const char c = text[to];
    if (c == '"' || c == '\\') {
      buffer.push_back('\\');
      buffer.push_back(c);
    } else {
      append(buffer, "\\u00");
      buffer.push_back(kHex[static_cast<unsigned char>(c) >> 4U]);
      buffer.push_back(kHex[static_cast<unsigned char>(c) & 15U]);
    }
    from = to + 1;
  }
}

void RowWriter::begin() {
  buffer_.push_back('{');
  first_ = true;
}

void RowWriter::end() { append(buffer_, "}\n"); }

void RowWriter::name(std::string_view name) {
  if (!first_) buffer_.push_back(',');
  first_ = false;
  if (name.empty()) return;
  buffer_.push_back('"');
  append(buffer_, name);
  append(buffer_, "\":");
}

void RowWriter::text(std::string_view field, std::string_view value) {
  name(field);
  buffer_.push_back('"');
  append_escaped(buffer_, value);
  buffer_.push_back('"');
}

void RowWriter::integer(std::string_view field, std::int64_t value) {
  name(field);
  append_integer(buffer_, value);
}

void RowWriter::value(std::string_view field, const ValueType& type, std::int64_t value) {
  switch (type.kind) {
    case ValueKind::kBool:
      return raw(field, value != 0 ? "true" : "false");
    case ValueKind::kInteger:
      return integer(field, value);
    case ValueKind::kDecimal:
    case ValueKind::kMoney:
      name(field);
      buffer_.push_back('"');
      append_decimal(buffer_, value, type.scale);
      buffer_.push_back('"');
      return;
    case ValueKind::kEnum:
    case ValueKind::kTime:
    case ValueKind::kDuration:
      return text(field, to_text(type, value));
    case ValueKind::kString:
      break;
  }
  RECKONER_UNREACHABLE("a string has no 64-bit value");
}

void RowWriter::null(std::string_view field) { raw(field, "null"); }

void RowWriter::raw(std::string_view field, std::string_view json) {
  name(field);
  append(buffer_, json);
}

void RowWriter::open(std::string_view field, char bracket) {
  name(field);
  buffer_.push_back(bracket);
  first_ = true;
}

void RowWriter::close(char bracket) {
  buffer_.push_back(bracket);
  first_ = false;
}

void RowWriter::element(std::string_view value) {
  name({});
  buffer_.push_back('"');
  append_escaped(buffer_, value);
  buffer_.push_back('"');
}

void RowWriter::verbatim(std::string_view bytes) {
  append(buffer_, bytes);
  first_ = false;
}

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

std::uint64_t merge_rows(std::span<Outputs* const> kinds, std::size_t output, std::vector<char>& into) {
  std::uint64_t rows = 0;
  if (kinds.size() == 1) {
    const Outputs::Lane& lane = kinds[0]->lane(output);
    into.insert(into.end(), lane.bytes.begin(), lane.bytes.end());
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
    into.insert(into.end(), lane.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                lane.bytes.begin() + static_cast<std::ptrdiff_t>(lane.tags[next[best]].end));
    ++next[best];
    ++rows;
  }
}

}  // namespace reckoner

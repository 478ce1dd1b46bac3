#include "rules/time_zone_file.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/big_endian.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kMagic = "TZif";
constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kReservedBytes = 15;
constexpr std::size_t kTypeBytes = 6;  // offset, is daylight-saving time, abbreviation
constexpr std::uint32_t kCountMax = 100'000;

struct Header {
  char version = 0;
  std::uint32_t is_utc = 0;
  std::uint32_t is_standard = 0;
  std::uint32_t leaps = 0;
  std::uint32_t times = 0;
  std::uint32_t types = 0;
  std::uint32_t letters = 0;

  [[nodiscard]] std::size_t block_bytes(std::size_t time_bytes) const {
    return times * (time_bytes + 1) + types * kTypeBytes + letters + leaps * (time_bytes + 4) + is_standard + is_utc;
  }
};

bool take_header(std::string_view& bytes, Header& header) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with(kMagic)) return false;
  header.version = bytes[kMagic.size()];
  bytes.remove_prefix(kMagic.size() + 1 + kReservedBytes);
  for (std::uint32_t* count : {&header.is_utc, &header.is_standard, &header.leaps, &header.times, &header.types, &header.letters}) {
    *count = take_big_endian<std::uint32_t>(bytes);
    if (*count > kCountMax) return false;
  }
  return true;
}

}  // namespace

std::expected<TimeZone, std::string> read_zone_file(std::string name, std::string_view bytes) {
  Header header;
  if (!take_header(bytes, header)) return std::unexpected("no TZif file");
  if (header.version < '2') return std::unexpected("a TZif file of version 1, which ends in 2037");
  if (bytes.size() < header.block_bytes(4)) return std::unexpected("a TZif file that was cut off");
  bytes.remove_prefix(header.block_bytes(4));
  if (!take_header(bytes, header) || bytes.size() < header.block_bytes(8)) return std::unexpected("a TZif file that was cut off");
  if (header.leaps > 0) return std::unexpected("a TZif file with leap seconds");
  if (header.types == 0) return std::unexpected("a TZif file without an offset");
  std::string_view footer = bytes.substr(header.block_bytes(8));
  std::vector<TimeZone::Transition> transitions(header.times);
  for (TimeZone::Transition& transition : transitions) transition.at_s = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
  const std::string_view types = bytes.substr(0, header.times);
  bytes.remove_prefix(header.times);
  std::vector<std::int32_t> offsets(header.types);
  for (std::int32_t& offset : offsets) {
    offset = static_cast<std::int32_t>(take_big_endian<std::uint32_t>(bytes));
    bytes.remove_prefix(kTypeBytes - sizeof offset);
  }
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    const auto type = static_cast<unsigned char>(types[i]);
    if (type >= offsets.size()) return std::unexpected("a TZif file with an offset that is not there");
    transitions[i].offset_s = offsets[type];
  }
  if (!footer.starts_with('\n') || footer.find('\n', 1) == std::string_view::npos) return std::unexpected("a TZif file that was cut off");
  footer = footer.substr(1, footer.find('\n', 1) - 1);
  return TimeZone::make(std::move(name), offsets.front(), std::move(transitions), std::string(footer));
}

}  // namespace reckoner

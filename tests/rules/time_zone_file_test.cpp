#include "rules/time_zone_file.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace reckoner {

namespace {

void append(std::string& bytes, std::uint64_t value, int count) {
  for (int i = count - 1; i >= 0; --i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xffU));
}

struct Block {
  std::vector<std::int64_t> times;
  std::string types_of_times;
  std::vector<std::int32_t> offsets;
  std::uint32_t leaps = 0;
};

std::string block(const Block& block, char version, int time_bytes) {
  std::string bytes = "TZif";
  bytes.push_back(version);
  bytes.append(15, '\0');
  const std::string letters("LMT\0", 4);
  for (const std::size_t count : {std::size_t{0}, std::size_t{0}, std::size_t{block.leaps}, block.times.size(), block.offsets.size(), letters.size()})
    append(bytes, count, 4);
  for (const std::int64_t time : block.times) append(bytes, static_cast<std::uint64_t>(time), time_bytes);
  bytes += block.types_of_times;
  for (const std::int32_t offset : block.offsets) {
    append(bytes, static_cast<std::uint32_t>(offset), 4);
    bytes.append(2, '\0');
  }
  bytes += letters;
  bytes.append(block.leaps * static_cast<std::size_t>(time_bytes + 4), '\0');
  return bytes;
}

const Block kNothing{{}, "", {0}, 0};
const Block kZone{{-5'000'000'000, 1'000'000}, std::string("\1\2", 2), {3208, 3600, 7200}, 0};

std::string file(const Block& second, std::string_view footer) { return block(kNothing, '2', 4) + block(second, '2', 8) + std::string(footer); }

}  // namespace

TEST_CASE("a compiled zone gives its offsets, transitions and rule") {
  const std::expected<TimeZone, std::string> zone = read_zone_file("A/B", file(kZone, "\nCET-1CEST,M3.5.0,M10.5.0/3\n"));
  REQUIRE(zone.has_value());
  CHECK(zone->text() == "3208 -5000000000:3600 1000000:7200;CET-1CEST,M3.5.0,M10.5.0/3");
}

TEST_CASE("damaged files of zones are refused") {
  const std::string whole = file(kZone, "\nCET-1CEST,M3.5.0,M10.5.0/3\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK(!read_zone_file("A/B", std::string_view(whole).substr(0, size)).has_value());
  }
  CHECK(!read_zone_file("A/B", "TZif2").has_value());
  CHECK(!read_zone_file("A/B", file({{5}, std::string("\3"), {0, 1, 2}, 0}, "\n\n")).has_value());
  CHECK(!read_zone_file("A/B", file({{5, 5}, std::string("\0\1", 2), {0, 60}, 0}, "\n\n")).has_value());
  CHECK(!read_zone_file("A/B", file({{5}, std::string("\0", 1), {0}, 1}, "\n\n")).has_value());
  CHECK(!read_zone_file("A/B", file(kZone, "\nnonsense\n")).has_value());
  CHECK(!read_zone_file("A/B", block(kNothing, '\0', 4)).has_value());
}

}  // namespace reckoner

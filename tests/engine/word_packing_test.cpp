#include "engine/word_packing.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "support/catch.hpp"

namespace reckoner {
namespace {

std::string packed_text(const std::vector<std::uint64_t>& words, std::size_t stride) {
  static std::vector<char> room;  // one for all, so that what an earlier call left there shows
  const std::span<const char> packed = pack_words(std::as_bytes(std::span(words)), stride, room);
  return {packed.begin(), packed.end()};
}

TEST_CASE("packed words come back, whatever is in them and behind them") {
  std::mt19937_64 random(11);
  for (std::size_t count = 0; count < 130; ++count) {
    for (const std::size_t stride : {0U, 1U, 3U}) {
      std::vector<std::uint64_t> words(count);
      for (std::uint64_t& word : words) word = random() % 4 == 0 ? 0 : random() >> random() % 64;
      const std::string text = packed_text(words, stride) + "rest";
      std::string_view left = text;
      std::vector<std::uint64_t> back(packed_words(left));
      REQUIRE(back.size() == count);
      unpack_words(left, stride, std::as_writable_bytes(std::span(back)));
      REQUIRE(back == words);
      REQUIRE(left == "rest");
    }
  }
}

TEST_CASE("a packed word takes as many bytes as it has, and none for what repeats") {
  using namespace std::string_literals;
  CHECK(packed_text({}, 0) == "\0\0"s);
  CHECK(packed_text({0, 0x80, 0x0102, std::numeric_limits<std::uint64_t>::max()}, 0) ==
        "\x04\0\x10\x82\x80\x02\x01\xff\xff\xff\xff\xff\xff\xff\xff"s);
  CHECK(packed_text({0x010203, 7, 0x010205, 7}, 2) == "\x04\0\x13\x01\x03\x02\x01\x07\x06"s);
}

}  // namespace
}  // namespace reckoner

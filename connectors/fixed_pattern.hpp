// The patterns that schemas mostly have, codes of a fixed length such as [A-Z]{3} or ACC-[0-9]{10}, matched by a table look-up a byte.
// Anything beyond literals, plain classes and {n} is left to RE2. Read-only after construction, any thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace reckoner {

class FixedPattern {
 public:
  static constexpr std::size_t kLengthMax = 64;  // bytes

  // Empty when the pattern is not of this kind.
  [[nodiscard]] static std::optional<FixedPattern> make(std::string_view pattern);

  // Whether the whole of `text` matches.
  [[nodiscard]] bool matches(std::string_view text) const {
    if (text.size() != bytes_.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!classes_[bytes_[i]].test(static_cast<unsigned char>(text[i]))) return false;
    }
    return true;
  }

 private:
  using ByteClass = std::bitset<256>;
  static std::optional<ByteClass> take_class(std::string_view& pattern);
  static std::optional<std::size_t> take_repeat(std::string_view& pattern);

  std::vector<ByteClass> classes_;
  std::vector<std::uint8_t> bytes_;  // class of each byte
};

}  // namespace reckoner

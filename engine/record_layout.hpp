// The record of a key: one aligned run of bytes that holds everything its operators keep for it, laid out once from the plan.
// It begins with a KeyHeader; operators get zeroed bytes behind it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace reckoner {

inline constexpr std::size_t kRecordAlignment = 64;
inline constexpr std::uint32_t kInlineKeyBytes = 24;

struct KeyHeader {
  std::uint32_t stamp = 0;     // checkpoint in which the record was last written (engine/key_space.hpp)
  std::uint32_t length = 0;    // bytes of the key
  char text[kInlineKeyBytes];  // the key, or a pointer to it when it is longer
};
static_assert(sizeof(KeyHeader) == 32, "half a cache line");

class RecordLayout {
 public:
  // Offset of `bytes` bytes aligned to `alignment` (a power of two, at most 64).
  [[nodiscard]] std::uint32_t add(std::size_t bytes, std::size_t alignment);

  template <typename T>
  [[nodiscard]] std::uint32_t add() {
    return add(sizeof(T), alignof(T));
  }

  // Bytes of a record: a multiple of kRecordAlignment.
  [[nodiscard]] std::size_t size() const { return (used_ + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment; }

  template <typename T>
  [[nodiscard]] static T& at(std::byte* record, std::uint32_t offset) {
    return *reinterpret_cast<T*>(record + offset);
  }
  template <typename T>
  [[nodiscard]] static const T& at(const std::byte* record, std::uint32_t offset) {
    return *reinterpret_cast<const T*>(record + offset);
  }

 private:
  std::size_t used_ = sizeof(KeyHeader);
};

}  // namespace reckoner

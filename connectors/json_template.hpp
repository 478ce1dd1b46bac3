// The fast path of JSON: a shape learned from a record that the strict reader accepted. Between the values of that record lie fixed bytes
// (keys, colons, commas, brackets, spaces); another record with the same bytes there has the same structure, so that only its values need
// reading. Whatever a template does not expect, an escape, another order, a null, an exponent, is a mismatch and goes to the strict reader:
// a template accepts only what that one accepts, with the same cells, and never rejects. One a thread, within a scratch.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "connectors/block_writer.hpp"
#include "connectors/json_strict.hpp"
#include "connectors/record_plan.hpp"

namespace reckoner {

class JsonTemplate {
 public:
  static constexpr std::size_t kRecordBytesMax = 16U << 10U;  // longer records gain little from a template
  static constexpr std::size_t kScalarsMax = 256;

  // `record` was accepted and `slots` are its scalars. Nothing when it is too long to be worth it. `plan` outlives the template.
  [[nodiscard]] static std::optional<JsonTemplate> learn(const RecordPlan& plan, std::string_view record, const std::vector<JsonSlot>& slots);

  struct Match {
    const char* end = nullptr;  // after the record's last byte, or null: no match
    std::uint64_t present = 0;
  };

  // Reads the record at `at` into the writer's row. `text` is the block's, zeroed padding behind it. After a mismatch the row's cells
  // may have been written; the strict reader writes them all.
  [[nodiscard]] Match match(const char* text, const char* at, const BlockWriter& writer);

  [[nodiscard]] std::uint64_t matches() const { return matches_; }

 private:
  enum class Kind : std::uint8_t {
    kNothing,
    kIgnoredText,
    kPlainText,
    kFixedText,
    kText,
    kEnum,
    kConvertedText,
    kPlainNumber,
    kNumber,
    kWord,
    kNull
  };

  static constexpr std::size_t kLiteralBytes = 32;

  // Up to 32 fixed bytes, then a value.
  struct Step {
    alignas(32) std::array<char, kLiteralBytes> literal{};
    std::uint32_t literal_mask = 0;  // bit i set = byte i counts
    std::uint32_t literal_length = 0;
    // A value of the length seen before is stepped over by a constant, so that the next step need not wait for this one's scan:
    // (stops & length_mask) == length_bit says that it has that length.
    std::uint32_t length_mask = 0;
    std::uint32_t length_bit = 1;
    std::uint32_t length = 0;
    std::uint32_t surprises = 0;
    Kind kind = Kind::kNothing;
    std::int8_t field = -1;
    std::uint8_t scale = 0;
    std::uint32_t length_max = 0;
    const FieldReader* reader = nullptr;    // null for a member that the schema does not know
    const NameTable* names = nullptr;       // the reader's
    const FixedPattern* pattern = nullptr;  // the reader's, where it has such a one
  };

  struct Cursor;

  static std::string_view read_text(Step& step, const char* at);
  static const char* convert_text(const Step& step, const Cursor& cursor, std::string_view content);
  static const char* read_plain_number(Step& step, Cursor& cursor, const char* at);
  static const char* read_number_token(const Step& step, Cursor& cursor, const char* at);
  static const char* read_word(const Step& step, Cursor& cursor, const char* at);
  static const char* read_value(Step& step, Cursor& cursor, const char* at);

  void add_literal(std::string_view bytes);
  void set_value(const RecordPlan& plan, const JsonSlot& slot);
  static void set_text(Step& step);

  std::vector<Step> steps_;
  std::uint64_t present_ = 0;  // fields that every match has; words add theirs
  std::uint64_t required_ = 0;
  std::uint64_t matches_ = 0;
};

}  // namespace reckoner

// Tells second copies by their declared id: identity is (driver key, id) within a span of event time. A second copy changes nothing, is counted,
// and is listed whole in the duplicates output, beside the place of the first. A record without its id or driver key cannot be told and goes on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/record_screen.hpp"
#include "operators/plan.hpp"
#include "operators/recent_ids.hpp"

namespace reckoner {

class DedupeScreen final : public RecordScreen {
 public:
  // `watermark_group` by input: the round's group of that input alone. Each of `shards` gets an equal part of the plan's memory.
  DedupeScreen(const Plan& plan, const std::vector<std::size_t>& watermark_group, std::uint32_t shards);

  [[nodiscard]] std::optional<std::size_t> key_kind(InputId input) const override;
  void screen(Round& round, std::span<const std::uint32_t> rows, Outputs& outputs) override;
  void save(StateWriter& writer) override;
  void load(std::string_view part, std::string_view value) override;

  [[nodiscard]] std::uint64_t forgotten_early() const override;  // ids
  [[nodiscard]] std::size_t bytes() const override;

 private:
  struct Input {
    Schema schema;
    std::size_t key_kind;
    std::size_t watermark_group;
    std::uint32_t id_field;
    std::vector<std::string> by;
    RecentIds ids;
  };

  [[nodiscard]] std::optional<RecentId> identity(const Round& round, std::uint32_t row, const Input& input);
  void write_row(const Round& round, std::uint32_t row, const Input& input, const RecentId& first, Outputs& outputs) const;

  std::vector<std::unique_ptr<Input>> inputs_;  // null: not screened
  std::string version_text_;
  ByteBuffer text_;
  std::vector<std::optional<RecentId>> batch_;
};

}  // namespace reckoner

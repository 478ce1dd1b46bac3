// Which records are behind an alert. Positions of many are in the rings of the windows (operators/sliding.hpp); the declared ids of a key's last
// few are kept beside them, in its record.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/operator.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// A record that contributed to a fact.
struct Contribution {
  std::int64_t event_time = 0;
  std::uint64_t position = 0;
};

// An operator of one fact that can say which records made it what it is.
class EvidenceSource {
 public:
  virtual ~EvidenceSource() = default;
  [[nodiscard]] virtual std::uint32_t fact() const = 0;  // position in the plan
  // For a row of the last batch in which the fact is known (and, of a condition, true).
  virtual void add_contributions(std::size_t row, std::vector<Contribution>& into) const = 0;
  // Records, or attempts at a pattern, that it let go for want of room since the job was created.
  [[nodiscard]] virtual std::uint64_t dropped() const { return 0; }
};

// What is behind the facts of some rows of a batch.
class RowContributions {
 public:
  void clear() { rows_.clear(); }
  void add(std::size_t row, std::vector<Contribution> records) { rows_.push_back({row, std::move(records)}); }
  void add_to(std::vector<Contribution>& into, std::size_t row) const {
    for (const Row& one : rows_) {
      if (one.row == row) into.insert(into.end(), one.records.begin(), one.records.end());
    }
  }

 private:
  struct Row {
    std::size_t row;
    std::vector<Contribution> records;
  };
  std::vector<Row> rows_;
};

// The ids of the last kKept records of a key that count in a fact of one of its rules. Single-threaded.
class EvidenceIds {
 public:
  static constexpr std::uint32_t kKept = 8;
  static constexpr std::uint32_t kIdBytesMax = 40;  // longer ids are not kept

  // Bytes of an id that the records of a key kind have room for; 0 = none are kept. Depends on what facts_text() says alone.
  [[nodiscard]] static std::uint32_t id_bytes(const Plan& plan, const KeyPlan& key);

  explicit EvidenceIds(std::uint32_t id_bytes) : id_bytes_(id_bytes) {}

  void declare(RecordLayout& layout);
  void add(std::byte* record, std::uint64_t position, std::string_view id) const;
  // Empty when the record at `position` is none of the last. The view lives as long as the key's record is not written.
  [[nodiscard]] std::string_view find(const std::byte* record, std::uint64_t position) const;

 private:
  struct Slot {
    std::uint64_t position;
    std::uint64_t length;  // of the text behind it; 0 = empty
  };
  [[nodiscard]] std::uint32_t slot(std::uint32_t number) const { return slots_ + number * slot_bytes_; }

  std::uint32_t id_bytes_;
  std::uint32_t slot_bytes_ = 0;
  std::uint32_t slots_ = 0;
  std::uint32_t next_ = 0;  // offset of the number of the slot that is written next
};

}  // namespace reckoner

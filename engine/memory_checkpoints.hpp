// Checkpoints in memory, which outlive the job that writes them: for rehearsals and tests. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/checkpoint_store.hpp"

namespace reckoner {

class MemoryCheckpoints final : public CheckpointStore {
 public:
  static constexpr std::size_t kCopiesKept = 3;

  void begin() override { added_.clear(); }
  [[nodiscard]] Result<void> add(std::span<const CheckpointPortion> portions) override {
    for (const CheckpointPortion& portion : portions) {
      take(*portion.ordered);
      take(*portion.early);
    }
    return {};
  }
  [[nodiscard]] Result<void> write(const CheckpointHeader& header, std::span<const CheckpointParts* const> parts) override {
    RECKONER_CHECK(parts.empty() || added_.empty(), "{} lists beside what was added", parts.size());
    Copy copy = copies_.empty() ? Copy{} : copies_.back();
    copy.header = header;
    ++copy.number;
    for (const CheckpointParts* some : parts) take(*some);
    for (auto& [key, value] : added_) {
      if (value) {
        copy.parts[key] = std::move(*value);
      } else {
        copy.parts.erase(key);
      }
    }
    added_.clear();
    copies_.push_back(std::move(copy));
    if (copies_.size() > kCopiesKept) copies_.erase(copies_.begin());
    return {};
  }

  [[nodiscard]] Result<std::optional<CheckpointHeader>> restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                std::vector<std::string>& warnings) override {
    while (!copies_.empty() && !is_committed(copies_.back().header.record)) {
      warnings.emplace_back("a checkpoint of an epoch that is not committed");
      copies_.pop_back();
    }
    if (copies_.empty()) return std::nullopt;
    for (const auto& [key, value] : copies_.back().parts) {
      if (Result<void> visited = visitor(key, value); !visited) return std::unexpected(visited.error());
    }
    ++restored_;
    return copies_.back().header;
  }

  [[nodiscard]] Result<std::vector<CheckpointInfo>> list(bool) override {
    std::vector<CheckpointInfo> infos;
    infos.reserve(copies_.size());
    for (const Copy& copy : copies_) infos.push_back({.number = copy.number, .id = copy.header.record.id, .bytes = 0, .usable = true, .problem = {}});
    return infos;
  }

  [[nodiscard]] Result<void> roll_back_to(std::uint64_t number) override {
    while (!copies_.empty() && copies_.back().number > number) copies_.pop_back();
    return {};
  }

  [[nodiscard]] EpochId oldest_kept() const override { return copies_.empty() ? EpochId{} : copies_.front().header.record.id; }

  [[nodiscard]] std::uint64_t restored() const { return restored_; }  // how often, since it was made

  void forget_all() { copies_.clear(); }
  // Unless it is the only one.
  void forget_newest() {
    if (copies_.size() > 1) copies_.pop_back();
  }

 private:
  void take(const CheckpointParts& parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const CheckpointParts::Part& part = parts.part(i);
      std::optional<std::string> value;
      if (!part.deleted) value = CheckpointParts::value(part);
      const bool is_new = added_.emplace(CheckpointParts::key(part), std::move(value)).second;
      RECKONER_CHECK(is_new, "a part that occurs twice");
    }
  }

  struct Copy {
    std::uint64_t number = 0;
    CheckpointHeader header;
    std::map<std::string, std::string> parts;
  };
  std::vector<Copy> copies_;                                 // oldest first
  std::map<std::string, std::optional<std::string>> added_;  // to the copy that is not written yet; nullopt = deleted
  std::uint64_t restored_ = 0;
};

}  // namespace reckoner

// What a shard that reads hands on to the shards that own other keys of its records, in a job whose shards meet in topics alone: each record to
// each shard that owns one of those keys, and to every shard, now and then, how far event time has come here. Which records go where depends on
// them alone; what is told when is a recorded decision. Belongs to the job's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/handed_record.hpp"
#include "engine/reader.hpp"
#include "engine/round.hpp"

namespace reckoner {

struct ExchangePlan {
  std::uint32_t shard = 0;            // own; also the number of its partition of every input
  std::uint32_t shards = 1;           // of the job
  std::uint16_t key_kinds = 0;        // a bit each: whose keys any shard may own
  std::vector<InputId> inputs;        // that these look at, ascending
  std::vector<std::size_t> groups;    // by place in `inputs`: the watermark group of that input alone
  std::int64_t tell_every_ms = 1000;  // a shard, when there is news
};

class Exchange {
 public:
  explicit Exchange(ExchangePlan plan);

  [[nodiscard]] bool hands_on(std::size_t key_kind) const { return (plan_.key_kinds >> key_kind & 1U) != 0; }
  // A live row that was read here, to each owner of such a key of it.
  void hand_on(const Round& round, std::uint32_t row);

  // The shard to be told next, if it is time: one a call, so that a transaction has one partition more because of it. `at_end`: everything here
  // was read, and whoever does not know it yet is told at once.
  [[nodiscard]] std::optional<std::uint32_t> due(std::int64_t now_ns, const Reader& reader, bool at_end);
  void tell(std::uint32_t shard, const Reader& reader);

  // What was handed on since clear(): addressed records (engine/handed_record.hpp).
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  void clear();

 private:
  struct Told {  // of one input
    std::uint64_t next = 0;
    std::int64_t watermark_ms = 0;
    bool released = false;
    friend bool operator==(const Told&, const Told&) = default;
  };
  struct Listener {
    std::vector<Told> told;  // by place of input; empty = nothing since this process has the shard
    std::int64_t at_ns = 0;
  };
  [[nodiscard]] std::vector<Told> state(const Reader& reader) const;
  void append(std::uint32_t shard, const HandedRecord& record);

  ExchangePlan plan_;
  std::vector<Listener> listeners_;  // by shard
  std::optional<std::int64_t> began_ns_;
  std::uint32_t turn_ = 0;
  std::string bytes_;
  std::uint64_t records_ = 0;
  std::vector<std::uint16_t> meant_for_;  // by shard, of the row at hand
};

}  // namespace reckoner

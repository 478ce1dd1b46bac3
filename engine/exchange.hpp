// What a shard that looks at records hands on to the shards that own other keys of them, in a job whose shards meet in topics alone, and to every
// shard, now and then, how far event time has come here. Which records go where depends on them alone; what is told when is a recorded decision.
// Belongs to the job's thread.
//
// Records set out where they are read, and most key kinds get theirs in the first hop. Where a key kind lends facts to others, these get the record
// from the shard of its key, with what it lends: such lenders are visited one after the other, each at a hop of its own, and what comes behind a
// lender gets the record from there. Where a record has no key of a lender, it takes that hop to the shard where it is, lest it overtakes others. Key
// kinds that look at records as they come and those that do in order of event time are then two ways, with hops of their own, since a record may wait for
// long on the latter. What rules put into lists goes to all shards, at each hop where such lists are asked, ahead of what is told of event time there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/handed_record.hpp"
#include "engine/lent_facts.hpp"
#include "engine/reader.hpp"
#include "engine/round.hpp"

namespace reckoner {

struct HandedKind {
  std::uint32_t hop = 0;  // at which it gets its records; 0 = where they are read
  bool ordered = false;
  std::vector<InputId> looks_at = {};             // inputs
  std::vector<InputId> lends_at = {};             // those at whose records others ask it for facts
  std::optional<std::uint32_t> gathered_at = {};  // the shard that has all its records; else the owner of each one's key
};

struct ExchangePlan {
  std::uint32_t shard = 0;                  // own; also the number of its partition of every input
  std::uint32_t shards = 1;                 // of the job
  std::vector<std::uint32_t> before = {0};  // [hop - 1]: the hop that records come from to it; 0 = it begins where they are read
  std::vector<HandedKind> kinds;            // by key kind; behind those of keys what looks at records in one place
  std::vector<InputId> inputs;              // that those behind a hop look at, and those whose rules add to lists; ascending
  // [hop - 1][place in `inputs`, with lists one more]: the watermark group of what may still set out on it.
  std::vector<std::vector<std::size_t>> groups;
  bool lists = false;                   // rules add to some
  std::vector<std::uint32_t> asked_at;  // hops of key kinds that ask them
  std::vector<bool> lent_text;          // by place of a fact that is lent: whether it is a text
  std::int64_t tell_every_ms = 1000;    // a shard, when there is news
};

class Exchange {
 public:
  explicit Exchange(ExchangePlan plan);

  [[nodiscard]] bool hands_on(std::size_t key_kind) const { return plan_.kinds[key_kind].hop > 0; }
  // The lenders of a way behind which a row, here, goes on when they have looked at it, or when its turn has come.
  [[nodiscard]] KindSet lenders(const Round& round, std::uint32_t row, bool ordered) const;

  // A live row that was read here and that the key kinds which look at records as they come have looked at, with what they lend.
  void hand_on_read(const Round& round, std::uint32_t row);
  // A row behind those lenders, of this hop.
  void hand_on_behind(std::uint32_t hop, bool ordered, const Round& round, std::uint32_t row);

  // What a rule of this shard adds to a list.
  void hand_on_addition(const ListAddition& addition);

  // The shard to be told next, if it is time: one a call, so that a transaction has one partition more because of it. `at_end`: everything here
  // was read, and whoever does not know it yet is told at once. `held`: the first hop from which records still wait to go on; kNothingHeld = none do.
  static constexpr std::uint32_t kNothingHeld = ~std::uint32_t{0};
  [[nodiscard]] std::optional<std::uint32_t> due(std::int64_t now_ns, const Reader& reader, std::uint32_t held, bool at_end);
  void tell(std::uint32_t shard, const Reader& reader, std::uint32_t held);

  // What was handed on since clear(): addressed records (engine/handed_record.hpp).
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  void clear();

 private:
  struct Told {  // of one hop and input
    std::uint64_t next = 0;
    std::int64_t watermark_ms = 0;
    bool released = false;
    friend bool operator==(const Told&, const Told&) = default;
  };
  struct Listener {
    std::vector<Told> told;  // by hop and place of input, and of lists; empty = nothing since this process has the shard
    std::int64_t at_ns = 0;
  };
  [[nodiscard]] std::vector<Told> state(const Reader& reader, std::uint32_t held) const;
  [[nodiscard]] Told begin_of_hop(std::uint32_t hop, std::size_t place, const Reader& reader) const;
  [[nodiscard]] std::size_t places() const { return plan_.inputs.size() + (plan_.lists ? 1 : 0); }
  [[nodiscard]] std::uint32_t hops() const { return static_cast<std::uint32_t>(plan_.before.size()); }
  [[nodiscard]] KindSet lenders_of(bool ordered, InputId input) const { return lenders_[ordered ? 1 : 0][input]; }
  void address(const KeyedBlock& block, std::uint32_t row, std::uint32_t hop, bool ordered);
  void mean_for(std::uint32_t shard, std::size_t kind);
  void send(const Round& round, std::uint32_t row);
  void append(std::uint32_t shard, const HandedRecord& record);

  ExchangePlan plan_;
  std::vector<KindSet> lenders_[2];  // by input: who lends at its records, as they come and in order of event time
  std::vector<KindSet> lookers_;     // by input: who looks at its records
  std::vector<bool> of_ordered_;     // [hop - 1]: nobody gets records there as they come
  std::vector<Listener> listeners_;  // by shard
  std::optional<std::int64_t> began_ns_;
  std::uint32_t turn_ = 0;
  std::string bytes_;
  std::uint64_t records_ = 0;
  std::vector<KindSet> meant_for_;  // [shard][hop - 1], of the row at hand
  std::size_t first_meant_ = 0;     // there
  std::size_t behind_last_meant_ = 0;
  std::string lent_;  // of it
};

}  // namespace reckoner

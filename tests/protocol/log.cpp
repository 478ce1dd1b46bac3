#include "protocol/log.hpp"

#include "engine/check.hpp"
#include "protocol/ownership.hpp"

namespace reckoner::protocol {
namespace {

bool has_sections_in(const Sections& sections, const Rules& rules, std::uint8_t partition) {
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    if (sections[shard].kind != SectionKind::kNone && rules.partition_of(shard) == partition) return true;
  }
  return false;
}

bool is_of(const Record& record, const Rules& rules, std::uint8_t slot, std::uint8_t producer) {
  return rules.bounds.slot_of[record.instance] == slot && record.producer == producer;
}

void erase(State& state, std::uint8_t index) {
  for (std::uint8_t i = index; i + 1 < state.tail_size; ++i) state.tail[i] = state.tail[i + 1U];
  --state.tail_size;
  state.tail[state.tail_size] = {};
}

bool is_first_in_partition(const State& state, std::uint8_t index) {
  for (std::uint8_t i = 0; i < index; ++i) {
    if (state.tail[i].partition == state.tail[index].partition) return false;
  }
  return true;
}

// A section is valid if it follows the last valid one.
bool is_valid(const History& history, const Section& section, const Rules& rules) {
  if (rules.has(PlantedBug::kPredecessorIgnored)) return section.id.owner >= history.last.owner;
  return section.previous == history.last;
}

void advance(History& history, const Section& section, std::uint8_t slot) {
  history.last = section.id;
  history.kind = section.kind;
  history.slot = slot;
  if (section.kind == SectionKind::kEpoch) ++history.epochs;
}

void follow(Copy& copy, const Section& section) {
  if (section.kind == SectionKind::kEpoch) copy.newest = false;
  if (section.id != copy.id) return;
  if (copy.kind == CopyKind::kUncommitted) copy = {CopyKind::kInLog, true, {}};
  if (copy.kind == CopyKind::kAborted) copy.kind = CopyKind::kTwin;
}

// Whether the record that `instance` waits to read back is still to come: the last that it sent.
bool awaits_later(const State& state, std::uint8_t instance, std::uint8_t shard) {
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    if (state.tail[i].instance == instance && state.tail[i].sections[shard].kind == SectionKind::kTakeover) return true;
  }
  return false;
}

void read_back(State& state, const Rules& rules, std::uint8_t instance, std::uint8_t shard, SectionId id, bool valid) {
  Work& work = state.instances[instance].work[shard];
  if (work.stage != Stage::kCommitted) return;
  if (valid) {
    go_live(state, rules, instance, shard, id);
  } else {
    work.stage = Stage::kAssigned;
  }
}

// By its numbers alone, another's takeover looks like the own one.
void read_back_by_number(State& state, const Rules& rules, std::uint8_t shard, SectionId id) {
  for (std::uint8_t instance = 0; instance < rules.bounds.instances; ++instance) {
    const SectionId seen = state.instances[instance].work[shard].seen;
    if (seen.owner + 1 == id.owner && seen.epoch + 1 == id.epoch) read_back(state, rules, instance, shard, id, true);
  }
}

void read_section(State& state, const Rules& rules, const Record& record, std::uint8_t shard) {
  const Section& section = record.sections[shard];
  if (section.kind == SectionKind::kNone) return;
  const History before = state.histories[shard];
  const bool valid = is_valid(before, section, rules);
  audit_section(state, before, section, valid);
  if (valid) {
    advance(state.histories[shard], section, rules.bounds.slot_of[record.instance]);
    follow(state.copies[shard], section);
  }
  if (section.kind != SectionKind::kTakeover) return;
  if (rules.has(PlantedBug::kReadBackByNumber) && valid) read_back_by_number(state, rules, shard, section.id);
  if (!awaits_later(state, record.instance, shard)) read_back(state, rules, record.instance, shard, section.id, valid);
}

// Moves the last stable offset of each partition as far as it goes.
void settle(State& state, const Rules& rules) {
  std::uint8_t index = 0;
  while (index < state.tail_size) {
    if (state.tail[index].status != RecordStatus::kMarked || !is_first_in_partition(state, index)) {
      ++index;
      continue;
    }
    const Record record = state.tail[index];
    erase(state, index);
    for (std::uint8_t shard = 0; shard < kShards; ++shard) read_section(state, rules, record, shard);
    index = 0;
  }
}

// A reader that does not stop at an open transaction gets to the takeover too early.
void read_back_past_open(State& state, const Rules& rules, std::uint8_t index) {
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    const Section section = state.tail[index].sections[shard];
    if (section.kind != SectionKind::kTakeover) continue;
    History before = state.histories[shard];
    for (std::uint8_t i = 0; i < index; ++i) {
      const Section& earlier = state.tail[i].sections[shard];
      const bool counts = state.tail[i].status == RecordStatus::kMarked && earlier.kind != SectionKind::kNone;
      if (counts && is_valid(before, earlier, rules)) advance(before, earlier, 0);
    }
    read_back(state, rules, state.tail[index].instance, shard, section.id, is_valid(before, section, rules));
  }
}

void forget_aborted(State& state, const Rules& rules, const Record& record) {
  audit_abort(state, record);
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    const Section& section = record.sections[shard];
    if (section.kind != SectionKind::kEpoch) continue;
    Copy& copy = state.copies[shard];
    if (copy.kind == CopyKind::kUncommitted && copy.id == section.id) copy.kind = CopyKind::kAborted;
    if (rules.has(PlantedBug::kReadUncommitted)) state.histories[shard].has_aborted = true;
  }
}

}  // namespace

TransactionalId& id_of(State& state, const Rules& rules, std::uint8_t instance, std::uint8_t producer) {
  return state.ids[rules.bounds.slot_of[instance]][producer];
}

bool is_current(const State& state, const Rules& rules, std::uint8_t instance, std::uint8_t producer) {
  return state.ids[rules.bounds.slot_of[instance]][producer].holder == instance;
}

bool has_room(const State& state, const Rules& rules, const Sections& sections) {
  int records = 0;
  for (std::uint8_t partition = 0; partition < rules.bounds.log_partitions; ++partition) records += has_sections_in(sections, rules, partition);
  return state.tail_size + records <= kTailRecords;
}

void append(State& state, const Rules& rules, std::uint8_t instance, const Sections& sections) {
  for (std::uint8_t partition = 0; partition < rules.bounds.log_partitions; ++partition) {
    if (!has_sections_in(sections, rules, partition)) continue;
    RECKONER_CHECK(state.tail_size < kTailRecords);
    Record& record = state.tail[state.tail_size++];
    record = {partition, instance, state.instances[instance].producer, RecordStatus::kOpen, rules.has(PlantedBug::kToldBeforeCommit), sections};
    for (std::uint8_t shard = 0; shard < kShards; ++shard) {
      if (rules.partition_of(shard) != partition) record.sections[shard] = {};
    }
  }
}

bool has_open_transaction(const State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer) {
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    if (is_of(state.tail[i], rules, slot, producer) && state.tail[i].status == RecordStatus::kOpen) return true;
  }
  return false;
}

void decide_commit(State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer) {
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    Record& record = state.tail[i];
    if (is_of(record, rules, slot, producer) && record.status == RecordStatus::kOpen) record.status = RecordStatus::kDecided;
  }
}

void abort_transaction(State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer) {
  for (std::uint8_t i = 0; i < state.tail_size;) {
    if (is_of(state.tail[i], rules, slot, producer) && state.tail[i].status == RecordStatus::kOpen) {
      forget_aborted(state, rules, state.tail[i]);
      erase(state, i);
    } else {
      ++i;
    }
  }
  settle(state, rules);
}

void write_marker(State& state, const Rules& rules, std::uint8_t index) {
  state.tail[index].status = RecordStatus::kMarked;
  if (rules.has(PlantedBug::kReadPastOpenTransaction)) read_back_past_open(state, rules, index);
  settle(state, rules);
}

void write_all_markers(State& state, const Rules& rules) {
  for (std::uint8_t index = 0; index < state.tail_size;) {
    if (state.tail[index].status == RecordStatus::kDecided) {
      write_marker(state, rules, index);
      index = 0;
    } else {
      ++index;
    }
  }
}

bool is_idle(const State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer) {
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    if (is_of(state.tail[i], rules, slot, producer) && state.tail[i].status == RecordStatus::kDecided) return false;
  }
  return true;
}

void initialise(State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer, std::uint8_t holder) {
  RECKONER_CHECK(is_idle(state, rules, slot, producer));
  abort_transaction(state, rules, slot, producer);
  state.ids[slot][producer] = {holder, false};
}

History read_to_end(const State& state, const Rules& rules, std::uint8_t shard) {
  History seen = state.histories[shard];
  if (!rules.has(PlantedBug::kReadPastOpenTransaction)) return seen;
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    const Record& record = state.tail[i];
    const Section& section = record.sections[shard];
    const bool counts = record.status == RecordStatus::kMarked && section.kind != SectionKind::kNone;
    if (counts && is_valid(seen, section, rules)) advance(seen, section, rules.bounds.slot_of[record.instance]);
  }
  return seen;
}

}  // namespace reckoner::protocol

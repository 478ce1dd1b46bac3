// Records that wait until event time has passed them and leave in its order, ties by (input, partition, record): for key kinds whose results must
// not depend on the order of arrival. A lane is such a queue, with the key kinds behind it. What comes when its turn is over is late.
//
// A checkpoint keeps each record that waits as it was read, and it is decoded anew when the state is back. What waits never changes, and it leaves
// in order: so what is in a copy is told by how far the lane was when the copy began, however long that takes. Belongs to the job's thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/reader.hpp"
#include "engine/round.hpp"

namespace reckoner {

struct OrderedLane {
  KindSet key_kinds = 0;
  std::size_t group = 0;        // of the reader: a record leaves when this watermark has passed its time
  std::vector<InputId> inputs;  // whose watermark that is; records of others are not looked at
  std::uint32_t hop = 0;        // at which it gets its records (engine/exchange.hpp)
  bool hands_on = false;        // something goes on from here to key kinds behind another hop
};

class EventTimeOrder {
 public:
  // `waiting_max`: records, of all lanes; more end the epoch with an error.
  EventTimeOrder(std::vector<OrderedLane> lanes, std::size_t key_kinds, std::uint64_t waiting_max);

  // The rows of a round, in recorded order. `meant`: the key kinds, of all lanes, that look at a row here. `refuse`: a row is late for a lane.
  using Meant = std::function<KindSet(std::uint32_t row)>;
  struct Late {
    std::uint32_t row = 0;
    std::size_t key_kind = 0;  // the first of the lane's that look at it
    std::int64_t by_ms = 0;
    bool after_end = false;  // an end of input had let later ones go
  };
  using Refuse = std::function<void(const Late&)>;
  void see(const Round& round, const Meant& meant, const Refuse& refuse);
  // The input is over, or all that comes to the lanes of a hop: all of them leave. `still`: a round without rows; `at_end_ms`: how far each watermark
  // group is then.
  void let_all_go(const Round& still, std::span<const std::int64_t> at_end_ms, std::optional<std::uint32_t> hop);

  // What left since see() or let_all_go() was last called, with the watermarks that such an order has: a record's own time is how far it has come.
  // Until the next call, and as long as the round that was seen.
  [[nodiscard]] std::size_t lanes() const { return lanes_.size(); }
  [[nodiscard]] const OrderedLane& lane(std::size_t lane) const { return lanes_[lane].plan; }
  [[nodiscard]] bool is_empty(std::size_t lane) const { return lanes_[lane].waiting.empty(); }
  [[nodiscard]] Round& released(std::size_t lane) { return lanes_[lane].out; }
  [[nodiscard]] KindSet meant_for(std::size_t lane, std::uint32_t row) const { return lanes_[lane].out_meant[row]; }

  // Names of parts follow `prefix`. gather() copies about so many records a call; false when all are.
  void begin_checkpoint(std::string_view prefix, CheckpointParts& parts);
  bool gather(std::size_t records_max, CheckpointParts& parts);
  void load(std::string_view name, std::string_view value);  // without the prefix
  void finish_load(Reader& reader);

 private:
  struct Place {
    std::int64_t time_ms = 0;
    PartitionId partition;
    std::uint64_t record = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Waiting {
    Place place;
    std::shared_ptr<KeyedBlock> block;
    std::uint32_t row = 0;
    KindSet meant = 0;
  };
  struct Reached {                               // how far a lane is
    std::int64_t passed_ms = kNoWatermark;       // all of earlier times have left
    Place last{kNoWatermark, PartitionId{}, 0};  // the last that has
    [[nodiscard]] bool is_past(const Place& place) const { return place.time_ms < passed_ms || place <= last; }
  };
  struct Lane {
    OrderedLane plan;
    std::vector<Waiting> waiting;  // a heap, the first to leave on top
    Reached reached;
    Round out;
    std::vector<KindSet> out_meant;
    Round end;                     // of input, as what lets go
    std::vector<Waiting> fresh;    // came since the last checkpoint began; some of them have left
    std::vector<Place> kept;       // in the newest copy
    std::vector<Waiting> copying;  // of the copy that gathers
    std::vector<Place> leaving;
    Reached copied_at;
  };
  struct Loading {  // of a partition
    std::shared_ptr<KeyedBlock> block;
    std::vector<std::pair<std::size_t, Waiting>> rows;  // with their lanes
  };

  static bool leaves_later(const Waiting& left, const Waiting& right) { return right.place < left.place; }
  [[nodiscard]] static bool is_of(const Lane& lane, InputId input);
  [[nodiscard]] std::uint64_t waiting_records() const;
  void begin(Lane& lane, const Round& cause) const;
  void take(Lane& lane, const Round& round, std::uint32_t row, KindSet meant, const Refuse& refuse);
  void add(Lane& lane, Waiting waiting);
  static void let_go(Lane& lane, const Round& cause, std::uint64_t row);
  static void release_first(Lane& lane, std::uint64_t row);
  static void end(Lane& lane);
  static std::uint32_t block_index(const std::shared_ptr<KeyedBlock>& block, Round& round);
  static void append(std::string& bytes, const Place& place);
  static Place take_place(std::string_view& bytes);
  [[nodiscard]] std::string name_of(const Lane& lane) const;
  [[nodiscard]] std::string name_of(const Lane& lane, const Place& place) const;
  void put(const Lane& lane, const Waiting& waiting, CheckpointParts& parts);
  void load_record(std::size_t lane, std::string_view name, std::string_view value);
  void take_loaded(Loading& loading, Reader& reader);

  std::vector<Lane> lanes_;
  std::size_t key_kinds_;
  std::uint64_t waiting_max_;
  std::string prefix_;
  std::string text_;  // of the part at hand
  std::map<PartitionId, std::vector<Loading>> loading_;
};

}  // namespace reckoner

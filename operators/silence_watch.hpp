// When inputs fall silent, told as records of a derived input: an input of which nothing came for so long in event time. It is told again each time
// that as much has passed. Decided by the watermark of all inputs alone, row by row: a replay tells the same, wherever rounds are cut. Belongs to
// the job's thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/derived_source.hpp"
#include "engine/schema.hpp"

namespace reckoner {

struct WatchedInput {
  InputId input = 0;
  std::string name;
  std::int64_t after_ms = 0;  // at least 1
};

class SilenceWatch final : public DerivedSource {
 public:
  // `group`: the round's watermark group of all inputs that are read. `silences` has the records that are made: fields kSilentInput, kSilentFor,
  // kLastHeard, and its event time.
  SilenceWatch(std::vector<WatchedInput> inputs, std::size_t group, InputId silences, const Schema& schema);

  static constexpr std::string_view kSilentInput = "input";
  static constexpr std::string_view kSilentFor = "silent_for";
  static constexpr std::string_view kLastHeard = "last_event_time";  // missing where nothing ever came

  void see(const Round& round, DerivedRecords& into) override;

  [[nodiscard]] std::string state() const override;
  void restore(std::string_view state) override;

 private:
  struct Heard {
    std::int64_t since_ms = 0;  // event time of the newest record; before there is one, of the first of any input
    bool ever = false;
    std::uint64_t told = 0;  // how often, since then
  };

  void tell(std::int64_t watermark_ms, std::uint64_t sequence, DerivedRecords& into);
  void tell(std::size_t place, std::int64_t watermark_ms, std::uint64_t sequence, DerivedRecords& into);
  void hear(InputId input, std::int64_t event_time);

  std::vector<WatchedInput> inputs_;
  std::size_t group_;
  std::vector<Heard> heard_;  // by place in inputs_
  bool begun_ = false;        // a record came
  InputId silences_;
  Schema schema_;
};

}  // namespace reckoner

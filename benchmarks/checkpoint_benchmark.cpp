// What a checkpoint costs: write() and restore() of a million parts, and restarts after a hundred small checkpoints. Works in a new directory inside
// DIRECTORY and removes it.
//   checkpoint_benchmark [DIRECTORY] [PARTS] [VALUE_BYTES]
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/check.hpp"
#include "engine/checkpoint_store.hpp"
#include "state/rocksdb_checkpoint.hpp"

namespace reckoner {
namespace {

constexpr std::uint64_t kShards = 8;
constexpr std::size_t kKeyBytes = 16;

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// CPU and wall seconds of the whole process, RocksDB's threads included.
class Stopwatch {
 public:
  [[nodiscard]] double wall() const { return seconds(CLOCK_MONOTONIC) - wall_; }
  [[nodiscard]] double cpu() const { return seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_; }

 private:
  double wall_ = seconds(CLOCK_MONOTONIC);
  double cpu_ = seconds(CLOCK_PROCESS_CPUTIME_ID);
};

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31U);
}

class Workload {
 public:
  Workload(std::uint64_t parts, std::size_t value_bytes) : parts_(parts), value_(value_bytes, '\0'), shards_(kShards) {}

  // Parts `first`, `first + step`, ... as one checkpoint's change, in the order of a hash table's slots.
  void fill(std::uint64_t first, std::uint64_t step) {
    for (CheckpointParts& shard : shards_) shard.clear();
    ++round_;
    for (std::uint64_t part = first; part < parts_; part += step) {
      const std::uint64_t shard = part % kShards;
      char key[kKeyBytes] = {};
      key[3] = static_cast<char>(shard);
      const std::uint64_t name = mixed(part);
      std::memcpy(key + 8, &name, sizeof(name));
      for (std::size_t at = 0; at + 8 <= value_.size(); at += 8) {
        const std::uint64_t word = mixed(part * 64 + at + round_);
        std::memcpy(value_.data() + at, &word, sizeof(word));
      }
      shards_[shard].put(key, value_);
    }
  }

  void write(CheckpointStore& store) {
    CheckpointHeader header;
    header.record.id = {.owner = 1, .epoch = ++epoch_};
    header.parts = parts_;
    std::vector<const CheckpointParts*> pointers;
    pointers.reserve(shards_.size());
    for (const CheckpointParts& shard : shards_) pointers.push_back(&shard);
    const Result<void> written = store.write(header, pointers);
    RECKONER_CHECK(written.has_value(), "{}", written ? "" : written.error().text);
  }

  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t total = 0;
    for (const CheckpointParts& shard : shards_) total += shard.bytes();
    return total;
  }

 private:
  std::uint64_t parts_;
  std::string value_;
  std::deque<CheckpointParts> shards_;
  std::uint64_t round_ = 0;
  std::uint64_t epoch_ = 0;
};

void report(std::string_view what, const Stopwatch& watch, std::uint64_t bytes) {
  fmt::print("{:<58} {:6.2f} s CPU {:6.2f} s wall {:8.1f} MB\n", what, watch.cpu(), watch.wall(), static_cast<double>(bytes) / 1e6);
}

std::unique_ptr<RocksDbCheckpoint> open_store(const std::string& directory) {
  Result<std::unique_ptr<RocksDbCheckpoint>> store = RocksDbCheckpoint::open(directory, {});
  RECKONER_CHECK(store.has_value(), "{}", store ? "" : store.error().text);
  return std::move(*store);
}

void restore(const std::string& directory, std::uint64_t parts, std::string_view what) {
  const Stopwatch watch;
  const auto store = open_store(directory);
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> warnings;
  const auto header = store->restore([](const DecisionRecord&) { return true; },
                                     [&](std::string_view key, std::string_view value) -> Result<void> {
                                       ++count;
                                       bytes += key.size() + value.size();
                                       return {};
                                     },
                                     warnings);
  RECKONER_CHECK(header.has_value() && header->has_value() && count == parts && warnings.empty(), "{} parts", count);
  report(what, watch, bytes);
}

void run(const std::string& directory, std::uint64_t parts, std::size_t value_bytes) {
  fmt::print("{} parts of {} + {} bytes in {} shards, in {}\n", parts, kKeyBytes, value_bytes, kShards, directory);
  Workload workload(parts, value_bytes);
  auto store = open_store(directory);
  for (const std::string_view what : {"write(), all parts dirty, the first", "write(), all parts dirty again"}) {
    workload.fill(0, 1);
    const Stopwatch watch;
    workload.write(*store);
    report(what, watch, workload.bytes());
  }
  store.reset();
  restore(directory, parts, "restore(), one run");

  store = open_store(directory);
  double slowest = 0;
  const Stopwatch all;
  double filling = 0;
  std::uint32_t runs = 0;
  std::uint64_t bytes = 0;
  for (std::uint64_t round = 0; round < 100; ++round) {
    const Stopwatch fill;
    workload.fill(round % 10, 10);
    filling += fill.cpu();
    const Stopwatch watch;
    workload.write(*store);
    slowest = std::max(slowest, watch.wall());
    runs = std::max(runs, store->runs());
    bytes += workload.bytes();
  }
  report("100 x write(), a tenth dirty, merges and filling included", all, bytes);
  fmt::print("  of it filling {:.2f} s CPU; slowest {:.2f} s wall; most overlapping runs {}\n", filling, slowest, runs);
  store.reset();
  restore(directory, parts, "restore() after them");
}

}  // namespace
}  // namespace reckoner

int main(int count, char** arguments) {
  const std::filesystem::path parent = count > 1 ? std::filesystem::path(arguments[1]) : std::filesystem::temp_directory_path();
  std::string directory = (parent / "reckoner-checkpoint-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) return 1;
  const std::uint64_t parts = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1'000'000;
  const std::size_t value_bytes = count > 3 ? std::strtoull(arguments[3], nullptr, 10) : 300;
  reckoner::run(directory, parts, value_bytes);
  std::filesystem::remove_all(directory);
  return 0;
}

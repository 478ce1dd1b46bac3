// Bits that turn over in what a job keeps: the commit log, the outputs, the checkpoints. The next process or a check of the outputs says so, or
// it changes nothing; never is there another answer without a word.
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "connectors/output_check.hpp"
#include "job_world.hpp"
#include "support/catch.hpp"
#include "torture_job.hpp"

namespace reckoner::testing {

namespace {

namespace fs = std::filesystem;

constexpr int kRecords = 120;
constexpr int kEpochRecords = 10;
constexpr std::uint64_t kRoundsBeforeTheKill = 8;

// A job that was killed in the middle, and can be put back to that moment.
class KilledJob {
 public:
  KilledJob() : world_(std::string(kTortureRules), torture_inputs(kRecords), torture_settings(kEpochRecords)) {
    world_.set("log.retention", "1GiB");  // outputs of forgotten epochs cannot be checked
    world_.use_rocksdb(nullptr);
    REQUIRE(world_.run(kRoundsBeforeTheKill).killed);
    world_.files().crash(FakeLoss::kNothing);
    for (const std::string& path : world_.files().paths()) files_[path] = world_.files().bytes(path);
    fs::copy(world_.checkpoint_directory(), kept_checkpoints(), fs::copy_options::recursive);
  }

  void put_back() {
    for (const std::string& path : world_.files().paths()) {
      if (!files_.contains(path)) REQUIRE(world_.files().remove(path));
    }
    for (const auto& [path, bytes] : files_) world_.files().put(path, bytes);
    fs::remove_all(world_.checkpoint_directory());
    fs::copy(kept_checkpoints(), world_.checkpoint_directory(), fs::copy_options::recursive);
  }

  // Turns a bit of any file but the inputs; says which.
  std::string flip(std::mt19937_64& random) {
    std::vector<std::string> own;
    for (const auto& [path, bytes] : files_) {
      if (!bytes.empty() && (path.starts_with(world_.directory() + "/state/") || path.starts_with(world_.directory() + "/out/"))) own.push_back(path);
    }
    std::vector<std::string> of_rocksdb;
    for (const auto& entry : fs::recursive_directory_iterator(world_.checkpoint_directory())) {
      if (entry.is_regular_file() && entry.file_size() > 0) of_rocksdb.push_back(entry.path().string());
    }
    std::sort(of_rocksdb.begin(), of_rocksdb.end());
    if (random() % 2 == 0) {  // half of them where it matters: the newest copy, which a restore looks at first
      const std::string newest = newest_copy(of_rocksdb);
      std::erase_if(of_rocksdb, [&](const std::string& path) { return !path.starts_with(newest); });
    }
    const bool checkpoint = random() % 2 == 0;
    const std::vector<std::string>& paths = checkpoint ? of_rocksdb : own;
    const std::string path = paths[random() % paths.size()];
    std::string bytes = checkpoint ? read(path) : world_.files().bytes(path);
    const std::size_t bit = random() % (bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
    if (checkpoint) {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    } else {
      world_.files().put(path, bytes);
    }
    return fmt::format("{} bit {}", path.substr(world_.directory().size()), bit);
  }

  [[nodiscard]] JobWorld& world() { return world_; }

 private:
  [[nodiscard]] std::string kept_checkpoints() const { return world_.directory() + "/kept"; }

  // Its directory; `paths` are sorted, and so are the numbers of copies.
  static std::string newest_copy(const std::vector<std::string>& paths) {
    std::string newest;
    for (const std::string& path : paths) {
      const std::size_t name = path.find("/copy-");
      if (name != std::string::npos) newest = path.substr(0, path.find('/', name + 1) + 1);
    }
    REQUIRE(!newest.empty());
    return newest;
  }

  static std::string read(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  JobWorld world_;
  std::map<std::string, std::string> files_;
};

struct Tally {
  int stopped = 0;   // the next process refuses to go on
  int warned = 0;    // it goes on from something older, and says so
  int checked = 0;   // the check of the outputs finds it
  int harmless = 0;  // the same bytes
};

void flip_bits(int flips, std::uint64_t seed, Tally& tally) {
  KilledJob job;
  JobWorld& world = job.world();
  job.put_back();
  const JobOutcome whole = world.run();
  if (!whole.result) FAIL(whole.result.error().text);
  const OutputTexts expected = world.outputs();
  std::mt19937_64 random(seed);
  for (int flip = 0; flip < flips; ++flip) {
    job.put_back();
    const std::string what = job.flip(random);
    INFO(what);
    const JobOutcome outcome = world.run();
    world.files().crash(FakeLoss::kNothing);
    if (!outcome.result) {
      ++tally.stopped;
      CHECK(!outcome.result.error().text.empty());
      continue;
    }
    const bool same = first_difference(expected, world.outputs()) == "";
    const bool found = !check_outputs(world.files(), world.directory() + "/state/log", world.directory() + "/out", output_names());
    tally.checked += found ? 1 : 0;
    tally.warned += same && !outcome.report.warnings.empty() ? 1 : 0;
    tally.harmless += same && outcome.report.warnings.empty() ? 1 : 0;
    CHECK((same || found));
  }
}

}  // namespace

TEST_CASE("fifty bits turned over in log, outputs and checkpoints are detected or harmless") {
  Tally tally;
  flip_bits(50, 3, tally);
  CHECK(tally.stopped >= 5);
  CHECK(tally.warned >= 5);
}

TEST_CASE("five hundred bits turned over in log, outputs and checkpoints are detected or harmless", "[.torture]") {
  Tally tally;
  flip_bits(500, 4, tally);
  CHECK(tally.stopped >= 50);
  CHECK(tally.warned >= 50);
}

}  // namespace reckoner::testing

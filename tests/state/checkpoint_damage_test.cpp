#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "state/checkpoint_model.hpp"
#include "state/rocksdb_checkpoint.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

namespace fs = std::filesystem;

std::unique_ptr<RocksDbCheckpoint> open_store(const std::string& directory) {
  Result<std::unique_ptr<RocksDbCheckpoint>> store = RocksDbCheckpoint::open(directory, {});
  if (!store) FAIL(store.error().text);
  return std::move(*store);
}

// Three copies that share some files and not others.
struct Scene {
  Scene() {
    ChangeMaker changes(31);
    const auto store = open_store(scratch.inner("base"));
    for (int round = 0; round < 5; ++round) {
      made.push_back(round == 3 ? changes.rewrite_all() : changes.next(60, 10, 200));
      REQUIRE(store->write(made.back().header, made.back().pointers()));
    }
  }

  ScratchDirectory scratch;
  std::deque<Change> made;
};

std::vector<fs::path> files_of_copies(const fs::path& root) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && entry.path().string().find("/copy-") != std::string::npos) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Whether all names of the file are hurt, or only this one.
enum class Reach : std::uint8_t { kEveryName, kThisName };

Reach damage(const fs::path& path, std::mt19937_64& random) {
  const std::uint64_t size = fs::file_size(path);
  if (size == 0) {
    std::ofstream(path) << "grown";
  } else if (random() % 4 == 0) {
    fs::resize_file(path, random() % size);
  } else if (random() % 20 == 0) {
    fs::remove(path);
    return Reach::kThisName;
  } else {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto at = static_cast<std::streamoff>(random() % size);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ (1 << (random() % 8))));
  }
  return Reach::kEveryName;
}

}  // namespace

TEST_CASE("a flipped bit, a cut or a missing file in any copy is found, and the newest copy without it is used") {
  const Scene scene;
  std::mt19937_64 random(32);
  std::map<std::uint64_t, int> restored_epochs;
  for (int round = 0; round < 300; ++round) {
    const ScratchDirectory scratch;
    const std::string directory = scratch.inner("state");
    clone_tree(scene.scratch.path() / "base", directory);
    const std::vector<fs::path> files = files_of_copies(directory);
    const fs::path& hurt = files[random() % files.size()];
    INFO("round " << round << " " << hurt);
    std::vector<fs::path> same;
    for (const fs::path& file : files) {
      if (fs::equivalent(file, hurt)) same.push_back(file);
    }
    if (damage(hurt, random) == Reach::kThisName) same = {hurt};
    const bool in_newest =
        std::any_of(same.begin(), same.end(), [](const fs::path& path) { return path.string().find("/copy-000000000005/") != std::string::npos; });

    const auto store = open_store(directory);
    const auto listed = store->list(true);
    REQUIRE(listed);
    REQUIRE(listed->size() == 3);
    CHECK((*listed)[2].usable == !in_newest);
    const Result<Restored> restored = restore_all(*store);
    REQUIRE(restored);
    CHECK(restored->warnings.empty() == !in_newest);
    const std::uint64_t epoch = restored->header ? restored->header->record.id.epoch : 0;
    CHECK((epoch == 5) == !in_newest);
    if (epoch != 0) CHECK(holds(*restored, scene.made[epoch - 1]));
    ++restored_epochs[epoch];
  }
  CHECK(restored_epochs[5] > 50);
  CHECK(restored_epochs[4] > 20);
  CHECK(restored_epochs[3] > 20);
}

TEST_CASE("a copy put back under another's number is found") {
  const Scene scene;
  const fs::path base = scene.scratch.path() / "base";
  fs::remove_all(base / "copy-000000000005");
  fs::copy(base / "copy-000000000003", base / "copy-000000000005");
  const auto store = open_store(base.string());
  const Result<Restored> restored = restore_all(*store);
  REQUIRE(restored);
  CHECK(holds(*restored, scene.made[3]));
  REQUIRE(restored->warnings.size() == 1);
  CHECK(fs::exists(base / "bad-000000000005"));
}

}  // namespace reckoner::testing

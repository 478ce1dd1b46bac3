// When a shard's copies are shared, and what is said of it, by a clock of the test's own.
#include "app/copy_sharing.hpp"

#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "state/checkpoint_model.hpp"
#include "state/shared_copies.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"

namespace reckoner::testing {

namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kWhenever = std::numeric_limits<std::int64_t>::max();

// A shard's copies; the number of each is its offset in the log.
struct Scene {
  Scene() {
    CheckpointSettings settings;
    settings.shared_directory = scratch.inner("shared");
    store = std::move(*RocksDbCheckpoint::open(scratch.inner("state"), settings));
  }

  void write_and_offer(CopySharing& sharing) {
    const Change change = changes.next(10, 0, 20);
    REQUIRE(store->write(change.header, change.pointers()));
    sharing.offer(++written);
  }

  [[nodiscard]] CopySharingSettings settings() {
    return {.every_ms = kMinute,
            .before = [this]() -> Result<void> {
              ++before;
              return {};
            },
            .say = [this](const std::string& what) { said.push_back(what); }};
  }

  [[nodiscard]] std::vector<std::int64_t> shared() const {
    std::vector<std::string> warnings;
    std::vector<std::int64_t> offsets;
    const auto copies = list_shared_copies(scratch.inner("shared"), warnings);
    for (const SharedCopy& copy : *copies) offsets.push_back(copy.log_offset);
    return offsets;
  }

  ScratchDirectory scratch;
  FakeClock clock;
  ChangeMaker changes{5};
  std::unique_ptr<RocksDbCheckpoint> store;
  std::int64_t written = 0;
  int before = 0;
  std::vector<std::string> said;
};

}  // namespace

TEST_CASE("copies are shared as often as is asked for, and the newest at the end", "[threaded]") {
  Scene scene;
  {
    CopySharing sharing(*scene.store, scene.clock, scene.settings());
    scene.write_and_offer(sharing);  // not due yet
    CHECK(scene.shared().empty());
    scene.clock.advance_ms(kMinute);
    scene.write_and_offer(sharing);
    sharing.finish(kWhenever);
    CHECK(scene.shared() == std::vector<std::int64_t>{2});
    sharing.finish(kWhenever);  // the newest is shared
    CHECK(scene.before == 1);
    scene.write_and_offer(sharing);
    sharing.finish(kWhenever);
    CHECK(scene.shared() == std::vector<std::int64_t>{3, 2});
    scene.write_and_offer(sharing);
    sharing.finish(scene.clock.monotonic_ns());  // there is no time left
    CHECK(scene.shared() == std::vector<std::int64_t>{3, 2});
  }
  CHECK(scene.before == 3);
  REQUIRE(scene.said.size() == 1);
  CHECK(scene.said[0].ends_with("given up while it was copied"));
}

TEST_CASE("that copies are not shared is said once, and that they are again", "[threaded]") {
  Scene scene;
  std::ofstream(scene.scratch.inner("shared")) << "no directory";
  CopySharing sharing(*scene.store, scene.clock, scene.settings());
  for (int round = 0; round < 2; ++round) {
    scene.write_and_offer(sharing);
    sharing.finish(kWhenever);
  }
  REQUIRE(scene.said.size() == 1);
  CHECK(scene.said[0].starts_with("its copies are not shared, and that is tried again: "));
  std::filesystem::remove(scene.scratch.inner("shared"));
  scene.write_and_offer(sharing);
  sharing.finish(kWhenever);
  CHECK(scene.said.size() == 2);
  CHECK(scene.said[1] == "its copies are shared again");
  CHECK(scene.shared() == std::vector<std::int64_t>{3});
}

TEST_CASE("a copy is not shared while what it needs is not there", "[threaded]") {
  Scene scene;
  CopySharingSettings settings = scene.settings();
  bool is_there = false;
  settings.before = [&]() -> Result<void> { return is_there ? Result<void>() : fail(ErrorKind::kExternal, "no rule set"); };
  CopySharing sharing(*scene.store, scene.clock, settings);
  scene.write_and_offer(sharing);
  sharing.finish(kWhenever);
  CHECK(scene.shared().empty());
  CHECK(scene.said == std::vector<std::string>{"its copies are not shared, and that is tried again: no rule set"});
  is_there = true;
  scene.write_and_offer(sharing);
  sharing.finish(kWhenever);
  CHECK(scene.shared() == std::vector<std::int64_t>{2});
}

}  // namespace reckoner::testing

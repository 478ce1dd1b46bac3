#include "engine/files.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "support/catch.hpp"
#include "support/fake_files.hpp"

namespace reckoner {

using testing::FakeCrash;
using testing::FakeFault;
using testing::FakeFiles;
using testing::FakeLoss;

TEST_CASE("paths are joined with one slash") {
  CHECK(join_path("a", "b") == "a/b");
  CHECK(join_path("a/", "b") == "a/b");
  CHECK(join_path("", "b") == "b");
  CHECK(join_path("/", "b") == "/b");
}

TEST_CASE("a file written atomically is there whole, and no temporary file stays") {
  FakeFiles files;
  files.put("d/f", "old");
  files.put("d/f.tmp", "left by a crash");
  REQUIRE(write_atomically(files, "d/f", "new text").has_value());
  CHECK(files.bytes("d/f") == "new text");
  CHECK(files.paths() == std::vector<std::string>{"d/f"});
  REQUIRE(write_atomically(files, "alone", "x").has_value());
  CHECK(files.bytes("alone") == "x");
}

TEST_CASE("a crash or an error at any call of an atomic write leaves the old file or the new one") {
  FakeFiles reference(true);
  reference.put("d/f", "old");
  REQUIRE(write_atomically(reference, "d/f", "new text").has_value());
  const std::uint64_t calls = reference.mutating_calls();
  REQUIRE(calls == 5);
  for (const FakeFault fault :
       {FakeFault::kFail, FakeFault::kFailHalfway, FakeFault::kCrashBefore, FakeFault::kCrashHalfway, FakeFault::kCrashAfter}) {
    for (const FakeLoss loss : {FakeLoss::kNothing, FakeLoss::kUnsynced, FakeLoss::kTorn}) {
      for (std::uint64_t call = 1; call <= calls; ++call) {
        FakeFiles files(true);
        files.put("d/f", "old");
        files.fault_at(call, fault);
        bool written = false;
        try {
          written = write_atomically(files, "d/f", "new text").has_value();
        } catch (const FakeCrash& crash) {
          CHECK(crash.call == call);
        }
        CHECK_FALSE(written);
        files.crash(loss, call);
        const std::string found = files.bytes("d/f");
        CHECK((found == "old" || found == "new text"));
        if (fault == FakeFault::kCrashAfter && call == calls) CHECK(found == "new text");
      }
    }
  }
}

TEST_CASE("an atomic write that returned survives a loss of power") {
  FakeFiles files(true);
  files.put("d/f", "old");
  REQUIRE(write_atomically(files, "d/f", "new text").has_value());
  files.crash(FakeLoss::kUnsynced);
  CHECK(files.bytes("d/f") == "new text");
}

TEST_CASE("a file read whole has its bytes, or says that it is missing or too large") {
  FakeFiles files;
  files.put("f", "12345");
  CHECK(read_whole(files, "f", 5).value_or("") == "12345");
  const Result<std::string> large = read_whole(files, "f", 4);
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().kind == ErrorKind::kData);
  CHECK_FALSE(read_whole(files, "g", 5).has_value());
}

TEST_CASE("the disk in memory forgets what was not synced") {
  FakeFiles files(true);
  {
    auto file = files.open_append("d/f");
    REQUIRE(file.has_value());
    REQUIRE((*file)->append(std::string("abc")).has_value());
    REQUIRE((*file)->sync().has_value());
    REQUIRE((*file)->append(std::string("defghi")).has_value());
    CHECK((*file)->size() == 9);
  }
  SECTION("a killed process loses nothing") {
    files.crash(FakeLoss::kNothing);
    CHECK(files.bytes("d/f") == "abcdefghi");
  }
  SECTION("without a sync of its directory the file itself is gone") {
    files.crash(FakeLoss::kUnsynced);
    CHECK(files.paths().empty());
  }
  SECTION("with it the synced bytes stay") {
    REQUIRE(files.sync_directory("d").has_value());
    files.crash(FakeLoss::kUnsynced);
    CHECK(files.bytes("d/f") == "abc");
  }
  SECTION("a torn tail is a prefix that holds at least the synced bytes") {
    REQUIRE(files.sync_directory("d").has_value());
    files.crash(FakeLoss::kTorn, 3);
    CHECK(std::string("abcdefghi").starts_with(files.bytes("d/f")));
    CHECK(files.bytes("d/f").size() >= 3);
  }
}

TEST_CASE("after a crash the disk in memory serves no handle and no lock of before") {
  FakeFiles files;
  auto file = files.open_append("f");
  auto lock = files.lock("l");
  REQUIRE(file.has_value());
  REQUIRE(lock.has_value());
  CHECK_FALSE(files.lock("l").has_value());
  files.fault_at(files.mutating_calls() + 1, FakeFault::kCrashBefore);
  CHECK_THROWS_AS((void)(*file)->append(std::string("x")), FakeCrash);
  CHECK_THROWS_AS((void)files.exists("f"), FakeCrash);
  files.crash(FakeLoss::kNothing);
  CHECK_THROWS_AS((void)(*file)->append(std::string("x")), FakeCrash);
  CHECK(files.exists("f"));
  CHECK(files.lock("l").has_value());
}

}  // namespace reckoner

#include "connectors/posix_files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "connectors/posix_error.hpp"
#include "connectors/system_clock.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "support/catch.hpp"
#include "temporary_directory.hpp"

namespace reckoner {

using testing::TemporaryDirectory;

TEST_CASE("a file on disk is appended to, synced, read and cut") {
  PosixFiles files;
  const TemporaryDirectory directory;
  const std::string path = directory.path("f");
  {
    auto file = files.open_append(path);
    REQUIRE(file.has_value());
    REQUIRE((*file)->append(std::string("hello ")).has_value());
    REQUIRE((*file)->append(std::string("world")).has_value());
    REQUIRE((*file)->sync().has_value());
    CHECK((*file)->size() == 11);
    (*file)->let_go_of_cache(6);  // only about memory
    CHECK(read_whole(files, path, 100).value_or("") == "hello world");
  }
  REQUIRE(files.truncate(path, 5).has_value());
  auto again = files.open_append(path);
  REQUIRE(again.has_value());
  CHECK((*again)->size() == 5);
  REQUIRE((*again)->append(std::string("!")).has_value());
  auto reader = files.open_read(path);
  REQUIRE(reader.has_value());
  CHECK((*reader)->size().value_or(0) == 6);
  std::string text(10, '.');
  CHECK((*reader)->read(4, text).value_or(0) == 2);
  CHECK(text == "o!........");
  CHECK((*reader)->read(100, text).value_or(9) == 0);
  CHECK(read_whole(files, path, 100).value_or("") == "hello!");
  CHECK(files.info(path).value_or(FileInfo{}).bytes == 6);
  CHECK(files.info(path).value_or(FileInfo{}).modified_ms > 1'600'000'000'000);
}

TEST_CASE("files on disk are renamed, listed in order and removed") {
  PosixFiles files;
  const TemporaryDirectory directory;
  REQUIRE(files.make_directories(directory.path("a/b/c")).has_value());
  REQUIRE(files.make_directories(directory.path("a/b/c")).has_value());
  REQUIRE(write_atomically(files, directory.path("a/z"), "1").has_value());
  REQUIRE(write_atomically(files, directory.path("a/y"), "2").has_value());
  REQUIRE(files.rename(directory.path("a/z"), directory.path("a/y")).has_value());
  CHECK(read_whole(files, directory.path("a/y"), 9).value_or("") == "1");
  CHECK(files.list(directory.path("a")).value_or(std::vector<std::string>{}) == std::vector<std::string>{"b", "y"});
  CHECK(files.list(directory.path("none")).value_or(std::vector<std::string>{"?"}).empty());
  CHECK(files.info(directory.path("a/b")).value_or(FileInfo{.bytes = 1}).bytes == 0);
  CHECK(files.exists(directory.path("a/y")));
  REQUIRE(files.remove(directory.path("a/y")).has_value());
  REQUIRE(files.remove(directory.path("a/y")).has_value());
  REQUIRE(files.remove(directory.path("a/b/c")).has_value());
  CHECK_FALSE(files.exists(directory.path("a/y")));
  CHECK_FALSE(files.exists(directory.path("a/b/c")));
}

TEST_CASE("a relative path and a path that begins at the root are both made") {
  PosixFiles files;
  const TemporaryDirectory directory;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path(""));
  CHECK(files.make_directories("x/y").has_value());
  CHECK(files.make_directories("").has_value());
  CHECK(write_atomically(files, "plain", "1").has_value());
  CHECK(files.list("").value_or(std::vector<std::string>{}) == std::vector<std::string>{"plain", "x"});
  std::filesystem::current_path(before);
}

TEST_CASE("an operation on a file that is not there or is something else names the path") {
  PosixFiles files;
  const TemporaryDirectory directory;
  REQUIRE(write_atomically(files, directory.path("file"), "1").has_value());
  const std::string missing = directory.path("none");
  const std::string below_a_file = directory.path("file/x");
  const auto names = [](const auto& result, const std::string& path) {
    return !result && result.error().kind == ErrorKind::kExternal && result.error().text.starts_with(path + ": cannot ");
  };
  CHECK(names(files.open_read(missing), missing));
  CHECK(names(files.open_read(directory.path("")), directory.path("")));
  CHECK(names(files.open_append(below_a_file), below_a_file));
  CHECK(names(files.open_append(directory.path("")), directory.path("")));
  CHECK(names(files.truncate(missing, 0), missing));
  CHECK(names(files.truncate(directory.path("file"), std::uint64_t{1} << 63U), directory.path("file")));
  CHECK(names(files.rename(missing, directory.path("y")), missing));
  CHECK(names(files.remove(below_a_file), below_a_file));
  CHECK(names(files.info(missing), missing));
  CHECK(names(files.list(directory.path("file")), directory.path("file")));
  CHECK(names(files.sync_directory(missing), missing));
  CHECK(names(files.make_directories(below_a_file), below_a_file));
  CHECK(names(files.make_directories(directory.path("file")), directory.path("file")));
  CHECK(names(files.lock(below_a_file), below_a_file));
}

TEST_CASE("a full device is an error that says so and may pass") {
  PosixFiles files;
  auto full = files.open_append("/dev/full");
  REQUIRE(full.has_value());
  const Result<void> appended = (*full)->append(std::string("x"));
  REQUIRE_FALSE(appended.has_value());
  CHECK(appended.error().retry == Retry::kLater);
  CHECK(appended.error().text.find("/dev/full: cannot append to it: No space left on device; free space") == 0);
}

TEST_CASE("a file that cannot be synced says so") {
  PosixFiles files;
  auto null = files.open_append("/dev/null");
  REQUIRE(null.has_value());
  const Result<void> synced = (*null)->sync();
  REQUIRE_FALSE(synced.has_value());
  CHECK(synced.error().text.starts_with("/dev/null: cannot sync it"));
}

TEST_CASE("every system error has a next step") {
  for (const int number : {ENOSPC, EDQUOT, EFBIG, EROFS, EIO, EACCES, EPERM, ENOENT, EISDIR, ENOTDIR, EMFILE, ENFILE, EINVAL}) {
    const Error error = posix_error("sync it", "d/f", number);
    CHECK(error.text.starts_with("d/f: cannot sync it: "));
    CHECK(error.text.find("; ") != std::string::npos);
    const bool passes = number == ENOSPC || number == EDQUOT || number == EMFILE || number == ENFILE;
    CHECK((error.retry == Retry::kLater) == passes);
  }
}

TEST_CASE("a lock is held once, names its holder, and is free again when it goes") {
  PosixFiles files;
  const TemporaryDirectory directory;
  const std::string path = directory.path("lock");
  auto lock = files.lock(path);
  REQUIRE(lock.has_value());
  const auto second = files.lock(path);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().retry == Retry::kLater);
  CHECK(second.error().text.find("locked by process " + std::to_string(::getpid())) != std::string::npos);
  REQUIRE(files.truncate(path, 0).has_value());
  const auto third = files.lock(path);
  REQUIRE_FALSE(third.has_value());
  CHECK(third.error().text.find("locked by another process") != std::string::npos);
  lock->reset();
  CHECK(files.lock(path).has_value());
}

TEST_CASE("the system's clocks go forward") {
  SystemClock clock;
  CHECK(clock.wall_ms() > 1'600'000'000'000);
  const std::int64_t before = clock.monotonic_ns();
  clock.sleep_ms(2);
  clock.sleep_ms(-5);
  CHECK(clock.monotonic_ns() >= before + 2'000'000);
}

}  // namespace reckoner

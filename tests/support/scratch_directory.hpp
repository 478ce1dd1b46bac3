// A directory of a test's own, removed at the end. In memory where the machine has a place for that: what a disk loses is simulated, and
// a thousand checkpoints' true syncs would take minutes.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "engine/check.hpp"

namespace reckoner::testing {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    const bool in_memory = ::access("/dev/shm", W_OK) == 0;
    const std::filesystem::path parent = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string form = (parent / "reckoner-test-XXXXXX").string();
    RECKONER_CHECK(::mkdtemp(form.data()) != nullptr, "{}", form);
    path_ = form;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string inner(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace reckoner::testing

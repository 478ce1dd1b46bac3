// Tells when a file that appeared in a watched folder is complete.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/clock.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct WatchSettings {
  std::int64_t stable_ms = 2000;  // complete once size and modification time have not changed for this long
  bool require_ready = false;     // complete only when `<file>.ready` says so
};

// Not thread-safe.
class WatchedFiles {
 public:
  // A file is complete when `<path>.ready` exists and is empty or holds the file's size in bytes; without such a file, when it has been seen
  // unchanged for long enough. `clock` null: a file that no manifest is required for is complete at once. An empty file without a manifest
  // is not.
  [[nodiscard]] Result<bool> is_complete(Files& files, Clock* clock, const WatchSettings& settings, const std::string& path);

  [[nodiscard]] static bool is_manifest(const std::string& path) { return path.ends_with(".ready"); }

 private:
  struct Sighting {
    FileInfo info;
    std::int64_t since_ns = 0;
  };
  std::map<std::string, Sighting> sightings_;
};

}  // namespace reckoner

#include "app/file_stamps.hpp"

#include <filesystem>

namespace reckoner {

FileStamps file_stamps(const std::vector<std::string>& folders) {
  namespace fs = std::filesystem;
  FileStamps stamps;
  for (const std::string& folder : folders) {
    for (const char* inner : {"", "rules", "tests"}) {
      std::error_code error;
      for (fs::directory_iterator entry(fs::path(folder) / inner, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().extension() != ".yaml") continue;
        std::error_code gone;
        const auto changed = fs::last_write_time(entry->path(), gone).time_since_epoch().count();
        const std::uint64_t bytes = gone ? 0 : fs::file_size(entry->path(), gone);
        if (!gone) stamps[entry->path().string()] = {static_cast<std::int64_t>(changed), bytes};
      }
    }
  }
  return stamps;
}

}  // namespace reckoner

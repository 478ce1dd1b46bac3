#include "app/file_stamps.hpp"

#include <filesystem>

namespace reckoner {

namespace {

void add_stamp(const std::filesystem::path& path, FileStamps& stamps) {
  std::error_code gone;
  const auto changed = std::filesystem::last_write_time(path, gone).time_since_epoch().count();
  const std::uint64_t bytes = gone ? 0 : std::filesystem::file_size(path, gone);
  if (!gone) stamps[path.string()] = {static_cast<std::int64_t>(changed), bytes};
}

}  // namespace

FileStamps stamps_of(const std::vector<std::string>& paths) {
  FileStamps stamps;
  for (const std::string& path : paths) add_stamp(path, stamps);
  return stamps;
}

FileStamps file_stamps(const std::vector<std::string>& folders) {
  namespace fs = std::filesystem;
  FileStamps stamps;
  for (const std::string& folder : folders) {
    for (const char* inner : {"", "rules", "tests"}) {
      std::error_code error;
      for (fs::directory_iterator entry(fs::path(folder) / inner, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().extension() == ".yaml") add_stamp(entry->path(), stamps);
      }
    }
  }
  return stamps;
}

}  // namespace reckoner

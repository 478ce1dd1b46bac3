// Which files of some folders there are and when they changed, to notice a change. For people who wait at a screen.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace reckoner {

// Path -> time of the last change, in the file system's own unit, and bytes.
using FileStamps = std::map<std::string, std::pair<std::int64_t, std::uint64_t>>;

// Of these files; one that is not there has none.
[[nodiscard]] FileStamps stamps_of(const std::vector<std::string>& paths);

// Of *.yaml files in the folders and in their rules/ and tests/.
[[nodiscard]] FileStamps file_stamps(const std::vector<std::string>& folders);

}  // namespace reckoner

// The names in the checkpoint directory and the moves between them. A copy comes into being by one rename, goes by one rename, and is
// never changed in between. Not thread-safe.
//   copy-NUMBER      a copy, whole
//   bad-NUMBER       found damaged: kept for a person to look at       aside-NUMBER   whole, but unconfirmed or rolled back
//   live making incoming removing-NUMBER      scratch: worthless after a crash, removed by clear_scratch()
//   rolled-back      an empty file: a person went back to an older copy, so that shared ones are not asked until there is a new one
//   sharing          links to a copy on its way into a shared directory: scratch too, removed by who fills it
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "state/state_files.hpp"

namespace reckoner {

enum class CopyPlace : std::uint8_t { kKept, kBad, kAside };

struct CopyName {
  std::uint64_t number = 0;
  CopyPlace place = CopyPlace::kKept;
};

class CopyDirectory {
 public:
  CopyDirectory(const StateFiles& files, std::string root) : files_(files), root_(std::move(root)) {}

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string path_of(const CopyName& copy) const;
  [[nodiscard]] std::string live_path() const;
  [[nodiscard]] std::string making_path() const;
  [[nodiscard]] std::string incoming_path() const;
  [[nodiscard]] std::string sharing_path() const;
  [[nodiscard]] std::string rolled_back_path() const;

  [[nodiscard]] Result<std::vector<CopyName>> all() const;        // by number
  [[nodiscard]] Result<std::vector<std::uint64_t>> kept() const;  // by number
  [[nodiscard]] Result<void> clear_scratch() const;
  [[nodiscard]] Result<void> publish(std::uint64_t number) const;                            // `making` becomes the copy, durably: the atomic point
  [[nodiscard]] Result<std::string> set_aside(std::uint64_t number, CopyPlace place) const;  // its new path
  [[nodiscard]] Result<void> remove_oldest(std::size_t keep) const;
  [[nodiscard]] Result<void> remove(const CopyName& copy) const;

 private:
  [[nodiscard]] std::string removing_path(std::uint64_t number) const;

  const StateFiles& files_;
  std::string root_;
};

}  // namespace reckoner

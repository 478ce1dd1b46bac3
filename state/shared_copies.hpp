// Copies of a shard's state where every process of a job finds them: in a directory that all its machines have mounted. One that has no copy of its
// own, or only an older one, begins with one of these. What lies where, and why nobody spoils what another needs: state/STATE_FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "state/copy_description.hpp"
#include "state/state_files.hpp"

namespace reckoner {

inline constexpr std::uint64_t kSharedFormatVersion = 1;

struct SharedCopy {
  CopyDescription description;
  std::int64_t log_offset = 0;  // of the commit log, which is needed from there on behind this copy
  std::int64_t made_ms = 0;     // by the file system's clock, where it was listed
};

[[nodiscard]] std::string encode(const SharedCopy& copy);
// kCorruption when it is not whole; kConfiguration when a newer version of this program wrote it.
[[nodiscard]] Result<SharedCopy> decode_shared_copy(std::string_view text);

// Any number of processes use the directory at once, each with an owner number of its own. Thread-safe.
class SharedCopies {
 public:
  // `root`: absolute, of one shard; made with the first copy. `files` outlives this.
  SharedCopies(const StateFiles& files, std::string root, std::size_t keep);

  // Adds the copy that lies in `directory`, whose owner must be this process. Bytes that this owner has there already are not written again. What is
  // older than the newest `keep` copies then goes, unless somebody took the shard over meanwhile. kCorruption when the copy at hand is damaged;
  // Retry::kLater when `stop` ended it, which is asked now and then.
  [[nodiscard]] Result<void> add(const std::string& directory, const SharedCopy& copy, const StopAsked& stop) const;

  // Newest first. One that cannot be read is left out, and told in `warnings`. Empty when nothing was ever shared.
  [[nodiscard]] Result<std::vector<SharedCopy>> list(std::vector<std::string>& warnings) const;

  // Reads every byte of the copy, as verify_copy_files() does.
  [[nodiscard]] Result<void> verify(const SharedCopy& copy) const;

  // Makes the new directory `into` the copy, durably but for its name. kCorruption when a file is missing or not what it was.
  [[nodiscard]] Result<void> fetch(const SharedCopy& copy, const std::string& into, const StopAsked& stop) const;

 private:
  struct Name {
    std::string path;
    EpochId id;
  };
  [[nodiscard]] std::string owner_path(std::uint64_t owner) const;
  [[nodiscard]] std::string content_path(std::uint64_t owner, const FileSum& sum) const;
  [[nodiscard]] Result<std::vector<std::uint64_t>> owners() const;  // ascending
  [[nodiscard]] Result<std::vector<Name>> names() const;            // newest first
  [[nodiscard]] Result<SharedCopy> read(const Name& name) const;
  [[nodiscard]] Result<void> add_content(const std::string& from, const std::string& to, const FileSum& sum, const StopAsked& stop) const;
  [[nodiscard]] Result<void> remove_old(std::uint64_t owner) const;
  [[nodiscard]] Result<void> remove_unnamed(std::uint64_t owner) const;

  const StateFiles& files_;
  std::string root_;
  std::size_t keep_;
};

// For who only looks: SharedCopies::list() of the shard whose directory this is.
[[nodiscard]] Result<std::vector<SharedCopy>> list_shared_copies(const std::string& root, std::vector<std::string>& warnings);
// Reads every byte of it; kCorruption names the first file that is not what it was.
[[nodiscard]] Result<void> verify_shared_copy(const std::string& root, const SharedCopy& copy);

}  // namespace reckoner

#include "state/shared_copies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "state/checked_text.hpp"
#include "state/copy_description.hpp"
#include "state/file_faults.hpp"
#include "state/state_files.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kMagic = "reckoner-shared-copy ";
constexpr std::string_view kOwnerPrefix = "owner-";
constexpr std::string_view kCopyPrefix = "copy-";
constexpr std::string_view kContentName = "files";
constexpr std::string_view kUnfinished = ".part";

std::string numbered(std::string_view prefix, std::uint64_t number) { return fmt::format("{}{:012}", prefix, number); }

// Only of a name as numbered() makes it.
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view prefix) {
  std::uint64_t number = 0;
  if (!name.starts_with(prefix)) return std::nullopt;
  static_cast<void>(std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number));
  return numbered(prefix, number) == name ? std::optional(number) : std::nullopt;
}

std::string content_name(const FileSum& sum) { return fmt::format("{}-{}", sum.xxh3, sum.bytes); }

bool is_plain(std::string_view name) { return name.find('/') == std::string_view::npos && name != "." && name != ".."; }

}  // namespace

std::string encode(const SharedCopy& copy) {
  return with_checksum(fmt::format("{}{}\nlog-offset {}\n{}", kMagic, kSharedFormatVersion, copy.log_offset, encode(copy.description)));
}

Result<SharedCopy> decode_shared_copy(std::string_view text) {
  const Result<std::string_view> body = checked_body(text, kMagic);
  if (!body) return std::unexpected(body.error());
  Words words(body->substr(kMagic.size()));
  const std::uint64_t version = words.number('\n');
  if (words.good() && version > kSharedFormatVersion) {
    return fail(ErrorKind::kConfiguration, fmt::format("has format version {}, this program reads up to {}: run the newer version that wrote it",
                                                       version, kSharedFormatVersion));
  }
  SharedCopy found;
  words.expect("log-offset");
  found.log_offset = static_cast<std::int64_t>(words.number('\n'));
  if (!words.good() || version != kSharedFormatVersion) return fail(ErrorKind::kCorruption, "is not of the form that its version has");
  Result<CopyDescription> description = decode_copy_description(words.rest());
  if (!description) return std::unexpected(description.error());
  found.description = std::move(*description);
  const std::vector<CopyFile>& files = found.description.files;
  if (!std::all_of(files.begin(), files.end(), [](const CopyFile& file) { return is_plain(file.name) && is_plain(file.sum.xxh3); }))
    return fail(ErrorKind::kCorruption, "names a file outside of its copy");
  return found;
}

SharedCopies::SharedCopies(const StateFiles& files, std::string root, std::size_t keep) : files_(files), root_(std::move(root)), keep_(keep) {
  RECKONER_CHECK(root_.starts_with('/'), "{}", root_);
  RECKONER_CHECK(keep_ >= 1);
}

std::string SharedCopies::owner_path(std::uint64_t owner) const { return join_path(root_, numbered(kOwnerPrefix, owner)); }

std::string SharedCopies::content_path(std::uint64_t owner, const FileSum& sum) const {
  return join_path(join_path(owner_path(owner), std::string(kContentName)), content_name(sum));
}

Result<void> SharedCopies::add(const std::string& directory, const SharedCopy& copy, const StopAsked& stop) const {
  const CopyDescription& description = copy.description;
  RECKONER_CHECK(copy.log_offset >= 0 && description.id.epoch > 0, "epoch {}, log from {}", description.id.epoch, copy.log_offset);
  const std::string own = owner_path(description.id.owner);
  const std::string contents = join_path(own, std::string(kContentName));
  if (Result<void> made = files_.make_directories(contents); !made) return made;
  for (const CopyFile& file : description.files) {
    const std::string to = content_path(description.id.owner, file.sum);
    if (Result<void> added = add_content(join_path(directory, file.name), to, file.sum, stop); !added) return added;
  }
  if (Result<void> synced = files_.sync_directory(contents); !synced) return synced;
  const std::string path = join_path(own, numbered(kCopyPrefix, description.id.epoch));
  const std::string unfinished = path + std::string(kUnfinished);
  if (Result<void> written = files_.write_synced(unfinished, encode(copy)); !written) return written;
  if (Result<void> named = files_.rename(unfinished, path); !named) return named;
  if (Result<void> synced = files_.sync_directory(own); !synced) return synced;
  return remove_old(description.id.owner);
}

// A name is given to what is whole and synced alone, so that one of the right length need not be read again.
Result<void> SharedCopies::add_content(const std::string& from, const std::string& to, const FileSum& sum, const StopAsked& stop) const {
  if (files_.exists(to)) {
    const Result<std::uint64_t> bytes = files_.size(to);
    if (bytes && *bytes == sum.bytes) return {};
  }
  const std::string unfinished = to + std::string(kUnfinished);
  if (Result<void> copied = files_.copy_checked(from, unfinished, sum, stop); !copied) return copied;
  return files_.rename(unfinished, to);
}

Result<std::vector<std::uint64_t>> SharedCopies::owners() const {
  std::vector<std::uint64_t> found;
  if (!files_.exists(root_)) return found;
  const Result<std::vector<std::string>> listed = files_.list(root_);
  if (!listed) return std::unexpected(listed.error());
  for (const std::string& name : *listed) {
    if (const std::optional<std::uint64_t> owner = number_of(name, kOwnerPrefix)) found.push_back(*owner);
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::vector<SharedCopies::Name>> SharedCopies::names() const {
  const Result<std::vector<std::uint64_t>> all = owners();
  if (!all) return std::unexpected(all.error());
  std::vector<Name> found;
  for (const std::uint64_t owner : *all) {
    const Result<std::vector<std::string>> listed = files_.list(owner_path(owner));
    if (!listed && !files_.exists(owner_path(owner))) continue;  // its successor has just removed it
    if (!listed) return std::unexpected(listed.error());
    for (const std::string& name : *listed) {
      if (const std::optional<std::uint64_t> epoch = number_of(name, kCopyPrefix))
        found.push_back({join_path(owner_path(owner), name), {.owner = owner, .epoch = *epoch}});
    }
  }
  std::sort(found.begin(), found.end(), [](const Name& left, const Name& right) { return left.id > right.id; });
  return found;
}

Result<SharedCopy> SharedCopies::read(const Name& name) const {
  const Result<std::string> text = files_.read_whole(name.path);
  if (!text) return std::unexpected(text.error());
  Result<SharedCopy> copy = decode_shared_copy(*text);
  if (copy && copy->description.id != name.id) copy = fail(ErrorKind::kCorruption, "is of another epoch than its name says");
  if (!copy) copy.error().text = fmt::format("{}: {}", name.path, copy.error().text);
  return copy;
}

Result<std::vector<SharedCopy>> SharedCopies::list(std::vector<std::string>& warnings) const {
  const Result<std::vector<Name>> all = names();
  if (!all) return std::unexpected(all.error());
  std::vector<SharedCopy> found;
  for (const Name& name : *all) {
    Result<SharedCopy> copy = read(name);
    if (copy) {
      copy->made_ms = files_.modified_ms(name.path);
      found.push_back(std::move(*copy));
    } else if (files_.exists(name.path)) {
      warnings.push_back(copy.error().text);
    }
  }
  return found;
}

Result<void> SharedCopies::verify(const SharedCopy& copy) const {
  for (const CopyFile& file : copy.description.files) {
    if (Result<void> same = verify_file(files_, content_path(copy.description.id.owner, file.sum), file.sum); !same) return same;
  }
  return {};
}

Result<void> SharedCopies::fetch(const SharedCopy& copy, const std::string& into, const StopAsked& stop) const {
  const CopyDescription& description = copy.description;
  if (Result<void> made = files_.make_directory(into); !made) return made;
  for (const CopyFile& file : description.files) {
    const std::string from = content_path(description.id.owner, file.sum);
    if (Result<void> copied = files_.copy_checked(from, join_path(into, file.name), file.sum, stop); !copied) return copied;
  }
  if (Result<void> described = files_.write_synced(join_path(into, std::string(kCopyFileName)), encode(description)); !described) return described;
  return files_.sync_directory(into);
}

// Only what this owner or an earlier one made: an owner that was superseded, and does not know it yet, must not remove what its successor stands on.
Result<void> SharedCopies::remove_old(std::uint64_t owner) const {
  const Result<std::vector<std::uint64_t>> all = owners();
  if (!all) return std::unexpected(all.error());
  if (all->empty() || all->back() != owner) return {};
  const Result<std::vector<Name>> copies = names();
  if (!copies) return std::unexpected(copies.error());
  if (!copies->empty() && copies->front().id.owner > owner) return {};  // by now
  for (std::size_t index = keep_; index < copies->size(); ++index) {
    RECKONER_CHECK((*copies)[index].id.owner <= owner, "owner {} removes what {} needs", owner, (*copies)[index].id.owner);
    if (Result<void> removed = files_.remove_file((*copies)[index].path); !removed) return removed;
  }
  const std::size_t kept = std::min(keep_, copies->size());
  for (const std::uint64_t each : *all) {
    const auto end = copies->begin() + static_cast<std::ptrdiff_t>(kept);
    const bool is_needed = each == owner || std::any_of(copies->begin(), end, [&](const Name& name) { return name.id.owner == each; });
    if (Result<void> removed = is_needed ? remove_unnamed(each) : files_.remove_tree(owner_path(each)); !removed) return removed;
  }
  return {};
}

// What no copy of the owner names any more, and what was never finished. Nothing goes where a copy cannot be read.
Result<void> SharedCopies::remove_unnamed(std::uint64_t owner) const {
  const Result<std::vector<Name>> all = names();
  if (!all) return std::unexpected(all.error());
  std::set<std::string, std::less<>> named;
  for (const Name& name : *all) {
    if (name.id.owner != owner) continue;
    const Result<SharedCopy> copy = read(name);
    if (!copy) return {};
    for (const CopyFile& file : copy->description.files) named.insert(content_name(file.sum));
  }
  const std::string contents = join_path(owner_path(owner), std::string(kContentName));
  const Result<std::vector<std::string>> listed = files_.list(contents);
  if (!listed) return std::unexpected(listed.error());
  for (const std::string& name : *listed) {
    if (named.contains(name)) continue;
    if (Result<void> removed = files_.remove_file(join_path(contents, name)); !removed) return removed;
  }
  return {};
}

namespace {

Result<SharedCopies> to_look_at(const StateFiles& files, const std::string& root) {
  const Result<std::string> path = files.absolute(root);
  if (!path) return std::unexpected(path.error());
  return SharedCopies(files, *path, 1);
}

}  // namespace

Result<std::vector<SharedCopy>> list_shared_copies(const std::string& root, std::vector<std::string>& warnings) {
  const StateFiles files(watched_file_system(nullptr));
  const Result<SharedCopies> shared = to_look_at(files, root);
  if (!shared) return std::unexpected(shared.error());
  return shared->list(warnings);
}

Result<void> verify_shared_copy(const std::string& root, const SharedCopy& copy) {
  const StateFiles files(watched_file_system(nullptr));
  const Result<SharedCopies> shared = to_look_at(files, root);
  if (!shared) return std::unexpected(shared.error());
  return shared->verify(copy);
}

}  // namespace reckoner

#include "state/checkpoint_reader.hpp"

#include <fmt/format.h>
#include <rocksdb/env.h>

#include <utility>

#include "state/copy_description.hpp"
#include "state/copy_directory.hpp"
#include "state/file_faults.hpp"
#include "state/header_row.hpp"
#include "state/live_database.hpp"
#include "state/state_files.hpp"

namespace reckoner {

namespace {

std::unexpected<Error> only_reads(std::string_view what) { return fail(ErrorKind::kInternal, fmt::format("{} of a checkpoint reader", what)); }

}  // namespace

CheckpointReader::CheckpointReader() = default;
CheckpointReader::~CheckpointReader() = default;

Result<std::unique_ptr<CheckpointReader>> CheckpointReader::open(const std::string& directory) {
  std::unique_ptr<CheckpointReader> reader(new CheckpointReader);
  reader->files_ = std::make_unique<StateFiles>(watched_file_system(nullptr));
  reader->env_ = rocksdb::NewCompositeEnv(reader->files_->file_system());
  Result<std::string> root = reader->files_->absolute(directory);
  if (!root) return std::unexpected(root.error());
  reader->copies_ = std::make_unique<CopyDirectory>(*reader->files_, std::move(*root));
  return reader;
}

Result<std::optional<CheckpointHeader>> CheckpointReader::restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                  std::vector<std::string>& warnings) {
  if (!files_->exists(copies_->root())) return std::nullopt;
  Result<std::vector<std::uint64_t>> numbers = copies_->kept();
  if (!numbers) return std::unexpected(numbers.error());
  for (; !numbers->empty(); numbers->pop_back()) {
    Result<CheckpointHeader> header = read(numbers->back(), is_committed, visitor);
    if (header) {
      restored_ = numbers->back();
      return std::optional<CheckpointHeader>(std::move(*header));
    }
    if (header.error().kind != ErrorKind::kCorruption) return std::unexpected(header.error());
    warnings.push_back(fmt::format("checkpoint {} was passed over: {}", numbers->back(), header.error().text));
  }
  return std::nullopt;
}

Result<CheckpointHeader> CheckpointReader::read(std::uint64_t number, const IsCommitted& is_committed, const PartVisitor& visitor) const {
  const std::string path = copies_->path_of({.number = number, .place = CopyPlace::kKept});
  const Result<CopyDescription> description = read_copy_description(*files_, path);
  if (!description) return std::unexpected(description.error());
  if (Result<void> verified = verify_copy_files(*files_, path, *description); !verified) return std::unexpected(verified.error());
  const Result<std::unique_ptr<LiveDatabase>> opened = LiveDatabase::open_read_only(*env_, path);
  if (!opened) return std::unexpected(opened.error());
  const Result<std::string> bytes = (*opened)->header_row();
  if (!bytes) return std::unexpected(bytes.error());
  Result<HeaderRow> row = decode_header_row(*bytes);
  if (!row) return std::unexpected(row.error());
  if (!is_committed(row->header.record)) return fail(ErrorKind::kCorruption, "it is of an epoch that is not in the commit log");
  // The visitor has taken in what came before: the copy before this one can no longer be tried.
  if (const Result<std::uint64_t> parts = (*opened)->scan(visitor); !parts) return fail(ErrorKind::kExternal, parts.error().text, Retry::kLater);
  return std::move(row->header);
}

EpochId CheckpointReader::oldest_kept() const {
  if (!files_->exists(copies_->root())) return {};
  const Result<std::vector<std::uint64_t>> numbers = copies_->kept();
  if (!numbers) return {};
  for (const std::uint64_t number : *numbers) {
    const Result<CopyDescription> description = read_copy_description(*files_, copies_->path_of({.number = number, .place = CopyPlace::kKept}));
    if (description) return description->id;
  }
  return {};
}

Result<void> CheckpointReader::add(std::span<const CheckpointPortion>) { return only_reads("add()"); }
Result<void> CheckpointReader::write(const CheckpointHeader&, std::span<const CheckpointParts* const>) { return only_reads("write()"); }
Result<std::vector<CheckpointInfo>> CheckpointReader::list(bool) { return only_reads("list()"); }
Result<void> CheckpointReader::roll_back_to(std::uint64_t) { return only_reads("roll_back_to()"); }

}  // namespace reckoner

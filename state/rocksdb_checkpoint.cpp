#include "state/rocksdb_checkpoint.hpp"

#include <fmt/format.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/checkpoint_store.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "state/copy_description.hpp"
#include "state/copy_directory.hpp"
#include "state/file_faults.hpp"
#include "state/header_row.hpp"
#include "state/live_database.hpp"
#include "state/part_streams.hpp"
#include "state/rocksdb_options.hpp"
#include "state/shared_copies.hpp"
#include "state/sst_build.hpp"
#include "state/state_files.hpp"

namespace reckoner {

namespace {

// Parts that are all written and none of them missing make a complete image, below which nothing need be kept.
bool names_every_part(const CheckpointHeader& header, std::span<const CheckpointParts* const> shards) {
  std::uint64_t written = 0;
  for (const CheckpointParts* shard : shards) {
    for (std::size_t i = 0; i < shard->size(); ++i) written += shard->part(i).deleted ? 0U : 1U;
  }
  return written == header.parts;
}

std::string name_of(std::uint64_t number, EpochId id) { return fmt::format("checkpoint {} (owner {}, epoch {})", number, id.owner, id.epoch); }

}  // namespace

// What examine() found: a header when the copy is usable, and the live database is then open on it; otherwise where it goes and why.
struct RocksDbCheckpoint::Candidate {
  std::optional<CheckpointHeader> header;
  CopyPlace place = CopyPlace::kKept;
  std::string problem;
};

RocksDbCheckpoint::RocksDbCheckpoint(const CheckpointSettings& settings) : settings_(settings) {
  RECKONER_CHECK(settings.copies_kept >= 1 && settings.copies_kept <= 1000, "{}", settings.copies_kept);
  RECKONER_CHECK(settings.shared_copies_kept >= 2, "{}", settings.shared_copies_kept);
  RECKONER_CHECK(settings.runs_max >= settings.runs_before_merge, "{} and {}", settings.runs_max, settings.runs_before_merge);
}

RocksDbCheckpoint::~RocksDbCheckpoint() = default;

Result<std::unique_ptr<RocksDbCheckpoint>> RocksDbCheckpoint::open(const std::string& directory, const CheckpointSettings& settings) {
  std::unique_ptr<RocksDbCheckpoint> store(new RocksDbCheckpoint(settings));
  store->files_ = std::make_unique<StateFiles>(watched_file_system(settings.faults));
  store->env_ = watched_environment(store->files_->file_system(), settings.faults);
  Result<std::string> root = store->files_->absolute(directory);
  if (!root) return std::unexpected(root.error());
  if (Result<void> made = store->files_->make_directories(*root); !made) return std::unexpected(made.error());
  store->copies_ = std::make_unique<CopyDirectory>(*store->files_, std::move(*root));
  if (!settings.shared_directory.empty()) {
    Result<std::string> shared = store->files_->absolute(settings.shared_directory);
    if (!shared) return std::unexpected(shared.error());
    store->shared_ = std::make_unique<SharedCopies>(*store->files_, std::move(*shared), settings.shared_copies_kept);
  }
  if (Result<void> read = store->refresh_oldest(); !read) return std::unexpected(read.error());
  return store;
}

void RocksDbCheckpoint::begin() { added_.reset(); }

Result<void> RocksDbCheckpoint::add(std::span<const CheckpointPortion> portions) {
  Result<void> added = add_portions(portions);
  if (added) return added;
  added_.reset();
  live_.reset();
  return added;
}

Result<void> RocksDbCheckpoint::add_portions(std::span<const CheckpointPortion> portions) {
  if (!added_) {
    if (!live_) {
      if (Result<void> started = start_from_newest(); !started) return started;
    }
    if (Result<void> cleared = clear_incoming(); !cleared) return cleared;
    const PartFilesPlan plan{.directory = copies_->incoming_path(), .file_bytes_max = settings_.file_bytes_max};
    added_ = std::make_unique<PartStreams>(live_->options(), plan);
  }
  return added_->add(portions);
}

Result<void> RocksDbCheckpoint::write(const CheckpointHeader& header, std::span<const CheckpointParts* const> shards) {
  Result<void> written = write_copy(header, shards);
  added_.reset();
  if (!written) live_.reset();
  return written;
}

Result<void> RocksDbCheckpoint::write_copy(const CheckpointHeader& header, std::span<const CheckpointParts* const> shards) {
  RECKONER_CHECK(!added_ || (live_ && shards.empty()), "{} lists beside what was added", shards.size());
  const bool whole = !added_ && names_every_part(header, shards);
  if (whole) {
    if (Result<void> started = start_empty(); !started) return started;
  } else if (!live_) {
    if (Result<void> started = start_from_newest(); !started) return started;
  }
  const Result<std::uint64_t> number = next_number();
  if (!number) return std::unexpected(number.error());
  if (Result<void> paused = live_->pause_merges(); !paused) return paused;
  if (Result<void> entered = ingest(*number, header, shards, whole); !entered) return entered;
  if (Result<void> made = make_copy(*number, header); !made) return made;
  if (shared_ && files_->exists(copies_->rolled_back_path())) {
    if (Result<void> removed = files_->remove_file(copies_->rolled_back_path()); !removed) return removed;
  }
  if (Result<void> resumed = live_->resume_merges(); !resumed) return resumed;
  if (live_->runs() > settings_.runs_max) {
    if (Result<void> merged = live_->merge_all(); !merged) return merged;
  }
  if (Result<void> removed = copies_->remove_oldest(settings_.copies_kept); !removed) return removed;
  return refresh_oldest();
}

Result<void> RocksDbCheckpoint::ingest(std::uint64_t number, const CheckpointHeader& header, std::span<const CheckpointParts* const> shards,
                                       bool whole) {
  const Result<std::vector<BuiltFile>> parts = build_parts(shards, whole);
  if (!parts) return std::unexpected(parts.error());
  const std::string row = encode(HeaderRow{.number = number, .header = header});
  const Result<BuiltFile> header_file = build_row_file(live_->options(), join_path(copies_->incoming_path(), "header.sst"), kHeaderKey, row);
  if (!header_file) return std::unexpected(header_file.error());
  return live_->ingest(*parts, *header_file);
}

// A table file left here may share its bytes with one in a copy: it must be unlinked, never written over.
Result<void> RocksDbCheckpoint::clear_incoming() const {
  if (Result<void> removed = files_->remove_tree(copies_->incoming_path()); !removed) return removed;
  return files_->make_directory(copies_->incoming_path());
}

Result<std::vector<BuiltFile>> RocksDbCheckpoint::build_parts(std::span<const CheckpointParts* const> shards, bool whole) {
  if (added_) return added_->finish();
  if (Result<void> cleared = clear_incoming(); !cleared) return std::unexpected(cleared.error());
  const PartFilesPlan plan{.directory = copies_->incoming_path(), .file_bytes_max = settings_.file_bytes_max, .with_tombstones = !whole};
  return build_part_files(live_->options(), plan, shards);
}

Result<void> RocksDbCheckpoint::make_copy(std::uint64_t number, const CheckpointHeader& header) {
  const std::string making = copies_->making_path();
  Result<std::vector<CopyFile>> files = live_->link_into(*files_, making);
  if (!files) return std::unexpected(files.error());
  const CopyDescription description{.number = number, .id = header.record.id, .parts = header.parts, .files = std::move(*files)};
  if (Result<void> described = files_->write_synced(join_path(making, kCopyFileName), encode(description)); !described) return described;
  if (Result<void> synced = files_->sync_directory(making); !synced) return synced;
  return copies_->publish(number);
}

Result<void> RocksDbCheckpoint::start_empty() {
  live_.reset();
  if (Result<void> cleared = copies_->clear_scratch(); !cleared) return cleared;
  Result<std::unique_ptr<LiveDatabase>> opened = LiveDatabase::open(*env_, copies_->live_path(), {.runs_before_merge = settings_.runs_before_merge});
  if (!opened) return std::unexpected(opened.error());
  live_ = std::move(*opened);
  return {};
}

Result<void> RocksDbCheckpoint::start_from_newest() {
  const Result<std::vector<std::uint64_t>> numbers = copies_->kept();
  if (!numbers) return std::unexpected(numbers.error());
  if (numbers->empty()) return start_empty();
  const Result<CopyDescription> description =
      read_copy_description(*files_, copies_->path_of({.number = numbers->back(), .place = CopyPlace::kKept}));
  if (!description) return std::unexpected(description.error());
  return start_from(numbers->back(), *description);
}

Result<void> RocksDbCheckpoint::start_from(std::uint64_t number, const CopyDescription& description) {
  live_.reset();
  if (Result<void> cleared = copies_->clear_scratch(); !cleared) return cleared;
  const std::string from = copies_->path_of({.number = number, .place = CopyPlace::kKept});
  const std::string live = copies_->live_path();
  if (Result<void> made = files_->make_directory(live); !made) return made;
  for (const CopyFile& file : description.files) {
    // Only table files never change once written; the others the database may append to.
    const bool shared = file.name.ends_with(".sst");
    const Result<void> placed = shared ? files_->link(join_path(from, file.name), join_path(live, file.name))
                                       : files_->copy(join_path(from, file.name), join_path(live, file.name));
    if (!placed) return placed;
  }
  Result<std::unique_ptr<LiveDatabase>> opened = LiveDatabase::open(*env_, live, {.runs_before_merge = settings_.runs_before_merge});
  if (!opened) return std::unexpected(opened.error());
  live_ = std::move(*opened);
  return {};
}

Result<std::uint64_t> RocksDbCheckpoint::next_number() const {
  const Result<std::vector<CopyName>> copies = copies_->all();
  if (!copies) return std::unexpected(copies.error());
  return copies->empty() ? 1 : copies->back().number + 1;
}

Result<std::optional<CheckpointHeader>> RocksDbCheckpoint::restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                   std::vector<std::string>& warnings) {
  begin();
  live_.reset();
  if (Result<void> cleared = copies_->clear_scratch(); !cleared) return std::unexpected(cleared.error());
  // A name seen here may be younger than the last sync of the directory; what is built on must be durable.
  if (Result<void> synced = files_->sync_directory(copies_->root()); !synced) return std::unexpected(synced.error());
  Result<std::vector<SharedCopy>> shared = list_shared(warnings);
  if (!shared) return std::unexpected(shared.error());
  bool had_copies = !shared->empty();
  for (;; had_copies = true) {
    if (Result<void> fetched = fetch_newer(*shared, warnings); !fetched) return std::unexpected(fetched.error());
    const Result<std::vector<std::uint64_t>> numbers = copies_->kept();
    if (!numbers) return std::unexpected(numbers.error());
    if (numbers->empty()) break;
    Result<Candidate> found = examine(numbers->back(), is_committed);
    if (!found) return std::unexpected(found.error());
    if (std::optional<CheckpointHeader> header = std::move(found->header)) {
      if (Result<void> streamed = stream(numbers->back(), *header, visitor); !streamed) return std::unexpected(streamed.error());
      if (Result<void> read = refresh_oldest(); !read) return std::unexpected(read.error());
      return header;
    }
    live_.reset();
    const Result<std::string> path = copies_->set_aside(numbers->back(), found->place);
    if (!path) return std::unexpected(path.error());
    warnings.push_back(fmt::format("{}; set aside as {}; going back to the one before", found->problem, *path));
  }
  if (had_copies) warnings.emplace_back("no checkpoint is usable: everything is replayed from the start");
  if (Result<void> read = refresh_oldest(); !read) return std::unexpected(read.error());
  return std::nullopt;
}

// Of no use is a shared directory that is away where there are copies at hand; without any it is waited for, rather than begun from nothing.
Result<std::vector<SharedCopy>> RocksDbCheckpoint::list_shared(std::vector<std::string>& warnings) const {
  if (!shared_ || files_->exists(copies_->rolled_back_path())) return std::vector<SharedCopy>();
  Result<std::vector<SharedCopy>> shared = shared_->list(warnings);
  if (shared) return shared;
  const Result<std::vector<std::uint64_t>> numbers = copies_->kept();
  if (!numbers || numbers->empty()) return shared;
  warnings.push_back(shared.error().text + "; going on with the copies at hand");
  return std::vector<SharedCopy>();
}

// Makes the newest of `shared` the newest copy here, if all that are here are older. What was tried leaves `shared`.
Result<void> RocksDbCheckpoint::fetch_newer(std::vector<SharedCopy>& shared, std::vector<std::string>& warnings) {
  const Result<std::vector<std::uint64_t>> numbers = copies_->kept();
  if (!numbers) return std::unexpected(numbers.error());
  EpochId newest;
  if (!numbers->empty()) {
    const auto description = read_copy_description(*files_, copies_->path_of({.number = numbers->back(), .place = CopyPlace::kKept}));
    if (!description) return {};  // it is looked at, and set aside, first
    newest = description->id;
  }
  while (!shared.empty() && shared.front().description.id > newest) {
    const SharedCopy next = std::move(shared.front());
    shared.erase(shared.begin());
    const std::string name = name_of(next.description.number, next.description.id);
    const Result<void> adopted = adopt(next);
    if (adopted) {
      warnings.push_back(fmt::format("{} was fetched from the shared directory, {} bytes", name, next.description.bytes()));
      return {};
    }
    if (adopted.error().kind != ErrorKind::kCorruption) return adopted;
    warnings.push_back(fmt::format("shared {} is damaged: {}; going back to the one before", name, adopted.error().text));
  }
  return {};
}

Result<void> RocksDbCheckpoint::adopt(const SharedCopy& copy) {
  RECKONER_CHECK(!live_, "{} is open while another copy takes its place", copies_->root());
  const std::uint64_t number = copy.description.number;
  const std::string making = copies_->making_path();
  if (Result<void> removed = files_->remove_tree(making); !removed) return removed;
  if (Result<void> fetched = shared_->fetch(copy, making, stop_); !fetched) return fetched;
  const Result<std::vector<CopyName>> all = copies_->all();
  if (!all) return std::unexpected(all.error());
  // A copy keeps its number, and the newest has the largest: what is here under this one or a larger is of an earlier epoch, or was set aside.
  for (const CopyName& other : *all) {
    const bool is_in_the_way = other.place == CopyPlace::kKept ? other.number >= number : other.number == number;
    if (!is_in_the_way) continue;
    if (Result<void> removed = copies_->remove(other); !removed) return removed;
  }
  return copies_->publish(number);
}

Result<SharedCopy> RocksDbCheckpoint::prepare_share(std::int64_t log_offset) {
  const Result<std::vector<std::uint64_t>> numbers = copies_->kept();
  if (!numbers) return std::unexpected(numbers.error());
  RECKONER_CHECK(!numbers->empty(), "{}", copies_->root());
  const std::string from = copies_->path_of({.number = numbers->back(), .place = CopyPlace::kKept});
  const std::string sharing = copies_->sharing_path();
  Result<CopyDescription> description = read_copy_description(*files_, from);
  if (!description) return std::unexpected(description.error());
  if (Result<void> removed = files_->remove_tree(sharing); !removed) return std::unexpected(removed.error());
  if (Result<void> made = files_->make_directory(sharing); !made) return std::unexpected(made.error());
  for (const CopyFile& file : description->files) {
    const Result<void> linked = files_->link(join_path(from, file.name), join_path(sharing, file.name));
    if (!linked) return std::unexpected(linked.error());
  }
  return SharedCopy{.description = std::move(*description), .log_offset = log_offset};
}

Result<void> RocksDbCheckpoint::share(const SharedCopy& copy, const StopAsked& stop) const {
  RECKONER_CHECK(shared_ != nullptr);
  const std::string sharing = copies_->sharing_path();
  const Result<void> added = shared_->add(sharing, copy, stop);
  const Result<void> removed = files_->remove_tree(sharing);
  return added ? removed : added;
}

Result<RocksDbCheckpoint::Candidate> RocksDbCheckpoint::examine(std::uint64_t number, const IsCommitted& is_committed) {
  const std::string path = copies_->path_of({.number = number, .place = CopyPlace::kKept});
  const Result<CopyDescription> description = read_copy_description(*files_, path);
  Candidate found;
  Error error;
  if (!description) {
    error = description.error();
  } else if (Result<void> verified = verify_copy_files(*files_, path, *description, stop_); !verified) {
    error = verified.error();
  } else if (Result<CheckpointHeader> header = open_examined(number, *description); !header) {
    error = header.error();
  } else if (!is_committed(header->record)) {
    found.place = CopyPlace::kAside;
    found.problem = fmt::format("{} is of an epoch that is not in the commit log", name_of(number, description->id));
    return found;
  } else {
    found.header = std::move(*header);
    return found;
  }
  // Only what is damaged is passed over: a disk that is full or may not be read would make every copy look bad.
  if (error.kind != ErrorKind::kCorruption) return std::unexpected(std::move(error));
  found.place = CopyPlace::kBad;
  found.problem = fmt::format("checkpoint {} is damaged: {}", number, error.text);
  return found;
}

Result<CheckpointHeader> RocksDbCheckpoint::open_examined(std::uint64_t number, const CopyDescription& description) {
  if (Result<void> started = start_from(number, description); !started) return std::unexpected(started.error());
  const Result<std::string> bytes = live_->header_row();
  if (!bytes) return std::unexpected(bytes.error());
  Result<HeaderRow> row = decode_header_row(*bytes);
  if (!row) return std::unexpected(row.error());
  const CheckpointHeader& header = row->header;
  if (row->number != number || description.number != number || header.record.id != description.id || header.parts != description.parts) {
    return fail(ErrorKind::kCorruption, fmt::format("the directory is of {}, its header of {}, its description of {}", number,
                                                    name_of(row->number, header.record.id), name_of(description.number, description.id)));
  }
  return std::move(row->header);
}

Result<void> RocksDbCheckpoint::stream(std::uint64_t number, const CheckpointHeader& header, const PartVisitor& visitor) {
  bool refused = false;
  const Result<std::uint64_t> count = live_->scan([&](std::string_view key, std::string_view value) {
    Result<void> visited = visitor(key, value);
    refused = !visited;
    return visited;
  });
  if (count && (header.parts == kPartsUncounted || *count == header.parts)) return {};
  live_.reset();
  if (!count && (refused || count.error().kind != ErrorKind::kCorruption)) return std::unexpected(count.error());
  const Result<std::string> path = copies_->set_aside(number, CopyPlace::kBad);
  if (!path) return std::unexpected(path.error());
  const std::string why = count ? fmt::format("holds {} parts, its header says {}", *count, header.parts) : count.error().text;
  return fail(ErrorKind::kCorruption,
              fmt::format("{} {}; set aside as {}; start again to use the one before", name_of(number, header.record.id), why, *path));
}

Result<std::vector<CheckpointInfo>> RocksDbCheckpoint::list(bool verify) {
  Result<std::vector<CopyInfo>> copies = list_copies(verify);
  if (!copies) return std::unexpected(copies.error());
  std::vector<CheckpointInfo> listed;
  for (CopyInfo& copy : *copies) listed.push_back(std::move(copy.checkpoint));
  return listed;
}

Result<std::vector<CopyInfo>> RocksDbCheckpoint::list_copies(bool verify) const {
  const Result<std::vector<CopyName>> copies = copies_->all();
  if (!copies) return std::unexpected(copies.error());
  std::vector<CopyInfo> listed;
  for (const CopyName& copy : *copies) {
    CopyInfo& added = listed.emplace_back();
    CheckpointInfo& info = added.checkpoint;
    info.number = copy.number;
    added.set_aside = copy.place != CopyPlace::kKept;
    info.usable = !added.set_aside;
    if (copy.place == CopyPlace::kBad) info.problem = "set aside, found damaged";
    if (copy.place == CopyPlace::kAside) info.problem = "set aside, unconfirmed or rolled back";
    const std::string path = copies_->path_of(copy);
    const Result<CopyDescription> description = read_copy_description(*files_, path);
    Result<void> checked;
    if (!description) {
      checked = std::unexpected(description.error());
    } else {
      info.id = description->id;
      info.bytes = description->bytes();
      added.made_ms = files_->modified_ms(join_path(path, kCopyFileName));
      if (verify && info.usable) checked = verify_copy_files(*files_, path, *description);
    }
    if (!checked && info.usable) {
      info.usable = false;
      info.problem = checked.error().text;
    }
  }
  return listed;
}

Result<void> RocksDbCheckpoint::roll_back_to(std::uint64_t number) {
  Result<std::vector<std::uint64_t>> numbers = copies_->kept();
  if (!numbers) return std::unexpected(numbers.error());
  const auto found = std::find(numbers->begin(), numbers->end(), number);
  if (found == numbers->end()) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}: there is no checkpoint {}; there {}: {}", copies_->root(), number, numbers->size() == 1 ? "is" : "are",
                            numbers->empty() ? "none" : fmt::format("{}", fmt::join(*numbers, ", "))));
  }
  const std::string path = copies_->path_of({.number = number, .place = CopyPlace::kKept});
  const Result<CopyDescription> description = read_copy_description(*files_, path);
  if (!description) return std::unexpected(description.error());
  if (Result<void> verified = verify_copy_files(*files_, path, *description); !verified) return verified;
  begin();
  live_.reset();
  if (shared_) {
    if (Result<void> noted = files_->write_synced(copies_->rolled_back_path(), ""); !noted) return noted;
    if (Result<void> synced = files_->sync_directory(copies_->root()); !synced) return synced;
  }
  // From the newest down: wherever this stops, what is left is a state that was rolled back less far.
  for (; numbers->back() != number; numbers->pop_back()) {
    const Result<std::string> aside = copies_->set_aside(numbers->back(), CopyPlace::kAside);
    if (!aside) return std::unexpected(aside.error());
  }
  return refresh_oldest();
}

EpochId RocksDbCheckpoint::oldest_kept() const {
  const std::scoped_lock lock(oldest_mutex_);
  return oldest_;
}

std::uint32_t RocksDbCheckpoint::runs() const { return live_ ? live_->runs() : 0; }

Result<void> RocksDbCheckpoint::refresh_oldest() {
  const Result<std::vector<std::uint64_t>> numbers = copies_->kept();
  if (!numbers) return std::unexpected(numbers.error());
  std::optional<EpochId> oldest;
  for (const std::uint64_t number : *numbers) {
    const Result<CopyDescription> description = read_copy_description(*files_, copies_->path_of({.number = number, .place = CopyPlace::kKept}));
    // A damaged one holds nothing back; a newer version's is not ours to judge.
    if (!description && description.error().kind == ErrorKind::kConfiguration) return std::unexpected(description.error());
    if (description && !oldest) oldest = description->id;
  }
  const std::scoped_lock lock(oldest_mutex_);
  oldest_ = oldest.value_or(EpochId{});
  return {};
}

}  // namespace reckoner

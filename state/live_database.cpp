#include "state/live_database.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/metadata.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/checkpoint.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "state/copy_description.hpp"
#include "state/file_checksum.hpp"
#include "state/header_row.hpp"
#include "state/rocksdb_options.hpp"
#include "state/sst_build.hpp"
#include "state/state_files.hpp"
#include "state/status_error.hpp"

namespace reckoner {

namespace {

constexpr const char* kPartsFamily = "parts";
constexpr const char* kHeaderFamily = "header";

// RocksDB would otherwise begin a log file beside what it reads.
class SilentLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::IngestExternalFileArg ingest_argument(rocksdb::ColumnFamilyHandle* family, const std::vector<BuiltFile>& files) {
  rocksdb::IngestExternalFileArg argument;
  argument.column_family = family;
  argument.options = ingest_options();
  for (const BuiltFile& file : files) {
    argument.external_files.push_back(file.path);
    argument.files_checksums.push_back(file.checksum);
    argument.files_checksum_func_names.emplace_back(kFileChecksumName);
  }
  return argument;
}

}  // namespace

Result<std::unique_ptr<LiveDatabase>> LiveDatabase::open(rocksdb::Env& env, const std::string& path, const RocksDbTuning& tuning) {
  std::unique_ptr<LiveDatabase> live(new LiveDatabase(path, database_options(env, tuning)));
  Handles handles;
  rocksdb::DB* database = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(live->options_, path, live->families(), &handles, &database);
  if (!status.ok()) return std::unexpected(to_error(status, "opening the database", path));
  live->adopt(database, handles);
  // Merging must not slow the shards' threads down. It is the only work in this pool.
  env.LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow);
  return live;
}

Result<std::unique_ptr<LiveDatabase>> LiveDatabase::open_read_only(rocksdb::Env& env, const std::string& path) {
  std::unique_ptr<LiveDatabase> live(new LiveDatabase(path, database_options(env, {})));
  live->options_.info_log = std::make_shared<SilentLog>();
  Handles handles;
  rocksdb::DB* database = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(live->options_, path, live->families(), &handles, &database);
  if (!status.ok()) return std::unexpected(to_error(status, "opening the database for reading", path));
  live->adopt(database, handles);
  return live;
}

std::vector<rocksdb::ColumnFamilyDescriptor> LiveDatabase::families() const {
  return {{rocksdb::kDefaultColumnFamilyName, options_}, {kPartsFamily, options_}, {kHeaderFamily, options_}};
}

void LiveDatabase::adopt(rocksdb::DB* database, const Handles& handles) {
  RECKONER_CHECK(database != nullptr && !database_, "{}", path_);
  RECKONER_CHECK(handles.size() == 3, "{}", handles.size());
  database_.reset(database);
  default_.reset(handles[0]);
  parts_.reset(handles[1]);
  header_.reset(handles[2]);
}

LiveDatabase::~LiveDatabase() {
  if (!database_) return;
  // A failed resume leaves nothing to do: the database is given up either way.
  if (paused_) static_cast<void>(resume_merges());
  header_.reset();
  parts_.reset();
  default_.reset();
  database_->Close().PermitUncheckedError();
}

Result<void> LiveDatabase::pause_merges() {
  RECKONER_CHECK(!paused_);
  const rocksdb::Status status = database_->PauseBackgroundWork();
  paused_ = status.ok();
  return to_result(status, "waiting for a merge", path_);
}

Result<void> LiveDatabase::resume_merges() {
  RECKONER_CHECK(paused_);
  paused_ = false;
  return to_result(database_->ContinueBackgroundWork(), "letting merges go on", path_);
}

Result<void> LiveDatabase::ingest(const std::vector<BuiltFile>& parts, const BuiltFile& header) {
  std::vector<rocksdb::IngestExternalFileArg> arguments;
  if (!parts.empty()) arguments.push_back(ingest_argument(parts_.get(), parts));
  arguments.push_back(ingest_argument(header_.get(), {header}));
  return to_result(database_->IngestExternalFiles(arguments), "ingesting a checkpoint", path_);
}

Result<std::vector<CopyFile>> LiveDatabase::link_into(const StateFiles& files, const std::string& path) {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(database_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(path);
  if (!status.ok()) return std::unexpected(to_error(status, fmt::format("linking into {}", path), path_));

  // Table files were summed up when they were written; reading them again would double the disk's work.
  std::vector<rocksdb::LiveFileMetaData> tables;
  database_->GetLiveFilesMetaData(&tables);
  std::map<std::string, FileSum> sums;
  for (const rocksdb::LiveFileMetaData& table : tables) {
    RECKONER_CHECK(!table.file_checksum.empty(), "{}", table.relative_filename);
    sums[table.relative_filename] = {.bytes = table.size, .xxh3 = to_hexadecimal(table.file_checksum)};
  }
  const Result<std::vector<std::string>> names = files.list(path);
  if (!names) return std::unexpected(names.error());
  std::vector<CopyFile> listed;
  std::size_t tables_found = 0;
  for (const std::string& name : *names) {
    if (const auto found = sums.find(name); found != sums.end()) {
      listed.push_back({.name = name, .sum = found->second});
      ++tables_found;
      continue;
    }
    Result<FileSum> sum = files.sum(join_path(path, name));
    if (!sum) return std::unexpected(sum.error());
    listed.push_back({.name = name, .sum = std::move(*sum)});
  }
  if (tables_found != sums.size())
    return fail(ErrorKind::kInternal, fmt::format("{}: {} of {} table files were linked", path, tables_found, sums.size()));
  return listed;
}

Result<std::string> LiveDatabase::header_row() const {
  std::string row;
  const rocksdb::Status status = database_->Get(scan_options(), header_.get(), rocksdb::Slice(kHeaderKey.data(), kHeaderKey.size()), &row);
  if (status.IsNotFound()) return fail(ErrorKind::kCorruption, fmt::format("{}: has no header", path_));
  if (!status.ok()) return std::unexpected(to_error(status, "reading the header", path_));
  return row;
}

Result<std::uint64_t> LiveDatabase::scan(const CheckpointStore::PartVisitor& visitor) const {
  RECKONER_CHECK(database_ && parts_, "{} is not open", path_);
  const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(scan_options(), parts_.get()));
  std::uint64_t count = 0;
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    Result<void> visited = visitor(at->key().ToStringView(), at->value().ToStringView());
    if (!visited) return std::unexpected(visited.error());
    ++count;
  }
  if (!at->status().ok()) return std::unexpected(to_error(at->status(), "reading the parts", path_));
  return count;
}

std::uint32_t LiveDatabase::runs() const {
  rocksdb::ColumnFamilyMetaData shape;
  database_->GetColumnFamilyMetaData(parts_.get(), &shape);
  std::uint32_t runs = 0;
  for (const rocksdb::LevelMetaData& level : shape.levels) {
    runs += level.level == 0 ? static_cast<std::uint32_t>(level.files.size()) : static_cast<std::uint32_t>(!level.files.empty());
  }
  return runs;
}

Result<void> LiveDatabase::merge_all() {
  return to_result(database_->CompactRange(rocksdb::CompactRangeOptions(), parts_.get(), nullptr, nullptr), "merging", path_);
}

}  // namespace reckoner

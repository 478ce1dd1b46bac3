#include "support/fake_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner::testing {

namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::unexpected<Error> missing(const std::string& path) { return fail(ErrorKind::kExternal, fmt::format("{}: no such file", path)); }

}  // namespace

class FakeAppendFile final : public AppendFile {
 public:
  FakeAppendFile(FakeFiles& files, std::string path, std::shared_ptr<FakeFiles::Node> node)
      : files_(files), path_(std::move(path)), node_(std::move(node)), generation_(files.generation_) {}

  Result<void> append(std::span<const char> bytes) override {
    const std::scoped_lock lock(files_.mutex_);
    files_.throw_if_dead(generation_);
    const auto write = [&](std::size_t count) {
      node_->bytes.append(bytes.data(), count);
      ++node_->modified_ms;
    };
    return files_.mutate("append to", path_, [&] { write(bytes.size()); }, [&] { write(bytes.size() / 2); });
  }

  Result<void> sync() override {
    const std::scoped_lock lock(files_.mutex_);
    files_.throw_if_dead(generation_);
    return files_.mutate("sync", path_, [&] {
      node_->synced = node_->bytes.size();
      ++node_->syncs;
    });
  }

  void let_go_of_cache(std::uint64_t) override {}

  [[nodiscard]] std::uint64_t size() const override {
    const std::scoped_lock lock(files_.mutex_);
    return node_->bytes.size();
  }

 private:
  FakeFiles& files_;
  std::string path_;
  std::shared_ptr<FakeFiles::Node> node_;
  std::uint64_t generation_;
};

class FakeReadFile final : public ReadFile {
 public:
  FakeReadFile(const FakeFiles& files, std::shared_ptr<FakeFiles::Node> node) : files_(files), node_(std::move(node)) {}

  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
    const std::scoped_lock lock(files_.mutex_);
    if (offset >= node_->bytes.size()) return std::size_t{0};
    return node_->bytes.copy(into.data(), into.size(), offset);
  }

  [[nodiscard]] Result<std::uint64_t> size() const override {
    const std::scoped_lock lock(files_.mutex_);
    return std::uint64_t{node_->bytes.size()};
  }

 private:
  const FakeFiles& files_;
  std::shared_ptr<FakeFiles::Node> node_;
};

class FakeLock final : public FileLock {
 public:
  FakeLock(FakeFiles& files, std::string path) : files_(files), path_(std::move(path)), generation_(files.generation_) {}
  ~FakeLock() override {
    const std::scoped_lock lock(files_.mutex_);
    if (generation_ == files_.generation_) files_.locks_.erase(path_);
  }

 private:
  FakeFiles& files_;
  std::string path_;
  std::uint64_t generation_;
};

void FakeFiles::fault_at(std::uint64_t call, FakeFault fault) {
  const std::scoped_lock lock(mutex_);
  fault_call_ = call;
  fault_ = fault;
}

std::uint64_t FakeFiles::mutating_calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

bool FakeFiles::is_dead() const {
  const std::scoped_lock lock(mutex_);
  return dead_;
}

void FakeFiles::crash(FakeLoss loss, std::uint64_t seed) {
  const std::scoped_lock lock(mutex_);
  std::mt19937_64 random(seed);
  ++generation_;
  dead_ = false;
  fault_call_ = 0;
  locks_.clear();
  if (loss != FakeLoss::kNothing) {
    // A journal keeps the order of changes: what survives is a prefix of them.
    const std::size_t kept = loss == FakeLoss::kTorn ? random() % (pending_.size() + 1) : 0;
    for (std::size_t index = 0; index < kept; ++index) {
      for (const auto& [path, node] : pending_[index].entries) node == nullptr ? void(durable_.erase(path)) : void(durable_[path] = node);
    }
    entries_ = durable_;
    for (auto& [path, node] : entries_) {
      const std::size_t unsynced = node->bytes.size() - node->synced;
      node->bytes.resize(node->synced + (loss == FakeLoss::kTorn ? random() % (unsynced + 1) : 0));
    }
  }
  durable_ = entries_;
  pending_.clear();
  for (auto& [path, node] : entries_) node->synced = node->bytes.size();
}

void FakeFiles::put(const std::string& path, std::string bytes, std::int64_t modified_ms) {
  const std::scoped_lock lock(mutex_);
  auto node = std::make_shared<Node>();
  node->bytes = std::move(bytes);
  node->synced = node->bytes.size();
  node->modified_ms = modified_ms;
  entries_[path] = node;
  durable_[path] = node;
}

void FakeFiles::grow(const std::string& path, std::string_view bytes) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = entries_.find(path); found != entries_.end()) {
      found->second->bytes += bytes;
      found->second->synced = found->second->bytes.size();
      return;
    }
  }
  put(path, std::string(bytes));
}

std::string FakeFiles::bytes(const std::string& path) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(path);
  return found == entries_.end() ? std::string() : found->second->bytes;
}

std::vector<std::string> FakeFiles::paths() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, node] : entries_) paths.push_back(path);
  return paths;
}

std::uint64_t FakeFiles::syncs(const std::string& path) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(path);
  return found == entries_.end() ? 0 : found->second->syncs;
}

Result<void> FakeFiles::mutate(std::string_view what, const std::string& path, const Effect& effect, const Effect& half) {
  ++calls_;
  if (calls_ != fault_call_) {
    effect();
    return {};
  }
  const bool halfway = fault_ == FakeFault::kFailHalfway || fault_ == FakeFault::kCrashHalfway;
  if (halfway && half) half();
  if (fault_ == FakeFault::kFail || fault_ == FakeFault::kFailHalfway) {
    return fail(ErrorKind::kExternal, fmt::format("{}: cannot {} it: planned fault at call {}", path, what, calls_));
  }
  if (fault_ == FakeFault::kCrashAfter) effect();
  dead_ = true;
  throw FakeCrash{calls_};
}

void FakeFiles::change_entries(EntryChange change) {
  for (const auto& [path, node] : change.entries) node == nullptr ? void(entries_.erase(path)) : void(entries_[path] = node);
  if (directory_syncs_) {
    pending_.push_back(std::move(change));
  } else {
    durable_ = entries_;
  }
}

void FakeFiles::throw_if_dead(std::uint64_t generation) const {
  if (dead_ || generation != generation_) throw FakeCrash{calls_};
}

std::shared_ptr<FakeFiles::Node> FakeFiles::find(const std::string& path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : found->second;
}

Result<std::unique_ptr<AppendFile>> FakeFiles::open_append(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  if (find(path) == nullptr) {
    Result<void> made = mutate("make", path, [&] { change_entries({{{path, std::make_shared<Node>()}}}); });
    if (!made) return std::unexpected(made.error());
  }
  return std::make_unique<FakeAppendFile>(*this, path, find(path));
}

Result<std::unique_ptr<ReadFile>> FakeFiles::open_read(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  std::shared_ptr<Node> node = find(path);
  if (node == nullptr) return missing(path);
  return std::make_unique<FakeReadFile>(*this, std::move(node));
}

Result<void> FakeFiles::truncate(const std::string& path, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  const std::shared_ptr<Node> node = find(path);
  if (node == nullptr) return missing(path);
  return mutate("cut", path, [&] {
    node->bytes.resize(bytes);
    node->synced = node->bytes.size();
  });
}

Result<void> FakeFiles::rename(const std::string& from, const std::string& to) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  const std::shared_ptr<Node> node = find(from);
  if (node == nullptr) return missing(from);
  return mutate("rename", from, [&] { change_entries({{{from, nullptr}, {to, node}}}); });
}

Result<void> FakeFiles::remove(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  if (find(path) == nullptr) return {};
  return mutate("remove", path, [&] { change_entries({{{path, nullptr}}}); });
}

Result<void> FakeFiles::make_directories(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  return mutate("make directory", path, [] {});
}

Result<void> FakeFiles::sync_directory(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  return mutate("sync directory", path, [&] {
    const auto is_here = [&](const EntryChange& change) {
      return std::ranges::any_of(change.entries, [&](const auto& entry) { return directory_of(entry.first) == path; });
    };
    for (const EntryChange& change : pending_) {
      if (!is_here(change)) continue;
      for (const auto& [name, node] : change.entries) node == nullptr ? void(durable_.erase(name)) : void(durable_[name] = node);
    }
    std::erase_if(pending_, is_here);
  });
}

Result<std::vector<std::string>> FakeFiles::list(const std::string& directory) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  std::vector<std::string> names;
  const std::string prefix = join_path(directory, "");
  for (const auto& [path, node] : entries_) {
    if (!path.starts_with(prefix)) continue;
    std::string name = path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size());
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

Result<FileInfo> FakeFiles::info(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  if (const std::shared_ptr<Node> node = find(path)) return FileInfo{node->bytes.size(), node->modified_ms};
  return missing(path);
}

bool FakeFiles::exists(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  throw_if_dead(generation_);
  return find(path) != nullptr;
}

Result<std::unique_ptr<FileLock>> FakeFiles::lock(const std::string& path) {
  const std::scoped_lock guard(mutex_);
  throw_if_dead(generation_);
  if (!locks_.insert(path).second) return fail(ErrorKind::kExternal, fmt::format("{}: locked by somebody else", path), Retry::kLater);
  return std::make_unique<FakeLock>(*this, path);
}

}  // namespace reckoner::testing

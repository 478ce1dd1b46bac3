#include "app/copy_sharing.hpp"

#include <fmt/format.h>

#include <utility>

namespace reckoner {

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

}  // namespace

CopySharing::CopySharing(RocksDbCheckpoint& store, Clock& clock, CopySharingSettings settings)
    : store_(store),
      clock_(clock),
      settings_(std::move(settings)),
      due_ns_(clock.monotonic_ns() + settings_.every_ms * kNsPerMs),
      thread_(true, Background::Pace::kUnhurried) {}

CopySharing::~CopySharing() {
  stop_.store(true);
  thread_.wait();
}

void CopySharing::offer(std::int64_t log_offset) {
  const std::int64_t now = clock_.monotonic_ns();
  waiting_ = log_offset;
  if (now < due_ns_ || thread_.busy()) return;
  due_ns_ = now + settings_.every_ms * kNsPerMs;
  waiting_.reset();
  Result<SharedCopy> copy = store_.prepare_share(log_offset);
  if (!copy) return settle(std::unexpected(copy.error()));
  thread_.start([this, copy = std::move(*copy)]() -> Result<void> {
    settle(share(copy));
    return {};
  });
}

void CopySharing::finish(std::int64_t until_ns) {
  until_ns_.store(until_ns);
  thread_.wait();
  if (!waiting_) return;
  const Result<SharedCopy> copy = store_.prepare_share(*waiting_);
  waiting_.reset();
  settle(copy ? share(*copy) : std::unexpected(copy.error()));
}

Result<void> CopySharing::share(const SharedCopy& copy) {
  if (Result<void> ready = settings_.before(); !ready) return ready;
  return store_.share(copy, [this] { return stop_.load() || clock_.monotonic_ns() >= until_ns_.load(); });
}

// Told when it changes alone: what fails is tried again with a later copy.
void CopySharing::settle(const Result<void>& shared) {
  if (stop_.load()) return;
  const bool failed = !shared;
  if (failing_.exchange(failed) == failed) return;
  settings_.say(failed ? fmt::format("its copies are not shared, and that is tried again: {}", shared.error().text) : "its copies are shared again");
}

}  // namespace reckoner

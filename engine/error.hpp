// Errors as values. An error names its domain, whether trying again can help, and says where, what, and what to do next.
#pragma once

#include <cstdint>
#include <exception>
#include <expected>
#include <string>
#include <utility>

namespace reckoner {

enum class ErrorKind : std::uint8_t {
  kConfiguration,  // a job file, rule set or argument; nothing starts; exit 78
  kData,           // a bad record or file; kept, counted, processing goes on
  kExternal,       // disk, broker or network; may pass
  kCorruption,     // stored bytes that cannot be what was written
  kInternal,       // replay mismatch or a broken promise of ours
};

enum class Retry : std::uint8_t { kNever, kLater };

struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::kInternal;
  Retry retry = Retry::kNever;
  std::string text;
};

template <typename T>
using Result = std::expected<T, Error>;

// Shorthand for the error branch: `return fail(ErrorKind::kData, "orders.csv:12: ...");`
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string text, Retry retry = Retry::kNever) {
  return std::unexpected(Error{kind, retry, std::move(text)});
}

// The only exception this project throws. It ends the epoch: what is uncommitted is discarded, the process exits non-zero, a restart resumes.
// Caught in one place, Job::run.
class EpochFailure : public std::exception {
 public:
  explicit EpochFailure(Error error) : error_(std::move(error)) {}
  [[nodiscard]] const char* what() const noexcept override { return error_.text.c_str(); }
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

// The value of a result that must not fail in the middle of an epoch.
template <typename T>
T or_end_epoch(Result<T> result) {
  if (!result) throw EpochFailure(std::move(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace reckoner

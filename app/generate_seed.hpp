// Input of the seed workload (examples/seed): one JSON line an event, about 327 bytes, 100 events an account and day from 2026-01-01 UTC on,
// event times at most 4 s out of order, six kinds of scripted fraud mixed in. Same settings, same bytes, on every machine and compiler:
// rates and answers of different engines are compared over this file, so what is drawn, and in which order, never changes.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

struct SeedSettings {
  static constexpr std::uint64_t kAccountsMax = 9'999'999'999;  // ten digits in the account id

  std::uint64_t events = 0;
  std::uint64_t accounts = 1;  // 1 to kAccountsMax
  std::uint64_t seed = 0;
  bool skew = false;  // some accounts are a thousand times as busy as others
};

// Takes the next piece of the output, whole lines, about 1 MiB; the view lives for the call. An error ends the generation.
using ByteSink = std::function<Result<void>(std::string_view bytes)>;

// Fails with kConfiguration when the number of accounts is out of range, else only with what the sink answers.
[[nodiscard]] Result<void> generate_seed(const SeedSettings& settings, const ByteSink& sink);

}  // namespace reckoner

// Input of the card-fraud example: a month or so of a bank's transactions, logins and account changes, with planted fraud and the truth beside it.
//
//   transactions.jsonl, logins.jsonl, account_changes.jsonl   in event-time order, but for at most 4 s of disorder and some late transactions
//   labels.csv      incident,pattern,key_field,key,from,to,event_ids: one planted fraud a line; the ids, between semicolons, are of all three files
//   expected.json   for each file, how many lines a reader finds and in which bucket each ends: processed, late, duplicate, filtered, rejected
//
// The patterns and the bounds that find them are in app/card_fraud_patterns.hpp. A transaction is late in any total whose window is closed
// an hour after the event; filtered are the probes of the bank's own monitor, in currency XTS. An account's balances add up over
// transactions and balance adjustments in event-time order; declined ones change nothing.
// Same settings, same bytes, on every machine and compiler. 30 days of 3,200 accounts give about 500,000 records.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct CardFraudSettings {
  static constexpr std::uint32_t kDaysMin = 5;  // fewer leave no room for an account to fall asleep
  static constexpr std::uint32_t kDaysMax = 366;
  static constexpr std::uint32_t kAccountsMin = 100;
  static constexpr std::uint64_t kAccountDaysMax = 2'000'000;  // about 11 M records, all in memory at once: 1.5 GB

  std::uint32_t days = 30;
  std::uint32_t accounts = 3'200;
  std::uint64_t seed = 1;
};

// Lines of one file by the bucket in which a reader must put them; `lines` is their sum.
struct CardFraudFileCounts {
  std::uint64_t lines = 0;
  std::uint64_t processed = 0;
  std::uint64_t late = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t filtered = 0;
  std::uint64_t rejected = 0;
};

struct CardFraudCounts {
  std::array<CardFraudFileCounts, 3> files;  // transactions, logins, account changes
  std::uint64_t incidents = 0;               // of all six patterns
};

// Takes the next piece of the named file, whole lines, about 1 MiB; the views live for the call. An error ends the generation.
using NamedFileSink = std::function<Result<void>(std::string_view file, std::string_view bytes)>;

// Fails with kConfiguration when a setting is out of range, else only with what the sink answers.
[[nodiscard]] Result<CardFraudCounts> generate_card_fraud(const CardFraudSettings& settings, const NamedFileSink& sink);

// The same into files of `directory`, which is made when missing; files of these names are replaced.
[[nodiscard]] Result<CardFraudCounts> generate_card_fraud(const CardFraudSettings& settings, Files& files, const std::string& directory);

}  // namespace reckoner

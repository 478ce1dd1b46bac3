// The card-fraud example's events as JSON lines: one file for transactions, one for logins, one for account changes.
// Every field is always there, in a fixed order; one that does not apply to a record is null. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "app/card_fraud_model.hpp"
#include "app/line_writer.hpp"

namespace reckoner::card_fraud {

enum class FileKind : std::uint8_t { kTransactions, kLogins, kAccountChanges };
constexpr std::array<FileKind, 3> kFileKinds = {FileKind::kTransactions, FileKind::kLogins, FileKind::kAccountChanges};
constexpr std::array<std::string_view, 3> kFileStems = {"transactions", "logins", "account_changes"};

// Transactions of this account are made by the bank's own monitor, in the currency code that ISO 4217 keeps for tests: a rule set filters them out.
constexpr std::uint32_t kProbeAccount = 0xffff'ffff;

[[nodiscard]] FileKind file_of(Kind kind);

// `number` is the record's place in event-time order within its file, from 1; it is its id.
void append_line(FileKind file, const Event& event, std::uint32_t number, LineWriter& line);
void append_id(FileKind file, std::uint32_t number, LineWriter& line);
void append_account(std::uint32_t account, LineWriter& line);
void append_device(std::uint64_t device, LineWriter& line);
void append_time(std::int64_t time_ms, LineWriter& line);  // RFC 3339, UTC, milliseconds

}  // namespace reckoner::card_fraud

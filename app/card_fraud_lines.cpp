#include "app/card_fraud_lines.hpp"

#include "app/card_fraud_people.hpp"
#include "engine/check.hpp"

namespace reckoner::card_fraud {
namespace {

constexpr std::array<std::string_view, 12> kKindNames = {"card_payment", "transfer_out", "transfer_in", "atm_withdrawal",
                                                         "refund",       "login",        "email",       "phone",
                                                         "address",      "limit",        "password",    "balance_adjustment"};
constexpr std::array<std::string_view, 4> kChannelNames = {"pos", "ecom", "mobile", "branch"};
constexpr std::array<std::string_view, 3> kIdPrefixes = {"TX-", "LG-", "CH-"};

constexpr std::string_view name_of(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

struct Date {
  std::int64_t year;
  std::int64_t month;
  std::int64_t day;
};

// Days since 1970 to a date of the Gregorian calendar, for days from 1970 on (H. Hinnant, "chrono-compatible low-level date algorithms").
constexpr Date date_of(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = shifted / 146'097;
  const std::int64_t day_of_era = shifted % 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

void append_digits(std::int64_t value, std::size_t width, LineWriter& line) { line.number(static_cast<std::uint64_t>(value), width); }

void append_place(const Place& place, LineWriter& line) {
  line.text(",\"country\":\"");
  line.text(country_of(place));
  line.text("\",\"lat\":");
  line.fixed_point(place.latitude, 6);
  line.text(",\"lon\":");
  line.fixed_point(place.longitude, 6);
}

// Where a card is present the terminal is the device; what the bank books itself has its branch.
void append_device_of(const Event& event, LineWriter& line) {
  if (event.channel == Channel::kBranch) {
    line.text("branch-");
    line.number(event.place.city, 3);
  } else if (event.channel == Channel::kPos) {
    line.text(event.kind == Kind::kAtmWithdrawal ? "atm-" : "pos-");
    line.number(event.counterparty, 6);
  } else {
    append_device(event.device, line);
  }
}

bool uses_card(Kind kind) { return kind == Kind::kCardPayment || kind == Kind::kAtmWithdrawal || kind == Kind::kRefund; }

void append_parties(const Event& event, LineWriter& line) {
  if (uses_card(event.kind)) {
    line.text(",\"card_id\":\"CARD-");
    line.number(event.account, 8);
    line.text(event.card == 0 ? "-1" : "-2");
    line.text("\",\"device_id\":\"");
  } else {
    line.text(",\"card_id\":null,\"device_id\":\"");
  }
  append_device_of(event, line);
  if (event.kind == Kind::kTransferOut) {
    line.text("\",\"payee_id\":\"PAYEE-");
    line.number(event.counterparty, 6);
    line.text("\",\"merchant_id\":null");
  } else if (event.kind == Kind::kCardPayment || event.kind == Kind::kRefund) {
    line.text("\",\"payee_id\":null,\"merchant_id\":\"M-");
    line.number(event.counterparty, 6);
    line.text("\"");
  } else {
    line.text("\",\"payee_id\":null,\"merchant_id\":null");
  }
}

void append_transaction(const Event& event, LineWriter& line) {
  append_parties(event, line);
  line.text(",\"type\":\"");
  line.text(name_of(event.kind));
  line.text(is_incoming(event.kind) ? "\",\"direction\":\"in\",\"amount\":" : "\",\"direction\":\"out\",\"amount\":");
  line.fixed_point(event.cents, 2);
  line.text(event.account == kProbeAccount ? ",\"currency\":\"XTS\"" : ",\"currency\":\"USD\"");
  append_place(event.place, line);
  line.text(",\"channel\":\"");
  line.text(kChannelNames[static_cast<std::size_t>(event.channel)]);
  line.text(event.accepted ? "\",\"status\":\"approved\",\"balance_after\":" : "\",\"status\":\"declined\",\"balance_after\":");
  line.fixed_point(event.balance_cents, 2);
}

// Addresses of the range set aside for benchmarks (RFC 2544), so that nobody's own is named: each device has its own.
void append_login(const Event& event, LineWriter& line) {
  const std::uint64_t address = scatter(event.device ^ event.place.city);
  line.text(",\"device_id\":\"");
  append_device(event.device, line);
  line.text((address >> 32) % 2 == 0 ? "\",\"ip\":\"198.18." : "\",\"ip\":\"198.19.");
  line.number((address >> 8) & 0xff);
  line.text(".");
  line.number(address & 0xff);
  line.text("\"");
  append_place(event.place, line);
  line.text(event.accepted ? ",\"ok\":true" : ",\"ok\":false");
}

void append_change(const Event& event, LineWriter& line) {
  line.text(",\"kind\":\"");
  line.text(name_of(event.kind));
  if (event.kind == Kind::kBalanceAdjustment) {
    line.text("\",\"balance_before\":");
    line.fixed_point(event.balance_cents - event.cents, 2);
    line.text(",\"balance_after\":");
    line.fixed_point(event.balance_cents, 2);
  } else {
    line.text("\",\"balance_before\":null,\"balance_after\":null");
  }
}

}  // namespace

FileKind file_of(Kind kind) {
  if (is_transaction(kind)) return FileKind::kTransactions;
  return kind == Kind::kLogin ? FileKind::kLogins : FileKind::kAccountChanges;
}

void append_id(FileKind file, std::uint32_t number, LineWriter& line) {
  line.text(kIdPrefixes[static_cast<std::size_t>(file)]);
  line.number(number, 8);
}

void append_account(std::uint32_t account, LineWriter& line) {
  if (account == kProbeAccount) return line.text("PROBE-1");
  line.text("ACC-");
  line.number(account, 8);
}

void append_device(std::uint64_t device, LineWriter& line) {
  line.text("d-");
  line.hexadecimal(device, 10);
}

void append_time(std::int64_t time_ms, LineWriter& line) {
  const Date date = date_of(time_ms / kDayMs);
  const std::int64_t of_day = time_ms % kDayMs;
  append_digits(date.year, 4, line);
  line.text("-");
  append_digits(date.month, 2, line);
  line.text("-");
  append_digits(date.day, 2, line);
  line.text("T");
  append_digits(of_day / kHourMs, 2, line);
  line.text(":");
  append_digits(of_day / kMinuteMs % 60, 2, line);
  line.text(":");
  append_digits(of_day / kSecondMs % 60, 2, line);
  line.text(".");
  append_digits(of_day % kSecondMs, 3, line);
  line.text("Z");
}

void append_line(FileKind file, const Event& event, std::uint32_t number, LineWriter& line) {
  constexpr std::array<std::string_view, 3> kIdFields = {"{\"transaction_id\":\"", "{\"login_id\":\"", "{\"change_id\":\""};
  line.begin_line();
  line.text(kIdFields[static_cast<std::size_t>(file)]);
  append_id(file, number, line);
  line.text(file == FileKind::kTransactions ? "\",\"occurred_at\":\"" : "\",\"at\":\"");
  append_time(event.time_ms, line);
  line.text("\",\"account_id\":\"");
  append_account(event.account, line);
  line.text("\"");
  switch (file) {
    case FileKind::kTransactions:
      append_transaction(event, line);
      break;
    case FileKind::kLogins:
      append_login(event, line);
      break;
    case FileKind::kAccountChanges:
      append_change(event, line);
      break;
  }
  line.text("}\n");
}

}  // namespace reckoner::card_fraud

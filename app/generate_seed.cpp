#include "app/generate_seed.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <queue>
#include <vector>

#include "app/line_writer.hpp"
#include "app/seeded_random.hpp"

namespace reckoner {
namespace {

constexpr double kStartMs = 1'767'225'600'000.0;  // 2026-01-01T00:00:00Z
constexpr double kDayMs = 86'400'000.0;
constexpr double kEventsPerAccountAndDay = 100.0;
constexpr std::uint64_t kDisorderMs = 4'000;
constexpr std::uint64_t kScriptEvery = 5'000;  // each kind of script starts once in so many events
constexpr std::uint64_t kScriptKinds = 6;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

enum Type : std::uint8_t { kCardPayment, kTransferOut, kTransferIn, kAtmWithdrawal, kLogin, kRefund };
enum Channel : std::uint8_t { kPos, kEcom, kMobile, kBranch };

constexpr std::array<std::string_view, 6> kTypeNames = {"card_payment", "transfer_out", "transfer_in", "atm_withdrawal", "login", "refund"};
constexpr std::array<std::string_view, 4> kChannelNames = {"pos", "ecom", "mobile", "branch"};
constexpr std::array<std::string_view, 4> kCurrencies = {"USD", "EUR", "GBP", "CAD"};
constexpr std::array<std::string_view, 8> kCountries = {"US", "CA", "GB", "DE", "FR", "NG", "BR", "JP"};
constexpr std::uint64_t kHomeCountries = 5;

struct Event {
  std::int64_t time_ms = 0;
  std::uint64_t account = 0;
  std::int64_t cents = 0;
  std::uint64_t device = 0;
  Type type = kCardPayment;
  Channel channel = kPos;
  std::uint8_t country = 0;
  bool declined = false;
};

struct Later {
  bool operator()(const Event& left, const Event& right) const { return left.time_ms > right.time_ms; }
};

// What a script fixes of an event; the rest is drawn as for any other.
struct Scripted {
  Type type;
  Channel channel;
  bool declined;
};

// Every draw is a statement of its own: the order of the draws is part of the output, and a compiler may reorder the operands of one expression.
class SeedEvents {
 public:
  explicit SeedEvents(const SeedSettings& settings)
      : settings_(settings), random_(settings.seed), step_ms_(kDayMs / (kEventsPerAccountAndDay * static_cast<double>(settings.accounts))) {}

  void append_next(LineWriter& line);

 private:
  std::uint64_t pick_account();
  std::int64_t cents_from(std::int64_t low, std::uint64_t width) { return low + static_cast<std::int64_t>(random_.below(width)); }
  Event ordinary(std::uint64_t account, std::int64_t time_ms);
  Event scripted(std::uint64_t account, std::int64_t time_ms, Scripted fixed, std::int64_t cents);
  void start_script(std::uint64_t kind, std::int64_t now_ms);
  void script_card_testing(std::uint64_t account, std::int64_t now_ms);
  void script_impossible_travel(std::uint64_t account, std::int64_t now_ms);
  void script_takeover(std::uint64_t account, std::int64_t now_ms);
  void append_event_id(LineWriter& line);
  void append_tail(LineWriter& line, const Event& event, std::uint64_t balance_cents);

  const SeedSettings settings_;
  SeededRandom random_;
  const double step_ms_;
  double clock_ms_ = kStartMs;
  std::priority_queue<Event, std::vector<Event>, Later> pending_;  // scripted events whose time has not come
};

std::uint64_t SeedEvents::pick_account() {
  if (!settings_.skew) return random_.below(settings_.accounts);
  constexpr std::uint64_t kSteps = std::uint64_t{1} << 30;
  const double exponent = static_cast<double>(random_.below(kSteps)) / static_cast<double>(kSteps);
  return static_cast<std::uint64_t>(std::pow(static_cast<double>(settings_.accounts), exponent)) % settings_.accounts;
}

Event SeedEvents::ordinary(std::uint64_t account, std::int64_t time_ms) {
  Event event;
  event.time_ms = time_ms;
  event.account = account;
  event.type = static_cast<Type>(random_.below(kTypeNames.size()));
  event.country = static_cast<std::uint8_t>(scatter(account) % kHomeCountries);
  event.channel = static_cast<Channel>(random_.below(kChannelNames.size()));
  event.device = scatter(account * 2 + random_.below(2));
  event.declined = random_.chance(1, 40);
  const bool usual = random_.chance(97, 100);
  event.cents = usual ? cents_from(100, 20'000) : cents_from(0, 1'500'000);
  if (event.type == kLogin) event.cents = 0;
  if (random_.chance(1, 200)) event.country = static_cast<std::uint8_t>(random_.below(kCountries.size()));
  if (random_.chance(1, 100)) event.device = random_.next();
  return event;
}

Event SeedEvents::scripted(std::uint64_t account, std::int64_t time_ms, Scripted fixed, std::int64_t cents) {
  Event event = ordinary(account, time_ms);
  event.type = fixed.type;
  event.channel = fixed.channel;
  event.declined = fixed.declined;
  event.cents = cents;
  return event;
}

void SeedEvents::script_card_testing(std::uint64_t account, std::int64_t now_ms) {
  for (std::int64_t i = 0; i < 5; ++i) {
    const std::int64_t cents = cents_from(50, 150);
    pending_.push(scripted(account, now_ms + i * 20'000, {kCardPayment, kEcom, true}, cents));
  }
  const std::int64_t cents = cents_from(40'000, 9'000);
  pending_.push(scripted(account, now_ms + 150'000, {kCardPayment, kEcom, false}, cents));
}

void SeedEvents::script_impossible_travel(std::uint64_t account, std::int64_t now_ms) {
  Event here = scripted(account, now_ms, {kCardPayment, kPos, false}, 4'000);
  Event there = scripted(account, now_ms + 300'000, {kCardPayment, kPos, false}, 9'000);
  here.country = 0;
  there.country = 5;
  pending_.push(here);
  pending_.push(there);
}

void SeedEvents::script_takeover(std::uint64_t account, std::int64_t now_ms) {
  Event login = scripted(account, now_ms, {kLogin, kMobile, false}, 0);
  Event payout = scripted(account, now_ms + 120'000, {kTransferOut, kMobile, false}, 1'200'000);
  login.device = payout.device = random_.next();
  pending_.push(login);
  pending_.push(payout);
}

void SeedEvents::start_script(std::uint64_t kind, std::int64_t now_ms) {
  const std::uint64_t account = pick_account();
  switch (kind) {
    case 0:  // velocity burst
      for (std::int64_t i = 0; i < 12; ++i) {
        const std::int64_t cents = cents_from(500, 5'000);
        pending_.push(scripted(account, now_ms + i * 3'500, {kCardPayment, kEcom, false}, cents));
      }
      return;
    case 1:
      return script_card_testing(account, now_ms);
    case 2:  // structuring
      for (std::int64_t i = 0; i < 4; ++i) {
        const std::int64_t cents = cents_from(900'000, 99'900);
        pending_.push(scripted(account, now_ms + i * 120'000, {kTransferIn, kBranch, false}, cents));
      }
      return;
    case 3:
      return script_impossible_travel(account, now_ms);
    case 4:  // pass-through
      pending_.push(scripted(account, now_ms, {kTransferIn, kMobile, false}, 500'000));
      pending_.push(scripted(account, now_ms + 240'000, {kTransferOut, kMobile, false}, 490'000));
      return;
    default:
      return script_takeover(account, now_ms);
  }
}

void SeedEvents::append_event_id(LineWriter& line) {
  const std::uint64_t high = random_.next();
  const std::uint64_t low = random_.next();
  line.text("{\"event_id\":\"");
  line.hexadecimal(high >> 32, 8);
  line.text("-");
  line.hexadecimal(high >> 16, 4);
  line.text("-4");
  line.hexadecimal(high, 3);
  line.text("-");
  line.hexadecimal(low >> 48, 4);
  line.text("-");
  line.hexadecimal(low, 12);
}

// Address, category and merchant are drawn from the last field to the first.
void SeedEvents::append_tail(LineWriter& line, const Event& event, std::uint64_t balance_cents) {
  std::array<std::uint64_t, 4> address;
  for (std::size_t i = 3; i > 0; --i) address[i] = random_.below(256);
  address[0] = random_.below(223) + 1;
  const std::uint64_t category = 4'000 + random_.below(6'000);
  const std::uint64_t merchant = random_.below(400'000);
  line.number(merchant, 8);
  line.text("\",\"mcc\":\"");
  line.number(category, 4);
  line.text("\",\"country\":\"");
  line.text(kCountries[event.country]);
  line.text("\",\"channel\":\"");
  line.text(kChannelNames[event.channel]);
  line.text("\",\"device_id\":\"d-");
  line.hexadecimal(event.device, 10);
  line.text("\",\"ip\":\"");
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (i > 0) line.text(".");
    line.number(address[i]);
  }
  line.text(event.declined ? "\",\"status\":\"declined\",\"balance_after\":" : "\",\"status\":\"approved\",\"balance_after\":");
  line.fixed_point(static_cast<std::int64_t>(balance_cents), 2);
  line.text("}\n");
}

void SeedEvents::append_next(LineWriter& line) {
  clock_ms_ += step_ms_;
  const auto now_ms = static_cast<std::int64_t>(clock_ms_);
  if (const std::uint64_t kind = random_.below(kScriptEvery); kind < kScriptKinds) start_script(kind, now_ms);
  Event event;
  if (!pending_.empty() && pending_.top().time_ms <= now_ms) {
    event = pending_.top();
    pending_.pop();
  } else {
    const std::uint64_t account = pick_account();
    event = ordinary(account, now_ms);
  }
  event.time_ms = now_ms - static_cast<std::int64_t>(random_.below(kDisorderMs));
  line.begin_line();
  append_event_id(line);
  const std::uint64_t balance_cents = random_.below(5'000'000);
  line.text("\",\"event_time\":");
  line.signed_number(event.time_ms);
  line.text(",\"account_id\":\"ACC-");
  line.number(event.account, 10);
  line.text("\",\"type\":\"");
  line.text(kTypeNames[event.type]);
  line.text("\",\"amount\":");
  line.fixed_point(event.cents, 2);
  line.text(",\"currency\":\"");
  line.text(kCurrencies[scatter(event.account) % kCurrencies.size()]);
  line.text("\",\"merchant_id\":\"M-");
  append_tail(line, event, balance_cents);
}

}  // namespace

Result<void> generate_seed(const SeedSettings& settings, const ByteSink& sink) {
  if (settings.accounts == 0 || settings.accounts > SeedSettings::kAccountsMax) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("the number of accounts must be 1 to {}, not {}", SeedSettings::kAccountsMax, settings.accounts));
  }
  SeedEvents events(settings);
  LineWriter lines;
  for (std::uint64_t i = 0; i < settings.events; ++i) {
    events.append_next(lines);
    if (lines.size() < kPieceBytes) continue;
    if (auto taken = sink(lines.written()); !taken) return taken;
    lines.clear();
  }
  if (lines.size() == 0) return {};
  return sink(lines.written());
}

}  // namespace reckoner

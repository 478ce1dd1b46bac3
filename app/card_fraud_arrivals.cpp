#include "app/card_fraud_arrivals.hpp"

#include <algorithm>
#include <tuple>

#include "engine/check.hpp"

namespace reckoner::card_fraud {
namespace {

constexpr std::size_t kRecordsPerLate = 20'000;
constexpr std::size_t kRecordsPerDuplicate = 12'000;
constexpr std::size_t kRecordsPerMalformed = 25'000;
constexpr std::size_t kHardInputMin = 3;
constexpr std::size_t kDrawsPerPick = 20;  // a small file may hold too few fitting records

enum class Trouble : std::uint8_t { kNone, kLate, kTwice };

std::size_t share_of(std::size_t records, std::size_t per) { return std::max(records / per, kHardInputMin); }

// Marks about `wanted` records that no incident needs and that are still unmarked.
void mark(std::vector<Trouble>& troubles, const std::vector<Event>& events, std::size_t wanted, std::int64_t before_ms, Trouble trouble,
          SeededRandom& random) {
  for (std::size_t draws = wanted * kDrawsPerPick; draws > 0 && wanted > 0; --draws) {
    const std::size_t index = random.below(events.size());
    const Event& event = events[index];
    if (troubles[index] != Trouble::kNone || event.incident != 0 || event.account == kProbeAccount || event.time_ms >= before_ms) continue;
    troubles[index] = trouble;
    --wanted;
  }
}

}  // namespace

Arrivals arrange_arrivals(FileKind file, const std::vector<Event>& events, SeededRandom& random) {
  Arrivals arrivals;
  if (events.empty()) return arrivals;
  const std::int64_t end_ms = events.back().time_ms;
  std::vector<Trouble> troubles(events.size());
  if (file == FileKind::kTransactions) mark(troubles, events, share_of(events.size(), kRecordsPerLate), end_ms - 4 * kLateMs, Trouble::kLate, random);
  mark(troubles, events, share_of(events.size(), kRecordsPerDuplicate), end_ms, Trouble::kTwice, random);
  arrivals.order.reserve(events.size() + events.size() / 1'000);
  for (std::uint32_t index = 0; index < events.size(); ++index) {
    const std::int64_t time_ms = events[index].time_ms;
    std::int64_t arrives_ms = time_ms + random.between(0, kDisorderMs - 1);
    if (troubles[index] == Trouble::kLate) {
      arrives_ms = time_ms + random.between(kLateMs, 3 * kLateMs);
      ++arrivals.late;
    } else if (troubles[index] == Trouble::kTwice) {
      arrivals.order.push_back({time_ms + kDisorderMs - 1, index, 0});
      ++arrivals.duplicates;
    }
    arrivals.order.push_back({arrives_ms, index, 0});
  }
  arrivals.malformed = std::max<std::size_t>(events.size() / kRecordsPerMalformed, kDefects);
  for (std::uint64_t i = 0; i < arrivals.malformed; ++i) {
    const auto index = static_cast<std::uint32_t>(random.below(events.size()));
    arrivals.order.push_back({events[index].time_ms, index, static_cast<std::uint8_t>(1 + i % kDefects)});
  }
  std::sort(arrivals.order.begin(), arrivals.order.end(), [](const Arrival& left, const Arrival& right) {
    return std::tie(left.arrives_ms, left.index, left.defect) < std::tie(right.arrives_ms, right.index, right.defect);
  });
  return arrivals;
}

std::string spoil_line(std::string_view line, std::uint8_t defect) {
  constexpr std::string_view kAccount = "\"account_id\":\"";
  const std::string sound(line.substr(0, line.size() - 1));
  const std::size_t account = sound.find(kAccount);
  RECKONER_CHECK(account != std::string::npos, "{}", sound);
  const std::size_t account_end = sound.find(',', account) + 1;
  std::string spoilt = sound;
  switch (defect) {
    case 1:
      spoilt.resize(sound.size() / 2);
      break;  // cut short
    case 2:
      spoilt.erase(account, account_end - account);
      break;  // no account
    case 3:
      spoilt.replace(account - 26, 24, "2026-13-45T99:00:00.000Z");
      break;  // no such time
    case 4:
      spoilt.insert(account + kAccount.size(), "\xff\xfe");
      break;  // not UTF-8
    case 5:
      spoilt.insert(account, sound.substr(account, account_end - account));
      break;  // the account twice
    case 6:
      spoilt = "<html><body><h1>502 Bad Gateway</h1></body></html>";
      break;  // not JSON
    case 7:
      spoilt += sound;
      break;  // two records in one line
    default:
      RECKONER_UNREACHABLE("defect");
  }
  spoilt += '\n';
  return spoilt;
}

}  // namespace reckoner::card_fraud

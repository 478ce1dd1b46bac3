// A small job that has everything a checkpoint and a log must carry: totals, late records, facts of every shape, a score that recovers by
// itself, alerts, rejects, two inputs, two keys, three shards.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "job_world.hpp"

namespace reckoner::testing {

inline constexpr std::string_view kTortureRules = R"(ruleset: torture
version: 1
inputs:
  logins:
    time: at
    out_of_orderness: 2s
    id: id
    key: account
    fields:
      id:      {type: string, required: true}
      at:      {type: time, required: true}
      account: {type: string, required: true}
      device:  {type: string, max_length: 8}
      ok:      {type: bool, required: true}
  payments:
    time: at
    out_of_orderness: 2s
    id: id
    amount: amount
    key: account
    dedupe: {within: 5s}
    fields:
      id:      {type: string, required: true}
      at:      {type: time, required: true}
      account: {type: string, required: true}
      shop:    {type: string, required: true, max_length: 8}
      amount:  {type: decimal, scale: 2}
totals:
  spent:
    on: payments
    by: account
    window: 5s
    allowed_lateness: 0s
    measures: {count: {count: true}, sum: {sum: amount}, average: {avg: amount}, most: {max: amount}}
scores:
  trust:
    on: [logins, payments]
    by: account
    recompute: event_and_expiry
    start: 100
    facts:
      failures: {count: true, on: logins, within: 4s, where: not ok}
    parts: {failed: "-30 * failures"}
    bands: {good: 80, watch: 50, poor: 0}
    initial_band: good
rules:
  - id: ACCOUNT
    title: Payments after a new device
    severity: high
    on: payments
    by: account
    facts:
      new_device:  {first_seen: device, on: logins, last: 2}
      new_devices: {count: true, on: logins, within: 20s, where: new_device}
      spent:       {sum: amount, on: payments, within: 6s}
      before:      {previous: shop, on: payments}
      since:       {since_previous: true, on: payments}
    fire: (new_devices >= 1 and spent > 20) or (shop != before and since < 2s)
    say: "{spent} spent, {before} before"
    columns: {score: score.trust}
  - id: SHOP
    title: Busy shop
    severity: low
    on: payments
    by: shop
    facts: {n: {count: true, within: 3s}, accounts: {distinct: account, within: 3s}}
    fire: n >= 4 and accounts >= 3
    columns: {n: n}
)";

inline std::vector<JobInput> torture_inputs(int records) {
  std::string logins;
  std::string payments;
  std::uint64_t state = 7;
  const auto draw = [&](std::uint64_t below) { return (state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 33U & 0xffffU % below; };
  for (int i = 0; i < records; ++i) {
    const std::int64_t at = i * 250 - static_cast<std::int64_t>(draw(16) == 0 ? 9000 : draw(4) * 300);
    const std::string head = fmt::format(R"({{"id": "{}", "at": {}, "account": "a{}")", i, at, draw(7));
    if (draw(4) == 0) {
      logins += fmt::format("{}, \"device\": \"d{}\", \"ok\": {}}}\n", head, draw(5), draw(3) != 0);
    } else if (draw(25) == 0) {
      payments += head + "\n";
    } else {
      const std::string line = fmt::format("{}, \"shop\": \"s{}\", \"amount\": \"{}.{:02}\"}}\n", head, draw(4), draw(30), draw(100));
      payments += draw(10) == 0 ? line + line : line;
    }
  }
  return {{"logins", {logins}}, {"payments", {payments}}};
}

inline JobSettingTexts torture_settings(int epoch_records) {
  return {{"shards", "3"},
          {"epoch.records", fmt::format("{}", epoch_records)},
          {"checkpoint.every", "1ms"},
          {"engine.gather_records", "9"},
          {"engine.gather_bytes", "1B"},
          {"engine.close_rows", "3"},
          {"log.segment", "4KiB"},
          {"log.retention", "0B"}};
}

}  // namespace reckoner::testing

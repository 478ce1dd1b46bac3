#include "app/demo_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "app/demo_data.hpp"
#include "app/fraud_verdicts.hpp"
#include "app/job_wiring.hpp"
#include "app/people_text.hpp"
#include "app/row_text.hpp"
#include "connectors/committed_reader.hpp"
#include "engine/checksum.hpp"
#include "rules/literals.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kAlertsShown = 5;
constexpr std::uint64_t kLabelsBytesMax = 64U << 20U;
const std::vector<std::pair<std::string, std::string>> kRuleOfPattern = {{"velocity_burst", "VEL-01"},     {"card_testing", "TST-01"},
                                                                         {"structuring", "STR-01"},        {"impossible_travel", "GEO-01"},
                                                                         {"rapid_pass_through", "PAS-01"}, {"account_takeover", "ATO-01"}};

std::int64_t number_in_row(std::string_view row, std::string_view name) {
  const auto text = text_in_row(row, name);
  const auto number = parse_number(text.value_or("0"));
  return number ? number->unscaled : 0;
}

// Whether all records are where the generator says they belong.
bool print_conservation(const DemoFacts& facts) {
  fmt::print("{:<16}{:>10}{:>11}{:>7}{:>11}{:>10}{:>10}\n", "records", "read", "processed", "late", "duplicate", "filtered", "rejected");
  bool as_planted = true;
  for (std::size_t input = 0; input < kDemoInputs.size(); ++input) {
    const auto& found = facts.found[input];
    const CardFraudFileCounts& expected = facts.expected.files[input];
    const std::array<std::uint64_t, kBuckets> wanted = {expected.processed, expected.late, expected.duplicate, expected.filtered, expected.rejected};
    fmt::print("{:<16}{:>10}{:>11}{:>7}{:>11}{:>10}{:>10}\n", kDemoInputs[input], with_commas(found.read), with_commas(found.records[0]),
               with_commas(found.records[1]), with_commas(found.records[2]), with_commas(found.records[3]), with_commas(found.records[4]));
    as_planted = as_planted && found.read == expected.lines && found.records == wanted;
  }
  fmt::print(
      "{:<16}{}\n", "",
      as_planted ? "every record is in the bucket that the generator planted it for" : "NOT the buckets that the generator wrote to expected.json");
  return as_planted;
}

Result<void> print_totals(const DemoFacts& facts) {
  std::uint64_t rows = 0;
  std::int64_t transactions = 0;
  std::int64_t declined = 0;
  std::int64_t cents = 0;
  const auto read = facts.rows(OutputId::kTotals, [&](std::string_view row) {
    ++rows;
    transactions += number_in_row(row, "count");
    declined += number_in_row(row, "declined");
    cents += number_in_row(row, "sum");
  });
  if (!read) return read;
  ValueType money;
  money.kind = ValueKind::kMoney;
  money.scale = 2;
  std::copy_n("USD", 3, money.currency.begin());
  fmt::print("\n5-minute totals {} rows: {} transactions, {} of them declined, {} in all\n", with_commas(rows),
             with_commas(static_cast<std::uint64_t>(transactions)), with_commas(static_cast<std::uint64_t>(declined)), to_text(money, cents));
  return {};
}

Result<void> print_bands(const DemoFacts& facts) {
  std::map<std::string, std::uint64_t> entered;
  std::map<std::string, std::pair<std::int64_t, std::string>> last;  // by account: time and band of the last row
  const auto read = facts.rows(OutputId::kScores, [&](std::string_view row) {
    const std::string band = text_in_row(row, "band").value_or("");
    ++entered[band];
    auto& held = last[text_in_row(row, "account_id").value_or("")];
    held = {number_in_row(row, "event_time"), band};  // an account's rows are all in one file, in order
  });
  if (!read) return read;
  std::map<std::string, std::uint64_t> now;
  for (const auto& [account, held] : last) ++now[held.second];
  now["good"] += facts.accounts - last.size();  // those that never left it
  fmt::print("health scores  ");
  for (const std::string_view band : {"good", "watch", "poor"})
    fmt::print(" {} {} now ({} times entered){}", band, with_commas(now[std::string(band)]), with_commas(entered[std::string(band)]),
               band == "poor" ? "\n" : ",");
  return {};
}

std::string trigger_id(std::string_view alert) {
  for (const std::string_view field : kDemoIdFields) {
    if (auto id = text_in_row(alert, field)) return std::move(*id);
  }
  return {};
}

void print_verdicts(const FraudVerdicts& verdicts) {
  fmt::print("\n{:<10}{:<22}{:>8}{:>11}{:>8}{:>12}{:>9}\n", "rule", "planted", "alerts", "incidents", "found", "precision", "recall");
  for (const RuleVerdict& one : verdicts.verdicts())
    fmt::print("{:<10}{:<22}{:>8}{:>11}{:>8}{:>12.2f}{:>9.2f}\n", one.rule, one.pattern, one.alerts, one.incidents, one.found, one.precision(),
               one.recall());
}

void print_alert(std::string_view alert) {
  std::string key;
  for (const std::string_view field : {"account_id", "card_id", "device_id"}) key += text_in_row(alert, field).value_or("");
  fmt::print("\n{}  {}  {}  {} UTC\n", text_in_row(alert, "rule").value_or(""), text_in_row(alert, "title").value_or(""), key,
             minute_text(number_in_row(alert, "event_time")));
  fmt::print("  {}\n  its conditions:", text_in_row(alert, "say").value_or(""));
  std::string_view separator = " ";
  std::string last;  // a range has two bounds of one condition
  for (const std::string_view bound : objects_in_row(alert, "bounds")) {
    std::string condition = text_in_row(bound, "condition").value_or("");
    if (condition == last) continue;
    fmt::print("{}{} (is {})", separator, condition, text_in_row(bound, "value").value_or(""));
    separator = ", ";
    last = std::move(condition);
  }
  fmt::print("\n  set off by {}; records behind it: {}", trigger_id(alert), strings_in_row(alert, "records").size());
  separator = ", the last ";
  for (const std::string& id : strings_in_row(alert, "ids")) {
    fmt::print("{}{}", separator, id);
    separator = ", ";
  }
  fmt::print("\n");
}

Result<void> print_alerts(Files& files, const DemoFacts& facts) {
  const auto labels = read_whole(files, join_path(facts.data, "labels.csv"), kLabelsBytesMax);
  if (!labels) return std::unexpected(labels.error());
  auto verdicts = FraudVerdicts::make(*labels, kRuleOfPattern);
  if (!verdicts) return std::unexpected(verdicts.error());
  std::map<std::string, std::pair<std::int64_t, std::string>> first;  // by rule: time and row
  const auto read = facts.rows(OutputId::kAlerts, [&](std::string_view row) {
    const std::string rule = text_in_row(row, "rule").value_or("");
    verdicts->add_alert(rule, trigger_id(row));
    const std::pair<std::int64_t, std::string> here{number_in_row(row, "event_time"), row};
    const auto [held, is_new] = first.try_emplace(rule, here);
    if (!is_new) held->second = std::min(held->second, here);
  });
  if (!read) return read;
  print_verdicts(*verdicts);
  fmt::print("\nThe first alert of each of {} rules:\n", std::min(first.size(), kAlertsShown));
  std::size_t shown = 0;
  for (const auto& [rule, alert] : first) {
    if (shown++ == kAlertsShown) break;
    print_alert(alert.second);
  }
  return {};
}

}  // namespace

DemoRows rows_of_files(Files& files, const std::string& outputs_directory) {
  return [&files, outputs_directory](OutputId output, const std::function<void(std::string_view)>& visit) -> Result<void> {
    const auto state = committed_from_sidecar(files, outputs_directory);
    if (!state) return std::unexpected(state.error());
    for (CommittedRows& rows : committed_rows(files, outputs_directory, *state, to_text(output))) {
      for (;;) {
        const auto next = rows.next();
        if (!next) return std::unexpected(next.error());
        const std::optional<std::string_view>& row = *next;
        if (!row) break;
        visit(*row);
      }
    }
    return {};
  };
}

Result<std::uint64_t> digest_of_outputs(const DemoRows& rows) {
  ChecksumStream digest;
  for (std::size_t output = 0; output < kOutputs; ++output) {
    const auto read = rows(static_cast<OutputId>(output), [&](std::string_view row) { digest.add(row); });
    if (!read) return std::unexpected(read.error());
  }
  return digest.value();
}

namespace {

// Without the member `name`, whose value ends with `end`.
void cut_member(std::string& row, std::string_view name, char end) {
  const std::size_t begin = row.find(fmt::format(",\"{}\":", name));
  if (begin == std::string::npos) return;
  const std::size_t value = begin + name.size() + 4;
  row.erase(begin, row.find(end, value + 1) + 1 - begin);
}

}  // namespace

Result<std::uint64_t> digest_of_content(const DemoRows& rows) {
  std::uint64_t digest = 0;
  for (const OutputId output : {OutputId::kTotals, OutputId::kScores, OutputId::kAlerts}) {
    const auto read = rows(output, [&](std::string_view row) {
      std::string content(row);
      cut_member(content, "trigger", '"');
      cut_member(content, "records", ']');
      digest += checksum(content);
    });
    if (!read) return std::unexpected(read.error());
  }
  return digest;
}

Result<bool> print_demo_report(Files& files, const DemoFacts& facts) {
  const bool as_planted = print_conservation(facts);
  if (const auto printed = print_totals(facts); !printed) return std::unexpected(printed.error());
  if (const auto printed = print_bands(facts); !printed) return std::unexpected(printed.error());
  if (const auto printed = print_alerts(files, facts); !printed) return std::unexpected(printed.error());
  return as_planted;
}

}  // namespace reckoner

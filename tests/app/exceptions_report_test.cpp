#include "app/exceptions_report.hpp"

#include <string>

#include "support/catch.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMonday = 20'395 * kDayMs;  // 2025-11-03

Plan plan_with_exceptions() {
  Plan plan;
  plan.exceptions.push_back({"payroll", "the payroll run", "alice", {"R1"}, kMonday, kMonday + 10 * kDayMs});
  plan.exceptions.push_back({"idle", "a moved customer", "bob", {"R1"}, kMonday, kMonday + 90 * kDayMs});
  KeyPlan key;
  key.by = {"account"};
  RulePlan rule;
  rule.id = "R1";
  key.rules.push_back(rule);
  plan.keys.push_back(key);
  return plan;
}

std::string row(const std::string& account, std::int64_t time_ms, const std::string& hidden_by) {
  const std::string hidden = hidden_by.empty() ? "" : R"("hidden_by":")" + hidden_by + R"(",)";
  return R"({"alert_id":"a",)" + hidden + R"("rule":"R1","account":")" + account + R"(","event_time":)" + std::to_string(time_ms) + "}";
}

}  // namespace

TEST_CASE("a report of exceptions counts what each of them hid by week, rule and key") {
  const Plan plan = plan_with_exceptions();
  ExceptionsReport report(plan);
  report.add(row("x", kMonday, "payroll"));
  report.add(row("x", kMonday + 7 * kDayMs - 1, "payroll"));
  report.add(row("y", kMonday + kDayMs, "payroll"));
  report.add(row("y", kMonday + 7 * kDayMs, "payroll"));
  report.add(row("y", kMonday + 8 * kDayMs, ""));
  report.add(row("z", kMonday - 1, "gone"));
  CHECK(report.text() ==
        "payroll: the payroll run (alice), from 2025-11-03 until 2025-11-13\n"
        "  week of 2025-11-03  R1                          3 hits of 2 keys\n"
        "  week of 2025-11-10  R1                          1 hits of 1 keys\n"
        "idle: a moved customer (bob), from 2025-11-03 until 2026-02-01\n"
        "  hid nothing\n"
        "gone: no longer in the rule set\n"
        "  week of 2025-10-27  R1                          1 hits of 1 keys\n");
}

TEST_CASE("an exception is over when an alert has come that is not before its end") {
  const Plan plan = plan_with_exceptions();
  ExceptionsReport report(plan);
  report.add(row("x", kMonday + 10 * kDayMs - 1, ""));
  CHECK(report.text().find("over") == std::string::npos);
  report.add(row("x", kMonday + 10 * kDayMs, ""));
  CHECK(report.text().find("until 2025-11-13, over\n") != std::string::npos);
  CHECK(report.text().find("until 2026-02-01, over") == std::string::npos);
}

TEST_CASE("a rule set without exceptions has nothing to report") {
  const Plan plan;
  CHECK(ExceptionsReport(plan).text() == "the rule set has no exceptions\n");
}

}  // namespace reckoner

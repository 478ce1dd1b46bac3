// Tumbling windows against the recorded answers of another engine (tests/data/streaming/README.md).
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "engine/time_text.hpp"
#include "golden_case.hpp"
#include "job_world.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::string_view kCars = R"(ruleset: cars
version: 1
inputs:
  cars:
    time: timestamp
    out_of_orderness: {0}s
    key: event_type
    fields:
      timestamp:  {{type: time, format: rfc3339, required: true}}
      driver_id:  {{type: integer, required: true}}
      event_type: {{type: enum, names: [pickup, dropoff], required: true}}
      location:   {{type: string, max_length: 64}}
totals:
  rides:
    on: cars
    by: event_type
    window: {1}
    allowed_lateness: 0s
    measures: {{count: {{count: true}}}}
)";

constexpr std::string_view kImpulse = R"(ruleset: impulse
version: 1
inputs:
  impulse:
    time: timestamp
    out_of_orderness: 0s
    key: subtask_index
    fields:
      timestamp:     {type: time, format: rfc3339, required: true}
      counter:       {type: integer, required: true}
      subtask_index: {type: integer, required: true}
totals:
  all:
    on: impulse
    by: subtask_index
    window: 1d
    allowed_lateness: 0s
    measures: {count: {count: true}, sum: {sum: counter}, avg: {avg: counter}, min: {min: counter}, max: {max: counter}}
)";

std::string file_text(const std::string& name) {
  std::ifstream stream(std::filesystem::path(RECKONER_SOURCE_DIR "/tests/data/streaming") / name, std::ios::binary);
  REQUIRE(stream.good());
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

using Row = std::map<std::string, std::string>;

std::vector<Row> rows_of(const std::string& text) {
  std::vector<Row> rows;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) rows.push_back(columns_of_row(line));
  return rows;
}

std::vector<Row> run(const std::string& rule_set, const std::string& input, JobOutcome& outcome) {
  JobWorld world(rule_set, {{input, {file_text(input + ".json.gz")}, ".json.gz"}});
  outcome = world.run();
  if (!outcome.result) FAIL(outcome.result.error().text);
  return rows_of(world.outputs()["totals-0.jsonl"]);
}

std::vector<Row> run_cars(int out_of_orderness_s, std::string_view window, JobOutcome& outcome) {
  return run(fmt::format(fmt::runtime(kCars), out_of_orderness_s, window), "cars", outcome);
}

// "2023-09-18T14:00:00" in quotes -> milliseconds since 1970.
std::int64_t milliseconds(const std::string& quoted) {
  const std::optional<std::int64_t> time = parse_rfc3339(quoted.substr(1, quoted.size() - 2) + "Z");
  REQUIRE(time);
  return *time;
}

// Rides by the window's `edge` ("window_start"), and by type when the golden rows have one.
std::map<std::string, std::int64_t> counted(const std::vector<Row>& rows, const std::string& edge, bool by_type) {
  std::map<std::string, std::int64_t> counts;
  for (const Row& row : rows) counts[row.at(edge) + (by_type ? row.at("event_type") : "")] += std::stoll(row.at("count"));
  return counts;
}

std::map<std::string, std::int64_t> golden(const std::string& file, const std::string& time, bool by_type) {
  std::map<std::string, std::int64_t> counts;
  for (const Row& row : rows_of(file_text(file)))
    counts[fmt::format("{}{}", milliseconds(row.at(time)), by_type ? row.at("event_type") : "")] = std::stoll(row.at("count"));
  return counts;
}

}  // namespace

TEST_CASE("rides by type and hour are those that another engine counted") {
  JobOutcome outcome;
  const std::vector<Row> rows = run_cars(30, "1h", outcome);
  CHECK(counted(rows, "window_start", true) == golden("hourly_by_event_type.json", "hour", true));
}

TEST_CASE("rides an hour are those that another engine counted with a tight watermark") {
  JobOutcome outcome;
  const std::vector<Row> rows = run_cars(1, "1h", outcome);
  CHECK(counted(rows, "window_end", false) == golden("tight_watermark.json", "timestamp", false));
}

TEST_CASE("rides in thirty days are those that another engine counted") {
  JobOutcome outcome;
  const std::vector<Row> rows = run_cars(60, "30d", outcome);
  CHECK(counted(rows, "window_start", false) == golden("month_loose_watermark.json", "month", false));
}

TEST_CASE("as many rides are late at each out-of-orderness as were counted") {
  std::istringstream lines(file_text("derived_lateness.json"));
  int cases = 0;
  std::uint64_t seconds = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find("\": ");
    if (colon == std::string::npos || line.find("rule") != std::string::npos || line.ends_with('[')) continue;
    const std::string name = line.substr(line.find('"') + 1, colon - line.find('"') - 1);
    const std::uint64_t value = std::stoull(line.substr(colon + 3));
    if (name == "max_out_of_orderness_s") seconds = value;
    if (!name.starts_with("late_dropped")) continue;
    INFO(name << " at " << seconds << " s");
    JobOutcome outcome;
    (void)run_cars(static_cast<int>(seconds), name == "late_dropped_1min_tumble" ? "1m" : "1h", outcome);
    CHECK(outcome.counts["cars"].records[static_cast<std::size_t>(Bucket::kLate)] == value);
    ++cases;
  }
  CHECK(cases == 12);
}

TEST_CASE("aggregates of all impulses are those that another engine computed") {
  JobOutcome outcome;
  const std::vector<Row> rows = run(std::string(kImpulse), "impulse", outcome);
  REQUIRE(rows.size() == 1);
  const Row expected = columns_of_row(rows_of(file_text("aggregates.json")).at(0).at("after"));
  for (const char* name : {"count", "sum", "min", "max"}) CHECK(rows[0].at(name) == expected.at(name));
  CHECK(rows[0].at("avg") == "\"" + expected.at("avg") + "000\"");
}

}  // namespace reckoner::testing

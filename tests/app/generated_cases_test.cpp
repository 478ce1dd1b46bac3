// Cases that tests/scripts/naive_rules.py made, with the rows that its evaluator expects: as they stand, and through everything that must not
// change a byte. They lie in the folder that RECKONER_GENERATED_CASES names.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "golden_case.hpp"
#include "golden_runs.hpp"
#include "job_world.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

// Rows of one batch leave rule by rule and window by window, so their order is none that the evaluator could expect: each expected row names what tells
// it from the others.
std::string rows_difference(const std::string& output, const std::vector<std::string>& expected, std::vector<std::string> found) {
  for (const std::string& row : expected) {
    const auto match = std::find_if(found.begin(), found.end(), [&](const std::string& one) { return has_columns(one, row); });
    if (match == found.end()) {
      const std::string id = columns_of_row(row)["id"];
      std::erase_if(found, [&](const std::string& one) { return columns_of_row(one)["id"] != id; });
      return fmt::format("{}: expected {}, left are\n{}", output, row, fmt::join(found, "\n"));
    }
    found.erase(match);
  }
  return found.empty() ? std::string() : fmt::format("{}: too many\n{}", output, fmt::join(found, "\n"));
}

std::string outputs_difference(const GoldenCase& golden, const OutputTexts& outputs) {
  for (const std::string& name : output_names()) {
    const auto expected = golden.outputs.find(name);
    std::string fault =
        rows_difference(name, expected == golden.outputs.end() ? std::vector<std::string>{} : expected->second, sorted_rows(outputs, name));
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string first_fault(const GoldenCase& golden, std::uint64_t seed) {
  JobWorld world(golden.rule_set, golden.inputs);
  if (const JobOutcome outcome = world.run(); !outcome.result) return outcome.result.error().text;
  const OutputTexts expected = world.outputs();
  if (std::string fault = outputs_difference(golden, expected); !fault.empty()) return fault;
  if (std::string fault = first_difference(expected, outputs_of(golden, random_settings(seed))); !fault.empty()) return "in other batches " + fault;
  if (std::string fault = first_difference(expected, outputs_through_kills(golden, 7, {{"checkpoint.every", "0s"}})); !fault.empty())
    return "through kills " + fault;
  if (std::string fault = first_difference(expected, outputs_from_checkpoints(golden, 3, 2).outputs); !fault.empty())
    return "from checkpoints " + fault;
  return {};
}

}  // namespace

TEST_CASE("generated rule sets give what a naive evaluator expects", "[.generated]") {
  const char* folder = std::getenv("RECKONER_GENERATED_CASES");
  REQUIRE(folder != nullptr);
  std::uint64_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const GoldenCase golden = read_golden_case(entry.path());
    ++cases;
    // A line a fault, for the script.
    if (const std::string fault = first_fault(golden, cases); !fault.empty()) {
      fmt::print("FAULT {}: {}\n", golden.name, fault);
      CHECK(fault == "");
    }
  }
  fmt::print("{} cases\n", cases);
  CHECK(cases > 0);
}

}  // namespace reckoner::testing

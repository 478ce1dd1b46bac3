// The closing table of `reckoner demo`: what became of the records, totals, score bands, alerts against the truth, some alerts explained.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/generate_card_fraud.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct DemoFacts {
  std::string data;     // directory of the generated files
  std::string outputs;  // directory
  CardFraudCounts expected;
  std::uint32_t accounts = 0;
  std::vector<Conservation> found;  // by input: transactions, logins, account changes, in the order of `expected`
};

// Of every committed byte of the outputs.
[[nodiscard]] Result<std::uint64_t> digest_of_outputs(Files& files, const std::string& outputs);

// Prints to standard output. False = some record is in another bucket than the generator put it.
[[nodiscard]] Result<bool> print_demo_report(Files& files, const DemoFacts& facts);

}  // namespace reckoner
